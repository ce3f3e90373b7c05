// What cannot be expressed for the target, collected so that the user sees all of it at once.
#pragma once

#include <set>

#include "converter/coreml/legalise/site.h"

namespace corecast::coreml::legal {

class Problems {
 public:
  explicit Problems(std::optional<Target> target) : target_(target) {}

  /// One error (E3003) per op, the first one said.
  void add(const ir::Function& f, OpId op, const std::string& why, std::string remedy = {});
  const Diagnostics& found() const { return found_; }

 private:
  std::optional<Target> target_;
  std::set<std::pair<const ir::Function*, OpId>> seen_;
  Diagnostics found_;
};

/// Ops that the writer would have to reject: not in MIL, too new, parameters or types it does not
/// have, operands that must be constant and are not, too many dimensions.
void find_problems(const ir::Function& f, std::optional<Target> target, Problems& problems);

}  // namespace corecast::coreml::legal
