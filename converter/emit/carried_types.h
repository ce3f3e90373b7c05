// CarriedTypes: the types of a loop's variables, which must hold in every iteration.
//
// They start as those of the first values. Where the body gives back another size than it got, the
// size becomes a symbol of its own, and the body, which was typed with the old one, has to be
// emitted again: a decoder's cache that starts with length 0 would else be known to be empty
// inside. Every round frees a size at least, so there are at most as many rounds as sizes.
#pragma once

#include <set>
#include <string>

#include "converter/emit/emit.h"

namespace corecast::emit {

class CarriedTypes {
 public:
  /// `first`: the values before the first iteration.
  CarriedTypes(const ir::Function& f, const Values& first);

  /// Adds arguments of these types to `block`.
  Values arguments(ir::Function& f, ir::BlockId block) const;
  /// Whether the types hold `next`, what an iteration gives, in order (more values are not looked
  /// at). If not they are widened: emit again. A problem, and true, where no widening helps:
  /// another rank or element type.
  bool hold(Emit& e, const Values& next);

 private:
  bool widen(Dim& size, const Dim& next);
  std::vector<Type> types_;
  std::string prefix_;         // of symbols: no other op or loop of the function makes such
  std::set<std::string> own_;  // symbols that stand for a size which changes
};

}  // namespace corecast::emit
