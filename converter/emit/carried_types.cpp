#include "converter/emit/carried_types.h"

namespace corecast::emit {

// "d7b0": a symbol for a size that depends on data, as inference calls them "d7" and "d7_1".
CarriedTypes::CarriedTypes(const ir::Function& f, const Values& first)
    : prefix_(cat("d", f.block_capacity(), "b")) {
  for (const ValueId v : first) types_.push_back(f.type(v));
}

Values CarriedTypes::arguments(ir::Function& f, ir::BlockId block) const {
  Values args;
  for (const Type& t : types_) args.push_back(f.add_arg(block, t));
  return args;
}

bool CarriedTypes::widen(Dim& size, const Dim& next) {
  const auto symbol = size.as_symbol();
  if (size == next || (symbol && own_.contains(*symbol))) return false;
  std::string name = cat(prefix_, own_.size());
  size = Dim::symbol(name);
  own_.insert(std::move(name));
  return true;
}

bool CarriedTypes::hold(Emit& e, const Values& next) {
  bool widened = false;
  for (std::size_t i = 0; i < types_.size() && !e.failed(); ++i) {
    Type& has = types_[i];
    const Type& gets = e.type(next[i]);
    if (has.kind != gets.kind || has.dtype != gets.dtype || has.rank() != gets.rank()) {
      e.unsupported("a loop whose variable ", i, " is ", ir::to_string(has),
                    " before an iteration and ", ir::to_string(gets),
                    " after it: a loop that is not unrolled keeps ranks and element types");
      return true;
    }
    for (std::size_t d = 0; d < has.shape.size(); ++d)
      widened = widen(has.shape[d], gets.shape[d]) || widened;
    widened = widen(has.length, gets.length) || widened;
  }
  return !widened || e.failed();
}

}  // namespace corecast::emit
