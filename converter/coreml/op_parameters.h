// The parameters of an IR op as MIL wants them: names, order of tuples, defaults spelled out, and
// the older forms of ops that a target asks for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ir/function.h"
#include "ops/mil/target.h"

namespace corecast::coreml {

/// One element of a parameter: a value of the program, or a constant known here.
struct ParameterPart {
  ir::ValueId value;
  std::optional<ir::Tensor> tensor;
};

struct Parameter {
  std::string name;
  std::vector<ParameterPart> parts;  ///< one; any number for a tuple
};

/// How the parameters of an op are attached to it.
enum class ParameterStyle : unsigned char {
  named,      ///< each constant is an op of its own, as for ordinary ops
  literal,    ///< constants inside the op's inputs
  attribute,  ///< everything inside the op's attributes; all of it constant
};

struct OpParameters {
  ParameterStyle style = ParameterStyle::named;
  std::vector<Parameter> list;
};

/// Errors: E2503 a number does not fit, E2505 a parameter that the target does not know, E2506 an
/// operand that must be constant is not.
Result<OpParameters> parameters_of(const ir::Function& function, ir::OpId op, mil::Target target);

}  // namespace corecast::coreml
