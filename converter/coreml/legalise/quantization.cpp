// quantize and dequantize as arithmetic: where the target lacks them, and for integers other than
// 8-bit ones.
#include "ops/quantization/quantization.h"

#include <cmath>

#include "converter/coreml/legalise/narrow.h"
#include "converter/coreml/legalise/padding.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/elementwise_unary.h"
#include "ops/quantization/constexpr_affine_dequantize.h"

namespace corecast::coreml::legal {
namespace {

bool is_byte(DType d) { return d == DType::i8 || d == DType::u8; }

/// A parameter, as f32, so that it broadcasts along x's axis.
ValueId along(Site& s, ValueId parameter, ValueId x, std::optional<std::int64_t> axis) {
  const ValueId wide = s.cast(parameter, DType::f32);
  if (!axis) return wide;
  const std::int64_t rank = s.rank(x), at = *axis < 0 ? *axis + rank : *axis;
  Ints to(static_cast<std::size_t>(rank - at), 1);
  to[0] = -1;
  return s.reshape(wide, to);
}

ValueId quantize(Site& s) {
  const auto o = s.get<op::Quantize>();
  const ValueId x = s.cast(o.input, DType::f32);
  ValueId q = s.add(op::Round{s.add(op::RealDiv{x, along(s, o.scale, x, o.axis)})});
  if (o.zero_point) q = s.add(op::Add{q, along(s, o.zero_point, x, o.axis)});
  // The largest f32 within the range.
  const auto low = static_cast<double>(ir::min_of(o.output_dtype));
  double high = static_cast<double>(ir::max_of(o.output_dtype));
  if (high > 16777216) high = static_cast<double>(std::nextafter(static_cast<float>(high), 0.0F));
  return s.cast(s.add(op::Clip{q, low, high}), o.output_dtype);
}

ValueId dequantize(Site& s) {
  const auto o = s.get<op::Dequantize>();
  const bool bytes = is_byte(s.dtype(o.input));
  const bool weights_only =
      s.surely_has<op::ConstexprAffineDequantize>() && !s.may_have<op::Dequantize>();
  if (weights_only && bytes && s.constant(o.input) && s.constant(o.scale) &&
      is_constant(s, o.zero_point)) {
    // A weight: it stays as small as it is.
    const DType d = s.dtype(o.input);
    const ValueId zero = o.zero_point ? o.zero_point : s.builder.scalar(d, 0);
    if (auto id = s.builder.try_add(op::ConstexprAffineDequantize{.quantized_data = o.input,
                                                                  .zero_point = zero,
                                                                  .scale = o.scale,
                                                                  .axis = o.axis.value_or(0)}))
      return s.f().op(*id).results[0];
  }
  ValueId x = s.cast(o.input, DType::f32);
  if (o.zero_point) x = s.add(op::Sub{x, along(s, o.zero_point, x, o.axis)});
  const ValueId y = s.add(op::Mul{x, along(s, o.scale, x, o.axis)});
  return s.cast(y, s.dtype(o.scale));
}

}  // namespace

bool expand_quantization(ir::Function& f, const ir::Registry& registry, const ops::Rules& rules,
                         PassContext& context) {
  std::vector<OpId> ops;
  for_each_op(f, [&](OpId id) {
    if (f.is(id, OpKind::Quantize) || f.is(id, OpKind::Dequantize)) ops.push_back(id);
  });
  bool changed = false;
  for (const OpId id : ops) {
    if (context.stop.requested()) return changed;
    const bool to = f.is(id, OpKind::Quantize);
    const DType small = f.type(to ? f.op(id).results[0] : f.op(id).operands[0]).dtype;
    if (rules.may_have(f.op(id).schema->kind) && is_byte(small)) continue;
    Site s(f, registry, rules, id);
    const ValueId was = f.op(id).results[0];
    const ValueId now = to ? quantize(s) : dequantize(s);
    take_place(f, was, now);
    f.erase(id);
    ++context.hits[to ? "legalise-quantize" : "legalise-dequantize"];
    changed = true;
  }
  return changed;
}

}  // namespace corecast::coreml::legal
