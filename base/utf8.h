// UTF-8: text that goes into formats that demand it.
#pragma once

#include <string>
#include <string_view>

namespace corecast {

/// `text`, each byte that is no part of well-formed UTF-8 replaced by U+FFFD. Surrogates, overlong
/// forms and code points beyond U+10FFFF are not well-formed.
std::string to_utf8(std::string_view text);

}  // namespace corecast
