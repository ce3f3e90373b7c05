// Epilogue fusion: which of the ops after a product join its step.
//
//   Given   conv -> add(residual) -> relu        Result   conv with epilogue {residual, lo = 0}
//   Given   linear -> gelu                       Result   linear with epilogue {unary gelu}

#include "executor/cpu/lower/lower.h"
#include "ops/elementwise/elementwise_binary.h"

namespace corecast::cpu {

using ir::OpId;
using ir::ValueId;

Fused fuse_followers(Lowering& l, ValueId v, const Layout& layout) {
  Fused out;
  out.result = v;
  bool clamped = false;
  for (OpId user = l.only_user(v); user; user = l.only_user(v)) {
    const ir::Function& f = l.f();
    const bool rounded = l.rounds(v);  // then only what commutes with rounding may join
    if (const auto add = f.get_if<op::Add>(user)) {
      const ValueId other = add->x == v ? add->y : add->x;
      const ValueId sum = f.op(user).results[0];
      if (rounded || clamped || out.residual || other == v || !l.is_made(other) ||
          !l.is_float(other))
        break;
      if (l.shape(other) != l.shape(v) || l.shape(sum) != l.shape(v)) break;
      out.residual = l.in(other, layout);
      l.absorb(user);
      v = out.result = sum;
      continue;
    }
    const auto call = unary_call(f, user);
    if (!call || !l.is_float(f.op(user).results[0])) break;
    const bool clamp = call->op == Unary::relu || call->op == Unary::relu6 ||
                       (call->op == Unary::clip && !rounded);
    if (clamp && !clamped) {
      if (call->op != Unary::clip) out.epilogue.lo = 0;
      if (call->op == Unary::relu6) out.epilogue.hi = 6;
      if (call->op == Unary::clip) {
        out.epilogue.lo = call->alpha;
        out.epilogue.hi = call->beta;
      }
      clamped = true;
      l.absorb(user);
      v = out.result = f.op(user).results[0];
      continue;
    }
    if (rounded || call->op == Unary::log || call->op == Unary::inverse || call->op == Unary::rsqrt)
      break;
    out.epilogue.unary = call->op;
    out.epilogue.alpha = call->alpha;
    out.epilogue.beta = call->beta;
    l.absorb(user);
    out.result = f.op(user).results[0];
    break;
  }
  return out;
}

}  // namespace corecast::cpu
