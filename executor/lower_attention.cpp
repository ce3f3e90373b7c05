// scaled_dot_product_attention.

#include <cmath>

#include "executor/cpu/attention.h"
#include "executor/lower.h"
#include "ops/attention.h"

namespace corecast::executor {

using ir::DType;
using ir::ValueId;

bool lower_attention(Lowering& l) {
  const auto op = l.get<op::ScaledDotProductAttention>();
  const Dims out = l.dims(l.result());
  const Dims q = l.dims(op.query), k = l.dims(op.key), v = l.dims(op.value);
  if (!l.is_float(op.query) || !l.is_float(op.key) || !l.is_float(op.value) || q.size() < 2 ||
      k.size() < 2 || v.size() < 2)
    return false;
  cpu::AttentionShape s;
  s.queries = q[q.size() - 2];
  s.width = q.back();
  s.keys = k[k.size() - 2];
  s.value_width = v.back();
  s.causal = op.is_causal;
  s.scale = static_cast<float>(op.scale.value_or(1.0 / std::sqrt(static_cast<double>(s.width))));
  if (s.keys == 0 || s.width == 0) return false;

  const Dims batch(out.begin(), out.end() - 2);
  auto lead = [](const Dims& d) { return d.size() < 2 ? Dims() : Dims(d.begin(), d.end() - 2); };
  Dims mask;
  if (op.attn_mask) {
    mask = l.dims(op.attn_mask);
    while (mask.size() < 2) mask.insert(mask.begin(), 1);
  }
  const cpu::Broadcast heads(batch, {lead(q), lead(k), lead(v), lead(mask)});
  auto offsets = [&](std::size_t operand, std::int64_t size) {
    Dims at;
    for (std::int64_t r = 0; r < heads.rows(); ++r)
      for (std::int64_t i = 0; i < heads.row(); ++i)
        at.push_back((heads.offset(operand, r) + i * heads.step(operand)) * size);
    return at;
  };
  s.q = offsets(0, s.queries * s.width);
  s.k = offsets(1, s.keys * s.width);
  s.v = offsets(2, s.keys * s.value_width);
  if (op.attn_mask) {
    const std::int64_t rows = mask[mask.size() - 2], columns = mask.back();
    s.mask = offsets(3, rows * columns);
    s.mask_row = rows == 1 ? 0 : columns;
    s.mask_column = columns == 1 ? 0 : 1;
  }
  std::vector<SlotId> reads{l.plain(op.query), l.plain(op.key), l.plain(op.value)};
  const SlotId m = op.attn_mask ? reads.emplace_back(l.plain(op.attn_mask)) : SlotId();
  const bool shown = op.attn_mask && l.dtype(op.attn_mask) == DType::boolean;
  if (op.attn_mask && !shown && !l.is_float(op.attn_mask)) return false;
  const SlotId y = l.make(l.result());
  return l.step("attention", reads, {y}, [=](Frame& f) {
    cpu::attention(f.pool(), s, f.f32(reads[0]), f.f32(reads[1]), f.f32(reads[2]),
                   m && !shown ? f.f32(m) : nullptr, shown ? f.at<bool>(m) : nullptr, f.f32(y));
    return Status();
  });
}

}  // namespace corecast::executor
