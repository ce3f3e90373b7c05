// Why an op stays in f32: the register of reasons. Passes ask the reason; people read its text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace corecast::passes::precision {

enum class Reason : std::uint8_t {
#define REASON(name, beyond_f16, text) name,
#include "passes/precision/reasons.def"
#undef REASON
};

/// A reason with the details that its text names, in order.
struct Kept {
  Reason reason;
  std::vector<std::string> details = {};
};

/// Whether the op's results may be larger than f16 can hold.
bool is_beyond_f16(Reason reason);
/// "a constant, 1e+06, is beyond f16".
std::string to_string(const Kept& kept);

}  // namespace corecast::passes::precision
