#include "base/stop.h"

namespace corecast {

Error interrupted_error() { return Error(Code::E5104, "interrupted; nothing was written"); }

Status Stop::check() const {
  if (requested()) return interrupted_error();
  return {};
}

}  // namespace corecast
