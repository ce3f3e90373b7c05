#include "converter/emit/loops.h"

#include <algorithm>

#include "converter/emit/carried_types.h"
#include "ops/control_flow/control_flow.h"
#include "ops/creation/fill.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/indexing/gather.h"
#include "ops/indexing/scatter.h"
#include "ops/shape/concat.h"
#include "ops/shape/expand_dims.h"
#include "ops/shape/identity.h"
#include "ops/shape/reshape.h"
#include "ops/shape/shape.h"
#include "ops/shape/slice_by_index.h"

namespace corecast::emit {
namespace {

constexpr std::int64_t kMostCollected = 1 << 20;  // rows of a collected result
constexpr std::int64_t kUnrollNodes = 20000;      // trip count times nodes of the body

// A region in a block of its own.
Values in_block(Emit& e, const Region& region, ir::BlockId block) {
  Values results;
  {
    const InBlock inside(e, block);
    results = region();
  }
  if (all_valid(results)) e.function().set_results(block, results);
  return results;
}

// Zeros [rows, element's shape], made of what is known outside the loop: its variables.
ValueId rows_for(Emit& e, ValueId rows, ValueId element, const Values& variables) {
  if (e.failed() || !element) return {};
  const auto one = e.ints({1});
  std::vector<ValueId> sizes = {e.add(op::Reshape{e.add(op::Cast{rows, DType::i32}), one})};
  for (const Dim& d : e.shape(element)) {
    if (d.is_constant()) {
      sizes.push_back(e.ints({d.value()}));
      continue;
    }
    ValueId size;
    for (const ValueId v : variables) {
      const Shape& shape = e.shape(v);
      for (std::size_t i = 0; i < shape.size() && !size; ++i) {
        if (!(shape[i] == d)) continue;
        const ValueId index = e.ints({static_cast<std::int64_t>(i)});
        size = e.add(op::Gather{.x = e.add(op::ShapeOf{v}), .indices = index, .axis = 0});
      }
    }
    if (!size) {
      e.unsupported("a scan output whose size ", d.to_string(), " only the loop's body knows");
      return {};
    }
    sizes.push_back(size);
  }
  const ValueId shape =
      sizes.size() == 1 ? sizes[0] : e.add(op::Concat{.values = sizes, .axis = 0});
  return e.add(op::Fill{shape, e.scalar(e.dtype(element), 0)});
}

// The first `count` (i64 scalar) rows.
ValueId first_rows(Emit& e, ValueId rows, ValueId count) {
  if (e.failed()) return {};
  const auto rank = static_cast<std::size_t>(e.rank(rows));
  op::SliceByIndex first{};
  first.x = rows;
  first.begin = e.ints(std::vector<std::int64_t>(rank, 0));
  const ValueId done = e.add(op::Reshape{e.add(op::Cast{count, DType::i32}), e.ints({1})});
  const ValueId rest = e.ints(std::vector<std::int64_t>(rank - 1, 0));
  first.end = rank == 1 ? done : e.add(op::Concat{.values = {done, rest}, .axis = 0});
  first.begin_mask = first.end_mask = std::vector<bool>(rank, true);
  first.end_mask[0] = false;
  return e.add(first);
}

Values unrolled(Emit& e, const Loop& loop, std::int64_t trips) {
  Values carried = loop.carried;
  std::vector<Values> stacked(loop.collected);
  bool sure = true;
  for (std::int64_t i = 0; i < trips; ++i) {
    const Values out =
        loop.body({e.constant(Tensor::scalar(i)), e.constant(Tensor::scalar(true)), carried, i});
    if (e.failed() || !all_valid(out)) return {};
    carried.assign(out.begin() + 1, out.begin() + 1 + static_cast<std::ptrdiff_t>(carried.size()));
    for (std::size_t k = 0; k < loop.collected; ++k)
      stacked[k].push_back(e.add(op::ExpandDims{out[1 + carried.size() + k], {0}}));
    const auto again = e.known_flag(out[0]);
    if (!again && i + 1 < trips) sure = false;
    if (again && !*again) break;
  }
  if (!sure) return e.unsupported("a loop with a fixed trip count that may also stop early");
  for (auto& parts : stacked) {
    if (parts.empty()) return e.unsupported("a scan output of a loop that never runs");
    carried.push_back(parts.size() == 1 ? parts[0] : e.add(op::Concat{.values = parts, .axis = 0}));
  }
  return carried;
}

// while_loop(i, going, carried...): cond is i < trips && going.
class WhileLoop {
 public:
  WhileLoop(Emit& e, const Loop& loop) : e_(e), f_(e.function()), loop_(loop) {}
  Values emit();

 private:
  void start();
  void make_condition();
  /// Emits the body; false when the types of the variables do not hold what it gives.
  bool make_body();
  void discard();
  void collect();

