#pragma once

namespace corecast::api {

/// "0.1.0".
const char* version();

}  // namespace corecast::api
