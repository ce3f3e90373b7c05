// Branches and loops of source formats as MIL has them.
//
// What is known at import needs no control flow: a known condition picks its branch, a known trip
// count repeats the body. The rest becomes `cond` and `while_loop`, whose variables keep their rank
// and element type from iteration to iteration, while sizes may change.
#pragma once

#include <functional>
#include <optional>

#include "converter/emit/emit.h"

namespace corecast::emit {

/// Emits the ops of a nested region where the builder stands, and gives its results; an empty id
/// among them is a value whose node failed.
using Region = std::function<Values()>;

/// The results of `yes` where `condition` (one bool) holds, else those of `no`.
/// A problem: results that differ in element type or rank, when the condition is not known.
Values conditional(Emit& e, ValueId condition, const Region& yes, const Region& no);

struct Iteration {
  ValueId index;  ///< i64 scalar, counted from 0
  ValueId going;  ///< bool scalar, true
  Values carried;
  std::optional<std::int64_t> number;  ///< of an iteration that is unrolled
};

/// for (i = 0; i < trips && condition; ++i) (condition, carried, element) = body(i, carried)
struct Loop {
  ValueId trips;                ///< integer of one element; empty: without limit
  ValueId condition;            ///< bool of one element, before the first iteration; empty: true
  Values carried;               ///< values before the first iteration
  std::size_t collected = 0;    ///< how many elements the body gives to be stacked
  std::int64_t body_nodes = 1;  ///< of the source, nested ones apart: what unrolling multiplies
  bool may_stop = true;         ///< false: the body gives `going` back as its condition
  /// Gives the next condition (one bool), the next carried values, and the elements to collect. Is
  /// called once per iteration that is unrolled; or else as often as it takes until the types of
  /// the carried values hold for every iteration, of which the last call counts.
  std::function<Values(const Iteration&)> body;
};

/// The carried values after the last iteration, then the collected elements, stacked along a new
/// first axis.
///
/// The type of a carried value in a `while_loop` is the join over all iterations: a size that the
/// body changes is a symbol of its own, inside the loop as outside. Problems: a carried value whose
/// rank or element type changes in a loop that is not unrolled; collected elements without a limit
/// on their number, or of a size that only the body knows.
Values counted_loop(Emit& e, const Loop& loop);

/// `v`, which has one element, as a scalar.
ValueId as_scalar(Emit& e, ValueId v);

}  // namespace corecast::emit