  Emit& e_;
  ir::Function& f_;
  const Loop& loop_;
  op::WhileLoop w_{};
  ValueId limit_;
  std::optional<CarriedTypes> types_;
  Values args_;  // of the body
  Values out_;   // of the body: condition, carried, collected; then with the next index in front
};

void WhileLoop::start() {
  w_.loop_vars.push_back(e_.add(op::Identity{e_.constant(Tensor::scalar(std::int64_t{0}))}));
  w_.loop_vars.push_back(loop_.condition ? as_scalar(e_, loop_.condition)
                                         : e_.constant(Tensor::scalar(true)));
  w_.loop_vars.insert(w_.loop_vars.end(), loop_.carried.begin(), loop_.carried.end());
  limit_ = loop_.trips ? as_scalar(e_, loop_.trips) : e_.constant(Tensor::scalar(INT64_MAX));
}

void WhileLoop::make_condition() {
  w_.cond = f_.add_block();
  w_.body = f_.add_block();
  const Values c = types_->arguments(f_, w_.cond);
  const InBlock inside(e_, w_.cond);
  const ValueId going = e_.add(op::LogicalAnd{e_.add(op::Less{c[0], limit_}), c[1]});
  if (going) f_.set_results(w_.cond, {going});
}

bool WhileLoop::make_body() {
  args_ = types_->arguments(f_, w_.body);
  const InBlock inside(e_, w_.body);
  out_ = loop_.body({args_[0], args_[1], Values(args_.begin() + 2, args_.end()), std::nullopt});
  const ValueId next = e_.add(op::Add{args_[0], e_.constant(Tensor::scalar(std::int64_t{1}))});
  if (!all_valid(out_) || !next) {
    out_.clear();
    return true;
  }
  out_[0] = as_scalar(e_, out_[0]);
  out_.insert(out_.begin(), next);
  return types_->hold(e_, out_);
}

void WhileLoop::discard() {
  for (const ir::BlockId block : {w_.cond, w_.body}) {
    f_.set_results(block, {});
    std::vector<ir::OpId> ops;
    for (const ir::OpId op : f_.ops(block)) ops.push_back(op);
    for (std::size_t i = ops.size(); i-- > 0;) f_.erase(ops[i]);
  }
}

// Collected elements go to buffers with a row for every iteration that there may be.
void WhileLoop::collect() {
  for (std::size_t k = 0; k < loop_.collected; ++k) {
    ValueId& element = out_[2 + loop_.carried.size() + k];
    const ValueId buffer = rows_for(e_, limit_, element, w_.loop_vars);
    if (!buffer) break;
    const InBlock inside(e_, w_.body);
    w_.loop_vars.push_back(buffer);
    f_.add_arg(w_.cond, f_.type(buffer));
    op::Scatter write{};
    write.data = f_.add_arg(w_.body, f_.type(buffer));
    write.indices = e_.add(op::Reshape{e_.add(op::Cast{args_[0], DType::i32}), e_.ints({1})});
    write.updates = e_.add(op::ExpandDims{element, {0}});
    write.mode = "update";
    element = e_.add(write);
  }
}

Values WhileLoop::emit() {
  start();
  if (e_.failed() || !all_valid(w_.loop_vars)) return {};
  types_.emplace(f_, w_.loop_vars);
  const Draft::Mark before = e_.draft().mark();
  for (make_condition(); !make_body(); make_condition()) {
    discard();
    e_.draft().rewind(before);
  }
  if (e_.failed() || out_.empty()) return {};
  collect();
  if (!e_.failed() && all_valid(out_)) f_.set_results(w_.body, out_);
  Values results = e_.add_all(w_);
  if (e_.failed() || results.size() < 2) return {};
  // One that may stop early fills but the first rows.
  const bool early = loop_.condition || loop_.may_stop;
  for (std::size_t k = 0; early && k < loop_.collected; ++k) {
    ValueId& rows = results[2 + loop_.carried.size() + k];
    rows = first_rows(e_, rows, results[0]);
  }
  return Values(results.begin() + 2, results.end());
}

}  // namespace

ValueId as_scalar(Emit& e, ValueId v) {
  return e.rank(v) == 0 ? v : e.add(op::Reshape{v, e.constant(Tensor::empty(DType::i32, {0}))});
}

Values conditional(Emit& e, ValueId condition, const Region& yes, const Region& no) {
  if (const auto known = e.known_flag(condition)) return *known ? yes() : no();
  op::Cond cond{};
  cond.pred = as_scalar(e, condition);
  cond.true_ = e.function().add_block();
  cond.false_ = e.function().add_block();
  const Values a = in_block(e, yes, cond.true_);
  const Values b = in_block(e, no, cond.false_);
  if (!all_valid(a) || !all_valid(b)) return {};
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    const Type &x = e.type(a[i]), &y = e.type(b[i]);
    if (x.dtype != y.dtype || x.rank() != y.rank()) {
      return e.unsupported("the branches give output ", i, " as ", ir::to_string(x), " and as ",
                           ir::to_string(y), "; fix the sizes that decide the branch with --input");
    }
  }
  return e.add_all(cond);
}

Values counted_loop(Emit& e, const Loop& loop) {
  const auto scalar = [&](ValueId v, std::string_view what, bool fits) {
    if (v && (!fits || e.rank(v) > 1 || (e.rank(v) == 1 && !(e.shape(v)[0] == Dim(1)))))
      e.fail(what, " is ", ir::to_string(e.type(v)));
  };
  scalar(loop.trips, "the trip count", ir::is_integer(e.dtype(loop.trips)));
  scalar(loop.condition, "the condition", e.dtype(loop.condition) == DType::boolean);
  if (e.failed()) return {};
  const Tensor* limit = e.constant(loop.trips);
  const auto trips =
      limit ? std::optional(std::max<std::int64_t>(limit->at_int(0), 0)) : std::nullopt;
  const auto condition = e.known_flag(loop.condition);
  const bool runs = !loop.condition || condition.value_or(false);
  if (condition && !*condition && loop.collected == 0) return loop.carried;
  if (trips && runs && *trips <= kUnrollNodes / std::max<std::int64_t>(loop.body_nodes, 1))
    return unrolled(e, loop, *trips);
  if (loop.collected > 0 && (!loop.trips || (trips && *trips > kMostCollected)))
    return e.unsupported("a loop that collects scan outputs without a limit");
  return WhileLoop(e, loop).emit();
}

}  // namespace corecast::emit
