// Padding with zeros that the next op can do itself.
//
// Given:   %p = pad(x=%x, pad=[0,0, 0,0, 1,1, 2,2])      Result:   %y = conv(x=%x, weight=%w)
//          %y = conv(x=%p, weight=%w)                                {pad_type="custom",
//          pad=[1,1,2,2]}
//
// Likewise for avg_pool when padding counts in the average.
#include <algorithm>

#include "ops/conv/conv.h"
#include "ops/conv/pooling.h"
#include "ops/shape/pad.h"
#include "passes/canonicalize.h"

namespace corecast::passes {

using Ints = std::vector<std::int64_t>;

namespace {

/// What the op that defines v pads with zeros around its spatial dims, when it does that only.
std::optional<Ints> spatial_zero_pad(const Match& m, const op::Pad& pad) {
  const Tensor* t = m.constant(pad.pad);
  if (!t || pad.mode != "constant" || pad.constant_val != 0) return std::nullopt;
  const auto rank = static_cast<std::size_t>(m.type(pad.x).rank());
  if (rank < 3) return std::nullopt;
  Ints all(2 * rank, 0);
  const Ints given = t->to_ints();
  std::copy(given.begin(), given.end(), all.end() - static_cast<std::ptrdiff_t>(given.size()));
  if (std::any_of(all.begin(), all.begin() + 4, [](auto p) { return p != 0; })) return std::nullopt;
  return Ints(all.begin() + 4, all.end());
}

/// Fields that conv and the pools share; false when the op pads by a rule of its own.
template <class Op>
bool add_padding(const Ints& extra, Op& op) {
  if (op.pad_type != "valid" && op.pad_type != "custom") return false;
  if (op.pad_type == "valid" || op.pad.empty()) op.pad.assign(extra.size(), 0);
  for (std::size_t i = 0; i < extra.size(); ++i) op.pad[i] += extra[i];
  op.pad_type = "custom";
  return true;
}

template <class Op>
ValueId absorb(Match& m) {
  Op op = m.root_op<Op>();
  const auto pad = m.function().def_if<op::Pad>(op.x);
  if (!pad) return {};
  if constexpr (std::is_same_v<Op, op::AvgPool>) {
    // With ceil_mode, windows may hang over the padding, which counts differently from real
    // elements.
    if (op.exclude_padding_from_average || op.ceil_mode) return {};
  }
  const auto extra = spatial_zero_pad(m, *pad);
  if (!extra || !add_padding(*extra, op)) return {};
  op.x = pad->x;
  return m.add(op);
}

}  // namespace

const RuleSet& padding_rules() {
  static const RuleSet rules = {
      rule("pad-conv", is<op::Conv>(is<op::Pad>().shared()), absorb<op::Conv>),
      rule("pad-avg-pool", is<op::AvgPool>(is<op::Pad>().shared()), absorb<op::AvgPool>),
  };
  return rules;
}

}  // namespace corecast::passes
