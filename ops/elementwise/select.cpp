#include "ops/elementwise/select.h"

#include "ops/elements.h"

namespace corecast::op {

namespace {

Result<Types> infer(const Select& op, InferContext& c) {
  auto shape = ir::broadcast(c.shape(op.a), c.shape(op.b));
  if (shape) shape = ir::broadcast(*shape, c.shape(op.cond));
  if (!shape) {
    return infer_error("cond ", ir::to_string(c.shape(op.cond)), ", a ",
                       ir::to_string(c.shape(op.a)), " and b ", ir::to_string(c.shape(op.b)),
                       " do not broadcast");
  }
  return Types{Type(c.dtype(op.a), std::move(*shape))};
}

Result<Tensors> eval(const Select& op, EvalContext& c) {
  const Tensor &cond = c.tensor(op.cond), &a = c.tensor(op.a), &b = c.tensor(op.b);
  Tensor out = c.output();
  const auto sc = broadcast_strides(cond.dims(), out.dims());
  const auto sa = broadcast_strides(a.dims(), out.dims());
  const auto sb = broadcast_strides(b.dims(), out.dims());
  const auto size = static_cast<std::size_t>(ir::bits_of(out.dtype()) / 8);
  const auto choose = cond.data<bool>();
  const auto *from_a = a.bytes().data(), *from_b = b.bytes().data();
  auto* to = static_cast<std::byte*>(out.mutable_bytes());
  std::int64_t i = 0;
  for_each_index(out.dims(), [&](const auto& index) {
    if (choose[static_cast<std::size_t>(dot(index, sc))])
      copy_element(from_a, dot(index, sa), to, i++, size);
    else
      copy_element(from_b, dot(index, sb), to, i++, size);
  });
  return Tensors{std::move(out)};
}

std::optional<Dims> known(const Select& op, const InferContext& c) {
  const auto cond = known_elements(op.cond, c), a = known_elements(op.a, c),
             b = known_elements(op.b, c);
  if (!cond || !a || !b || c.rank(op.cond) > 1 || c.rank(op.a) > 1 || c.rank(op.b) > 1)
    return std::nullopt;
  const std::size_t n = cond->size() != 1 ? cond->size() : a->size() != 1 ? a->size() : b->size();
  auto element = [&](const Dims& d, std::size_t i) { return d.size() == 1 ? d[0] : d[i]; };
  Dims out;
  for (const Dims* d : {&*cond, &*a, &*b}) {
    if (d->size() != 1 && d->size() != n) return std::nullopt;
  }
  for (std::size_t i = 0; i < n; ++i) {
    const Dim which = element(*cond, i);
    if (!which.is_constant()) return std::nullopt;
    out.push_back(element(which == Dim(0) ? *b : *a, i));
  }
  return out;
}

}  // namespace

OpSchema select_schema() {
  return make_schema<Select>({.name = "select",
                              .doc = "a where cond is true, else b; the three broadcast.",
                              .mil = {"select"},
                              .traits = traits::pointwise(Overflow::never)
                                            .moving(Moves::selects)
                                            .saturating(Saturates::as_limit),
                              .bounds = bounds::of(&Select::a, &Select::b),
                              .cost = cost::traffic,
                              .infer = infer,
                              .eval = eval,
                              .known = known},
                             operand<&Select::cond>("cond", kBool, "Which to take."),
                             operand<&Select::a>("a", kAny, "Taken where true.").grouped('T'),
                             operand<&Select::b>("b", kAny, "Taken where false.").grouped('T'));
}

}  // namespace corecast::op
