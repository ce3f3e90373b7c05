#include "ops/control_flow/state.h"

#include "ops/detail/view.h"

namespace corecast::op {

namespace {

Result<Type> held(ValueId state, const InferContext& c) {
  const Type& t = c.type(state);
  if (t.kind != ir::TypeKind::state)
    return infer_error("input must be a state, not ", ir::to_string(t));
  return Type(t.dtype, t.shape);
}

Result<Types> infer_read(const ReadState& op, InferContext& c) {
  TRY(Type t, held(op.input, c));
  return Types{std::move(t)};
}

Result<Tensors> eval_read(const ReadState& op, EvalContext& c) {
  TRY(Tensor t, c.read_state(op.input));
  return Tensors{std::move(t)};
}

Result<Types> infer_write(const WriteState& op, InferContext& c) {
  TRY(const Type state, held(op.input, c));
  const Type& data = c.type(op.data);
  bool fits = data.is_tensor() && data.rank() == state.rank();
  for (std::size_t i = 0; fits && i < data.shape.size(); ++i)
    fits = must_equal(data.shape[i], state.shape[i]);
  if (!fits)
    return infer_error("data is ", ir::to_string(data), ", the state holds ", ir::to_string(state));
  return Types{};
}

Result<Tensors> eval_write(const WriteState& op, EvalContext& c) {
  TRY_VOID(c.write_state(op.input, c.tensor(op.data)));
  return Tensors{};
}

}  // namespace

OpSchema read_state_schema() {
  return make_schema<ReadState>({.name = "read_state",
                                 .doc = "The tensor that a state holds now.",
                                 .mil = {"read_state", Target::ios18},
                                 .traits = traits::selection().impure(),
                                 .bounds = bounds::unknown,
                                 .cost = cost::of_results,
                                 .infer = infer_read,
                                 .eval = eval_read},
                                operand<&ReadState::input>("input", kAny, "The state."));
}

OpSchema write_state_schema() {
  return make_schema<WriteState>(
      {.name = "write_state",
       .doc = "Replaces the tensor that a state holds.",
       .mil = {"write_state", Target::ios18},
       .traits = traits::selection().impure(),
       .bounds = bounds::unknown,
       .cost = cost::traffic,
       .infer = infer_write,
       .eval = eval_write},
      operand<&WriteState::input>("input", kAny, "The state.").grouped('T'),
      operand<&WriteState::data>("data", kAny, "The new tensor.").grouped('T'));
}

}  // namespace corecast::op
