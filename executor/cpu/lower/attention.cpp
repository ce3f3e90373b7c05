// scaled_dot_product_attention, and the same written out:
//
//   Given   matmul(q, k) -> mul or real_div by a number -> add(mask) -> softmax -> matmul(v)
//   Result  one step; the scores never reach memory

#include "executor/cpu/kernels/attention.h"

#include <cmath>

#include "executor/cpu/lower/lower.h"
#include "ops/activation/softmax.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/linear/attention.h"
#include "ops/linear/matmul.h"

namespace corecast::cpu {

using ir::DType;
using ir::OpId;
using ir::ValueId;

/// Operands: q, k, v, and the mask, which may be missing.
struct AttentionArguments {
  AttentionShape shape;
  bool shown = false;  ///< the mask says which keys are seen; else it is added
};
Status run_attention(const AttentionArguments& a, const Call& c) {
  attention(c.pool(), a.shape, c.in(0), c.in(1), c.in(2), a.shown ? nullptr : c.in(3),
            a.shown ? c.in<bool>(3) : nullptr, c.out(0));
  return {};
}

namespace {

struct Attention {
  ValueId q, k, v, mask;  ///< mask: added, or, when boolean, true where a key is seen; or empty
  ValueId result;
  bool keys_across = false;  ///< k is [..., width, keys]
  bool causal = false;
  std::optional<double> scale;  ///< empty: 1 / sqrt(width)
};

bool add_step(Lowering& l, const Attention& a) {
  const Dims out = l.dims(a.result);
  const Dims q = l.dims(a.q), k = l.dims(a.k), v = l.dims(a.v);
  const bool shown = a.mask && l.dtype(a.mask) == DType::boolean;
  if (!l.is_float(a.q) || !l.is_float(a.k) || !l.is_float(a.v) || q.size() < 2 || k.size() < 2 ||
      v.size() < 2 || (a.mask && !shown && !l.is_float(a.mask)))
    return false;
  AttentionShape s;
  s.queries = q[q.size() - 2];
  s.width = q.back();
  s.keys = a.keys_across ? k.back() : k[k.size() - 2];
  s.value_width = v.back();
  s.causal = a.causal;
  s.keys_across = a.keys_across;
  s.scale = static_cast<float>(a.scale.value_or(1.0 / std::sqrt(static_cast<double>(s.width))));
  if (s.keys == 0 || s.width == 0) return false;

  const Dims batch(out.begin(), out.end() - 2);
  auto lead = [](const Dims& d) { return d.size() < 2 ? Dims() : Dims(d.begin(), d.end() - 2); };
  Dims mask;
  if (a.mask) {
    mask = l.dims(a.mask);
    while (mask.size() < 2) mask.insert(mask.begin(), 1);
  }
  const Broadcast heads(batch, {lead(q), lead(k), lead(v), lead(mask)});
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
  if (a.mask) {
    const std::int64_t rows = mask[mask.size() - 2], columns = mask.back();
    s.mask = offsets(3, rows * columns);
    s.mask_row = rows == 1 ? 0 : columns;
    s.mask_column = columns == 1 ? 0 : 1;
  }
  const std::vector<SlotId> reads{l.plain(a.q), l.plain(a.k), l.plain(a.v), optional(l, a.mask)};
  return l.step(Kernel::attention, AttentionArguments{std::move(s), shown}, reads,
                {l.make(a.result)});
}

/// Walks from one op to its only user; remembers what it passed.
struct Walk {
  Lowering& l;
  ValueId at;
  std::vector<OpId> passed;

  template <class Op>
  std::optional<Op> next() const {
    const OpId user = l.only_user(at);
    return user && !l.rounds(at) ? l.f().get_if<Op>(user) : std::nullopt;
  }
  void pass() {
    passed.push_back(l.only_user(at));
    at = l.f().op(passed.back()).results[0];
  }
  /// The step comes where the walk began: what it reads must be there by then.
  bool is_there(ValueId v) const { return l.is_made(v) || l.is_constant(v); }
};

}  // namespace

bool lower_attention(Lowering& l) {
  const auto op = l.get<op::ScaledDotProductAttention>();
  return add_step(l, {.q = op.query,
                      .k = op.key,
                      .v = op.value,
                      .mask = op.attn_mask,
                      .result = l.result(),
                      .causal = op.is_causal,
                      .scale = op.scale});
}

bool lower_written_attention(Lowering& l) {
  const auto scores = l.get<op::Matmul>();
  if (scores.transpose_x || l.dims(scores.x).size() < 2 || l.dims(scores.y).size() < 2)
    return false;
  Attention a{.q = scores.x, .k = scores.y, .keys_across = !scores.transpose_y, .scale = 1.0};
  Walk walk{l, l.result(), {}};
  for (bool more = true; more;) {
    more = false;
    const auto mul = walk.next<op::Mul>();
    const auto div = walk.next<op::RealDiv>();
    const ValueId factor = mul ? (mul->x == walk.at ? mul->y : mul->x) : div ? div->y : ValueId();
    if (!factor || factor == walk.at) break;
    const auto number = l.scalar(factor);
    if (!number || l.shape(l.f().op(l.only_user(walk.at)).results[0]) != l.shape(walk.at)) break;
    *a.scale = mul ? *a.scale * *number : *a.scale / *number;
    walk.pass();
    more = true;
  }
  if (const auto add = walk.next<op::Add>()) {
    a.mask = add->x == walk.at ? add->y : add->x;
    const ValueId sum = l.f().op(l.only_user(walk.at)).results[0];
    if (a.mask == walk.at || !walk.is_there(a.mask) || l.shape(sum) != l.shape(walk.at))
      return false;
    walk.pass();
  }
  const auto softmax = walk.next<op::Softmax>();
  if (!softmax || axis_of(softmax->axis, l.dims(walk.at).size()) + 1 != l.dims(walk.at).size())
    return false;
  walk.pass();
  const auto product = walk.next<op::Matmul>();
  if (!product || product->x != walk.at || product->transpose_x || product->transpose_y ||
      product->y == walk.at || l.dims(product->y).size() < 2 || !walk.is_there(product->y))
    return false;
  walk.pass();
  a.v = product->y;
  a.result = walk.at;
  if (l.rounds(a.result) || !std::isfinite(static_cast<float>(*a.scale)) || !add_step(l, a))
    return false;
  for (const OpId op : walk.passed) l.absorb(op);
  return true;
}

}  // namespace corecast::cpu
