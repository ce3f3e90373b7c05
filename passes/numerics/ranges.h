// Range analysis: intervals from the inputs forward through every op, by the bounds that its room
// states, and by relations between operands that a room cannot see (relations.h).
//
// Loops are walked until nothing changes; what keeps growing is widened to everything.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/stop.h"
#include "ir/function.h"
#include "passes/numerics/known.h"

namespace corecast::passes::numerics {

/// What is known before the analysis.
struct Assumptions {
  std::vector<ir::Interval> inputs = {};  ///< by index
  /// Nothing is to be known of floats: no weight is read.
  bool integers_only = false;
  /// The range that runs have shown of a value, if any did; taken where the computed one is loose.
  /// `sentinels`: without numbers that stand for "nothing".
  std::function<std::optional<ir::Interval>(ir::ValueId, bool sentinels)> measured = {};
};

class Ranges {
 public:
  /// `f` must outlive this object. Once the stop is requested, what was not reached is unknown.
  Ranges(const ir::Function& f, const Assumptions& assumptions, const Stop& stop = {});

  const ir::Function& function() const { return f_; }
  const Known& of(ir::ValueId v) const { return known_[v.index()]; }

 private:
  void constants();
  void walk(ir::BlockId block);
  void walk_loop(ir::OpId id);
  void walk_branches(ir::OpId id);
  void set(ir::ValueId v, const Known& known);
  bool is_left_out(ir::ValueId v) const;
  Known result_of(ir::OpId id, std::size_t result);
  bool next_round(const std::vector<ir::ValueId>& state, const std::vector<ir::ValueId>& next,
                  bool widen);

  const ir::Function& f_;
  const Assumptions& assumptions_;
  Stop stop_;
  std::vector<Known> known_;
};

}  // namespace corecast::passes::numerics
