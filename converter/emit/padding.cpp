#include "converter/emit/padding.h"

#include <algorithm>

#include "converter/emit/slices.h"
#include "ops/shape/concat.h"
#include "ops/shape/pad.h"
#include "ops/shape/slice_by_index.h"

namespace corecast::emit {
namespace {

using Amounts = std::vector<std::int64_t>;

// Cuts off what is negative, and makes it 0.
ValueId cropped(Emit& e, ValueId x, Amounts& before, Amounts& after) {
  const auto negative = [](std::int64_t v) { return v < 0; };
  if (std::none_of(before.begin(), before.end(), negative) &&
      std::none_of(after.begin(), after.end(), negative))
    return x;
  op::SliceByIndex crop{};
  crop.x = x;
  Amounts begin(before.size(), 0), end(before.size(), 0);
  crop.begin_mask = crop.end_mask = std::vector<bool>(before.size(), true);
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] < 0) crop.begin_mask[i] = false, begin[i] = -before[i];
    if (after[i] < 0) crop.end_mask[i] = false, end[i] = after[i];
    before[i] = std::max<std::int64_t>(before[i], 0);
    after[i] = std::max<std::int64_t>(after[i], 0);
  }
  crop.begin = e.ints(begin);
  crop.end = e.ints(end);
  return e.add(crop);
}

// The end comes again before the beginning, and the beginning after the end.
ValueId wrapped(Emit& e, ValueId x, const Amounts& before, const Amounts& after) {
  for (std::size_t i = 0; i < before.size(); ++i) {
    const auto axis = static_cast<std::int64_t>(i);
    if (before[i] == 0 && after[i] == 0) continue;
    Values parts;
    if (before[i]) parts.push_back(slice_axis(e, x, axis, -before[i], std::nullopt));
    parts.push_back(x);
    if (after[i]) parts.push_back(slice_axis(e, x, axis, 0, after[i]));
    x = e.add(op::Concat{.values = parts, .axis = axis});
  }
  return x;
}

const char* mil_mode(Padding::Mode mode) {
  switch (mode) {
    case Padding::Mode::constant: return "constant";
    case Padding::Mode::reflect: return "reflect";
    case Padding::Mode::edge: return "replicate";
    case Padding::Mode::wrap: break;
  }
  CC_UNREACHABLE("MIL does not wrap");
}

}  // namespace

ValueId padded(Emit& e, const Padding& p) {
  if (e.failed()) return {};
  Amounts before = p.before, after = p.after;
  const ValueId x = cropped(e, p.x, before, after);
  Amounts pads;
  for (std::size_t i = 0; i < before.size(); ++i) pads.insert(pads.end(), {before[i], after[i]});
  if (std::all_of(pads.begin(), pads.end(), [](std::int64_t v) { return v == 0; })) return x;
  if (p.mode == Padding::Mode::wrap) return wrapped(e, x, before, after);
  // A reflection may be needed on any axis; MIL reflects the last two only, which legalisation sees
  // to.
  op::Pad pad{};
  pad.x = x;
  pad.pad = e.ints(pads);
  pad.mode = mil_mode(p.mode);
  if (p.mode == Padding::Mode::constant) pad.constant_val = p.constant;
  return e.add(pad);
}

}  // namespace corecast::emit
