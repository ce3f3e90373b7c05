// What cannot be expressed for the target, collected so that the user sees all of it at once.
#pragma once

#include <set>
#include <string>

#include "base/diagnostics.h"
#include "ir/function.h"
#include "ops/rules.h"

namespace corecast::passes {

class Problems {
 public:
  explicit Problems(const ops::Rules& rules) : rules_(rules) {}

  /// One error (E3003) per op, the first one said.
  void add(const ir::Function& f, ir::OpId op, const std::string& why, std::string remedy = {});
  const Diagnostics& found() const { return found_; }

 private:
  ops::Rules rules_;
  std::set<std::pair<const ir::Function*, ir::OpId>> seen_;
  Diagnostics found_;
};

/// Ops that the target's writer would have to reject: unknown to it, too new, parameters or types
/// it does not have, operands that must be constant and are not, too many dimensions.
void find_problems(const ir::Function& f, const ops::Rules& rules, Problems& problems);

}  // namespace corecast::passes
