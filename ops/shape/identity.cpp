#include "ops/shape/identity.h"

#include "ops/detail/common.h"

namespace corecast::op {

namespace {

Result<Types> infer(const Identity& op, InferContext& c) { return Types{c.type(op.x)}; }
Result<Tensors> eval(const Identity& op, EvalContext& c) { return Tensors{c.tensor(op.x)}; }
std::optional<Dims> known(const Identity& op, const InferContext& c) { return c.known(op.x); }

}  // namespace

OpSchema identity_schema() {
  return make_schema<Identity>(
      {.name = "identity",
       .doc = "x itself.",
       .mil = {"identity"},
       .traits = traits::pointwise(Overflow::never)
                     .moving(Moves::views)
                     .looked_through(Walk::scale | Walk::vocabulary),
       .bounds = bounds::of(&Identity::x),
       .cost = cost::nothing,
       .infer = infer,
       .eval = eval,
       .known = known},
      operand<&Identity::x>("x", kAny | DTypeSet::of(DType::string), "Input."));
}

}  // namespace corecast::op
