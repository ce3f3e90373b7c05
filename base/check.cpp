#include "base/check.h"

namespace corecast {

void check_failed(const char* expression, const char* file, int line, std::string_view message) {
  std::string text = "internal error: CHECK(";
  text += expression;
  text += ") failed at ";
  const std::string_view path(file);
  const auto slash = path.rfind('/');
  text += slash == std::string_view::npos ? path : path.substr(slash + 1);
  text += ":" + std::to_string(line);
  if (!message.empty()) (text += ": ") += message;
  throw InternalError(text);
}

}  // namespace corecast
