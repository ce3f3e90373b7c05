#include "api/version.h"

namespace corecast::api {

const char* version() { return CORECAST_VERSION; }

}  // namespace corecast::api
