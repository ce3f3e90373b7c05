#include "ops/control_flow/control_flow.h"

#include "ops/detail/common.h"

namespace corecast::op {

namespace {

// Wide enough for every value that a block may pass on.
constexpr DTypeSet kPassed = kAny | DTypeSet::of(DType::string);

bool is_one_bool(const Type& t) {
  return t.is_tensor() && t.dtype == DType::boolean &&
         must_equal(ir::element_count(t.shape), Dim(1));
}

bool same_kind(const Type& a, const Type& b) {
  return a.kind == b.kind && a.dtype == b.dtype && a.rank() == b.rank();
}

/// A type for values of type a or b: sizes that differ become fresh symbols, counted by `next`.
Type either(const Type& a, const Type& b, InferContext& c, int& next) {
  Type out = a;
  for (std::size_t i = 0; i < out.shape.size(); ++i) {
    if (a.shape[i] != b.shape[i]) out.shape[i] = c.fresh(next);
    ++next;
  }
  if (a.length != b.length) out.length = c.fresh(next);
  ++next;
  return out;
}

Result<Types> infer_cond(const Cond& op, InferContext& c) {
  if (!is_one_bool(c.type(op.pred)))
    return infer_error("pred is ", ir::to_string(c.type(op.pred)), ", not one bool");
  if (!c.block_args(op.true_).empty() || !c.block_args(op.false_).empty()) {
    return infer_error("the blocks of a cond take no arguments");
  }
  const Types yes = c.block_results(op.true_), no = c.block_results(op.false_);
  if (yes.size() != no.size()) {
    return infer_error("true_branch gives ", yes.size(), " results and false_branch ", no.size());
  }
  Types out;
  int next = 0;
  for (std::size_t i = 0; i < yes.size(); ++i) {
    if (!same_kind(yes[i], no[i])) {
      return infer_error("result ", i, " is ", ir::to_string(yes[i]), " in true_branch and ",
                         ir::to_string(no[i]), " in false_branch");
    }
    out.push_back(either(yes[i], no[i], c, next));
  }
  return out;
}

Result<Tensors> eval_cond(const Cond& op, EvalContext& c) {
  const Tensor& pred = c.tensor(op.pred);
  if (pred.count() != 1) return eval_error("pred has ", pred.count(), " elements instead of 1");
  return c.run_block(pred.data<bool>()[0] ? op.true_ : op.false_, {});
}

/// False when no sizes, which are at least 1 where they are symbols, make the two equal.
bool can_equal(const Dim& a, const Dim& b) {
  const Dim difference = a - b;
  const auto least = difference.lower_bound(), most = difference.upper_bound();
  return (!least || *least <= 0) && (!most || *most >= 0);
}

/// Whether a block that takes the variable as `seen` may be given `value`. A size equal to the
/// first value's is taken for granted inside, a number as well; any other size is the block's own.
bool sees(const Type& seen, const Type& first, const Type& value) {
  for (std::size_t d = 0; d < seen.shape.size(); ++d) {
    const bool granted = seen.shape[d] == first.shape[d] || seen.shape[d].is_constant();
    if (granted && !can_equal(seen.shape[d], value.shape[d])) return false;
  }
  return true;
}

Result<Types> infer_while(const WhileLoop& op, InferContext& c) {
  const Types args = c.block_args(op.body), next_values = c.block_results(op.body);
  const Types tested = c.block_args(op.cond), verdict = c.block_results(op.cond);
  const std::size_t n = op.loop_vars.size();
  if (args.size() != n || tested.size() != n || next_values.size() != n) {
    return infer_error(n, " loop_vars, but cond takes ", tested.size(), " arguments, body takes ",
                       args.size(), " and gives ", next_values.size());
  }
  if (verdict.size() != 1 || !is_one_bool(verdict[0]))
    return infer_error("block cond must give one bool");
  Types out;
  int next = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const Type& first = c.type(op.loop_vars[i]);
    for (const Type* t : {&args[i], &tested[i], &next_values[i]}) {
      if (!same_kind(first, *t)) {
        return infer_error("loop variable ", i, " starts as ", ir::to_string(first),
                           " and becomes ", ir::to_string(*t));
      }
    }
    for (const Type* seen : {&args[i], &tested[i]}) {
      for (const Type* value : {&first, &next_values[i]}) {
        if (!sees(*seen, first, *value)) {
          return infer_error("loop variable ", i, " is ", ir::to_string(*seen),
                             " inside the loop, which is given ", ir::to_string(*value));
        }
      }
    }
    // A size is that of the first value only if the body, too, sees and leaves it so.
    Type merged = either(first, next_values[i], c, next);
    for (std::size_t d = 0; d < merged.shape.size(); ++d) {
      const int at = next - static_cast<int>(merged.shape.size()) - 1 + static_cast<int>(d);
      if (args[i].shape[d] != first.shape[d]) merged.shape[d] = c.fresh(at);
    }
    out.push_back(std::move(merged));
  }
  return out;
}

Result<Tensors> eval_while(const WhileLoop& op, EvalContext& c) {
  Tensors values;
  for (const ValueId v : op.loop_vars) values.push_back(c.tensor(v));
  while (true) {
    TRY(const Tensors verdict, c.run_block(op.cond, values));
    if (verdict.at(0).count() != 1)
      return eval_error("block cond gives ", verdict[0].count(), " bools instead of 1");
    if (!verdict[0].data<bool>()[0]) return values;
    TRY(values, c.run_block(op.body, values));
  }
}

}  // namespace

// A block may hold ops with effects, so these are never merged or dropped as pure.
OpSchema cond_schema() {
  return make_schema<Cond>({.name = "cond",
                            .doc = "The results of one of two blocks.",
                            .mil = {"cond"},
                            .traits = traits::control_flow(),
                            .bounds = bounds::unknown,
                            .cost = cost::unknown,
                            .infer = infer_cond,
                            .eval = eval_cond},
                           operand<&Cond::pred>("pred", kBool, "One bool: which block."),
                           block<&Cond::true_>("true_branch", "Runs where pred holds."),
                           block<&Cond::false_>("false_branch", "Runs otherwise."));
}

OpSchema while_loop_schema() {
  return make_schema<WhileLoop>(
      {.name = "while_loop",
       .doc = "Runs body while cond holds.",
       .mil = {"while_loop"},
       .traits = traits::control_flow(),
       .bounds = bounds::unknown,
       .cost = cost::unknown,
       .infer = infer_while,
       .eval = eval_while},
      operand<&WhileLoop::loop_vars>("loop_vars", kPassed, "First values of the loop variables."),
      block<&WhileLoop::cond>("cond", "Takes the loop variables; gives one bool: go on?"),
      block<&WhileLoop::body>("body", "Takes the loop variables; gives their next values."));
}

}  // namespace corecast::op
