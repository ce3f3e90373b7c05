// dce: drops ops whose results nothing uses.
//
// Given:   %a = exp(x=%x)    Result:   %b = relu(x=%x)
//          %b = relu(x=%x)             return %b
//          return %b
//
// Ops that touch state stay. Inputs stay, used or not: they are the model's interface.
#include "passes/rewrite.h"

namespace corecast::passes {

namespace {

bool sweep(ir::Function& f, ir::BlockId b) {
  bool changed = false;
  // Backwards: by the time an op is seen, all that could use it has been.
  for (ir::OpId id = f.block(b).last; id;) {
    const ir::OpId before = f.op(id).prev;
    if (is_dead(f, id)) {
      f.erase(id);
      changed = true;
    } else {
      for (const ir::BlockId inner : std::vector(f.op(id).blocks))
        changed = sweep(f, inner) || changed;
    }
    id = before;
  }
  return changed;
}

}  // namespace

Pass dce_pass() {
  return {"dce", "Drops ops whose results nothing uses.", Numerics::exact,
          [](ir::Module& m, PassContext&) -> Result<bool> {
            bool changed = false;
            for (ir::Function& f : m.functions) changed = sweep(f, f.entry()) || changed;
            return changed;
          }};
}

}  // namespace corecast::passes
