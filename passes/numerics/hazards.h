// Numeric hazards: what can go wrong with the numbers of a model, told from their ranges.
//
// A hazard is reported where it begins: an op whose operands are fine and whose result is not, or
// that asks its operand for what it cannot give.
#pragma once

#include <string>
#include <vector>

#include "base/code.h"
#include "passes/numerics/ranges.h"

namespace corecast::passes::numerics {

enum class Kind : std::uint8_t {
#define KIND(name, code, remedy) name,
#include "passes/numerics/kinds.def"
#undef KIND
};

struct KindInfo {
  Kind kind;
  std::string_view name;
  Code code;
  std::string_view remedy;
};
const KindInfo& info_of(Kind kind);

struct Hazard {
  Kind kind = Kind::range;
  ir::OpId op;        ///< empty: of an input
  ir::ValueId value;  ///< whose range it is: an operand, the result, an input
  Known known;        ///< of the value
  std::string what;   ///< "numbers up to 20 overflow from 11.09 on"
  bool fp16_only = false;
  /// Harmful in few models only: worth a note.
  bool minor = false;
};

struct HazardOptions {
  bool fp16 = true;  ///< whether floats may be computed in fp16
  /// Inputs whose range is given, by their bits; what is told from ranges that are assumed counts
  /// only where nothing else widened it.
  std::uint64_t given = 0;
  /// Value symbols of the function's sizes may reach: of the function as it was before its sizes
  /// were fixed. Null: the function's own types.
  const ir::Function* flexible = nullptr;
};

/// "-20..20"
std::string text_of(const ir::Interval& range);

/// In the order of the ops.
std::vector<Hazard> find_hazards(const Ranges& ranges, const HazardOptions& options,
                                 const Stop& stop = {});

}  // namespace corecast::passes::numerics
