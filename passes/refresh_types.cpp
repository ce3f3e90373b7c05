// refresh-types: infers all types again, after inputs were given other types or shapes.
//
// Given:   func @main(%x: f32[2,3]) {          Result:   func @main(%x: f32[2,3]) {
//            %y = relu(x=%x) : f32[N,3]                    %y = relu(x=%x) : f32[2,3]
#include "passes/rewrite.h"

namespace corecast::passes {

Pass refresh_types_pass() {
  return {"refresh-types", "Infers all types again.", Numerics::exact,
          [](ir::Module& m, PassContext&) -> Result<bool> {
            bool changed = false;
            for (ir::Function& f : m.functions) changed = refresh_all(f) || changed;
            return changed;
          }};
}

}  // namespace corecast::passes
