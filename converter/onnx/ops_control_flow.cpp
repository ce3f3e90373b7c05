// If, Loop and Scan. A condition known at import picks its branch, a known trip count unrolls; the
// rest becomes MIL's cond and while_loop.
#include <algorithm>

#include "converter/onnx/rows.h"
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

namespace corecast::onnx {
namespace {

constexpr std::int64_t kMostCollected = 1 << 20;  // rows of a scan output
constexpr std::int64_t kUnrollNodes = 20000;      // trip count times nodes of the body

Scope inner_scope(OnnxNode& n, const proto::GraphProto& graph) {
  Scope s;
  s.outer = &n.scope();
  s.graph = graph.name();
  s.prefix = n.scope().prefix;
  s.opsets = n.scope().opsets;
  s.attributes = n.scope().attributes;
  return s;
}

ValueId as_scalar(OnnxNode& n, ValueId v) {
  return n.rank(v) == 0 ? v : n.add(op::Reshape{v, n.constant(Tensor::empty(DType::i32, {0}))});
}

bool all_valid(const Values& values) {
  for (const ValueId v : values) {
    if (!v) return false;
  }
  return true;
}

// Imports a branch into a block of its own.
Values import_block(OnnxNode& n, const proto::GraphProto& graph, ir::BlockId block) {
  ir::Builder& b = n.importer().builder();
  const ir::InsertPoint outside = b.insert_point();
  b.set_insert_point({block, ir::OpId()});
  Scope scope = inner_scope(n, graph);
  const Values results = n.importer().import_subgraph(graph, scope);
  b.set_insert_point(outside);
  if (all_valid(results)) n.importer().function().set_results(block, results);
  return results;
}

// Zeros [rows, element's shape], made of what is known outside the loop: its variables.
ValueId rows_for(OnnxNode& n, ValueId rows, ValueId element, const Values& variables) {
  if (n.failed() || !element) return {};
  const auto one = n.ints({1});
  std::vector<ValueId> sizes = {n.add(op::Reshape{n.add(op::Cast{rows, DType::i32}), one})};
  for (const Dim& d : n.shape(element)) {
    if (d.is_constant()) {
      sizes.push_back(n.ints({d.value()}));
      continue;
    }
    ValueId size;
    for (const ValueId v : variables) {
      const Shape& shape = n.shape(v);
      for (std::size_t i = 0; i < shape.size() && !size; ++i) {
        if (!(shape[i] == d)) continue;
        const ValueId index = n.ints({static_cast<std::int64_t>(i)});
        size = n.add(op::Gather{.x = n.add(op::ShapeOf{v}), .indices = index, .axis = 0});
      }
    }
    if (!size) {
      n.unsupported("a scan output whose size ", d.to_string(), " only the loop's body knows");
      return {};
    }
    sizes.push_back(size);
  }
  const ValueId shape =
      sizes.size() == 1 ? sizes[0] : n.add(op::Concat{.values = sizes, .axis = 0});
  return n.add(op::Fill{shape, n.scalar(n.dtype(element), 0)});
}

}  // namespace

Values if_then_else(OnnxNode& n) {
  const ValueId condition = n.input(0);
  const proto::GraphProto* then_graph = n.graph("then_branch");
  const proto::GraphProto* else_graph = n.graph("else_branch");
  if (n.failed()) return {};
  if (const auto known = n.known_flag(condition)) {
    const proto::GraphProto& taken = *known ? *then_graph : *else_graph;
    Scope scope = inner_scope(n, taken);
    return n.importer().import_subgraph(taken, scope);
  }
  op::Cond cond{};
  cond.pred = as_scalar(n, condition);
  cond.true_ = n.importer().function().add_block();
  cond.false_ = n.importer().function().add_block();
  const Values a = import_block(n, *then_graph, cond.true_);
  const Values b = import_block(n, *else_graph, cond.false_);
  if (!all_valid(a) || !all_valid(b)) return {};
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    const Type &x = n.type(a[i]), &y = n.type(b[i]);
    if (x.dtype != y.dtype || x.rank() != y.rank()) {
      return n.unsupported("the branches give output ", i, " as ", ir::to_string(x), " and as ",
                           ir::to_string(y), "; fix the sizes that decide the branch with --input");
    }
  }
  return n.add_all(cond);
}

// Inputs: trip count, condition, loop-carried values. Body: (iteration, condition, carried) to
// (condition, carried, scan outputs); scan outputs are stacked along a new first axis.
Values loop(OnnxNode& n) {
  const ValueId trips = n.optional(0);
  const ValueId condition = n.optional(1);
  Values carried = n.inputs(2);
  const proto::GraphProto* body = n.graph("body");
  if (n.failed()) return {};
  const std::size_t count = carried.size();
  if (static_cast<std::size_t>(body->input_size()) != count + 2 ||
      static_cast<std::size_t>(body->output_size()) < count + 1) {
    return n.fail("the body takes ", body->input_size(), " values, ", count + 2, " are given");
  }
  const std::size_t scans = static_cast<std::size_t>(body->output_size()) - count - 1;
  const auto scalar = [&](ValueId v, std::string_view what, bool fits) {
    if (v && (!fits || n.rank(v) > 1 || (n.rank(v) == 1 && !(n.shape(v)[0] == Dim(1)))))
      n.fail(what, " is ", ir::to_string(n.type(v)));
  };
  scalar(trips, "the trip count", ir::is_integer(n.dtype(trips)));
  scalar(condition, "the condition", n.dtype(condition) == DType::boolean);
  if (n.failed()) return {};
  const Tensor* limit_known = n.constant(trips);
  const auto known_trips =
      limit_known ? std::optional(std::max<std::int64_t>(limit_known->at_int(0), 0)) : std::nullopt;
  const auto known_condition = n.known_flag(condition);
  const bool runs = !condition || known_condition.value_or(false);
  if (known_condition && !*known_condition && scans == 0) return carried;

  if (known_trips && runs && *known_trips <= kUnrollNodes / std::max(body->node_size(), 1)) {
    std::vector<Values> stacked(scans);
    bool unrolled = true;
    for (std::int64_t i = 0; i < *known_trips; ++i) {
      Scope scope = inner_scope(n, *body);
      scope.prefix = cat(scope.prefix, i, "/");
      scope.values[body->input(0).name()] = n.constant(Tensor::scalar(i));
      scope.values[body->input(1).name()] = n.constant(Tensor::scalar(true));
      for (std::size_t k = 0; k < count; ++k)
        scope.values[body->input(static_cast<int>(k) + 2).name()] = carried[k];
      const Values out = n.importer().import_subgraph(*body, scope);
      if (n.failed() || !all_valid(out)) return {};
      carried.assign(out.begin() + 1, out.begin() + 1 + static_cast<std::ptrdiff_t>(count));
      for (std::size_t k = 0; k < scans; ++k)
        stacked[k].push_back(n.add(op::ExpandDims{out[1 + count + k], {0}}));
      const auto again = n.known_flag(out[0]);
      if (!again && i + 1 < *known_trips) unrolled = false;
      if (again && !*again) break;
    }
    if (!unrolled) return n.unsupported("a loop with a fixed trip count that may also stop early");
    for (auto& parts : stacked) {
      if (parts.empty()) return n.unsupported("a scan output of a loop that never runs");
      carried.push_back(parts.size() == 1 ? parts[0]
                                          : n.add(op::Concat{.values = parts, .axis = 0}));
    }
    return carried;
  }
  if (scans > 0 && (!trips || (known_trips && *known_trips > kMostCollected)))
    return n.unsupported("a loop that collects scan outputs without a limit");

  // while_loop(i, keep_going, carried...): cond is i < trips && keep_going.
  ir::Function& f = n.importer().function();
  ir::Builder& b = n.importer().builder();
  op::WhileLoop w{};
  w.loop_vars.push_back(n.add(op::Identity{n.constant(Tensor::scalar(std::int64_t{0}))}));
  w.loop_vars.push_back(condition ? as_scalar(n, condition) : n.constant(Tensor::scalar(true)));
  w.loop_vars.insert(w.loop_vars.end(), carried.begin(), carried.end());
  const ValueId limit = trips ? as_scalar(n, trips) : n.constant(Tensor::scalar(INT64_MAX));
  if (n.failed() || !all_valid(w.loop_vars)) return {};
  w.cond = f.add_block();
  w.body = f.add_block();
  const ir::InsertPoint outside = b.insert_point();
  const auto arguments = [&](ir::BlockId block) {
    Values args;
    for (const ValueId v : w.loop_vars) args.push_back(f.add_arg(block, f.type(v)));
    return args;
  };
  const Values c = arguments(w.cond);
  b.set_insert_point({w.cond, ir::OpId()});
  const ValueId going = n.add(op::LogicalAnd{n.add(op::Less{c[0], limit}), c[1]});
  if (going) f.set_results(w.cond, {going});
  const Values args = arguments(w.body);
  b.set_insert_point({w.body, ir::OpId()});
  Scope scope = inner_scope(n, *body);
  for (std::size_t k = 0; k < args.size(); ++k)
    scope.values[body->input(static_cast<int>(k)).name()] = args[k];
  Values out = n.importer().import_subgraph(*body, scope);
  const ValueId next = n.add(op::Add{args[0], n.constant(Tensor::scalar(std::int64_t{1}))});
  if (!all_valid(out) || !next) {
    b.set_insert_point(outside);
    return {};
  }
  out[0] = as_scalar(n, out[0]);
  // Scan outputs go to buffers with a row for every iteration that there may be.
  for (std::size_t k = 0; k < scans; ++k) {
    ValueId& element = out[1 + count + k];
    b.set_insert_point(outside);
    const ValueId buffer = rows_for(n, limit, element, w.loop_vars);
    b.set_insert_point({w.body, ir::OpId()});
    if (!buffer) break;
    w.loop_vars.push_back(buffer);
    f.add_arg(w.cond, f.type(buffer));
    op::Scatter write{};
    write.data = f.add_arg(w.body, f.type(buffer));
    write.indices = n.add(op::Reshape{n.add(op::Cast{args[0], DType::i32}), n.ints({1})});
    write.updates = n.add(op::ExpandDims{element, {0}});
    write.mode = "update";
    element = n.add(write);
  }
  out.insert(out.begin(), next);
  if (!n.failed() && all_valid(out)) f.set_results(w.body, out);
  b.set_insert_point(outside);
  Values results = n.add_all(w);
  if (n.failed() || results.size() < 2) return {};
  // One that may stop early fills but the first rows.
  const bool early = condition || body->output(0).name() != body->input(1).name();
  for (std::size_t k = 0; early && k < scans; ++k) {
    ValueId& rows = results[2 + count + k];
    const auto rank = static_cast<std::size_t>(n.rank(rows));
    op::SliceByIndex first{};
    first.x = rows;
    first.begin = n.ints(std::vector<std::int64_t>(rank, 0));
    const ValueId done = n.add(op::Reshape{n.add(op::Cast{results[0], DType::i32}), n.ints({1})});
    const ValueId rest = n.ints(std::vector<std::int64_t>(rank - 1, 0));
    first.end = rank == 1 ? done : n.add(op::Concat{.values = {done, rest}, .axis = 0});
    first.begin_mask = first.end_mask = std::vector<bool>(rank, true);
    first.end_mask[0] = false;
    rows = n.add(first);
  }
  return Values(results.begin() + 2, results.end());
}

namespace {

// Element t along `axis`, without that axis.
ValueId slice_at(OnnxNode& n, ValueId x, std::int64_t axis, std::int64_t t) {
  return n.add(op::Gather{.x = x, .indices = n.int_scalar(t), .axis = axis});
}

// The attribute's entries, made non-negative by `rank_of(k)`; zeros when absent.
std::vector<std::int64_t> axes_of(OnnxNode& n, std::string_view name, const Values& values,
                                  std::int64_t extra) {
  auto axes = n.integers(name, std::vector<std::int64_t>(values.size(), 0));
  if (axes.size() != values.size()) {
    n.fail(name, " has ", axes.size(), " entries for ", values.size(), " values");
    axes.assign(values.size(), 0);
  }
  for (std::size_t k = 0; k < values.size(); ++k) {
    const std::int64_t rank = n.rank(values[k]) + extra;
    if (axes[k] < -rank || axes[k] >= rank) n.fail(name, " is outside the rank ", rank);
    if (axes[k] < 0) axes[k] += rank;
  }
  return axes;
}

}  // namespace

// Inputs: states, then sequences that are read element by element. The body gives the next states
// and an element of every sequence that is put out. Always unrolled.
Values scan(OnnxNode& n) {
  if (n.opset() < 9) return n.unsupported("Scan of opset 8, which has a batch axis");
  Values all = n.inputs();
  const proto::GraphProto* body = n.graph("body");
  const std::int64_t sequences = n.integer("num_scan_inputs", 0);
  if (n.failed()) return {};
  const auto given = static_cast<std::int64_t>(all.size());
  if (sequences < 1 || sequences > given || body->input_size() != given ||
      body->output_size() < given - sequences)
    return n.fail("num_scan_inputs is ", sequences, ", the body takes ", body->input_size());
  const auto states = static_cast<std::size_t>(given - sequences);
  Values carried(all.begin(), all.begin() + given - sequences);
  const Values read(all.begin() + given - sequences, all.end());
  const std::size_t written = static_cast<std::size_t>(body->output_size()) - states;
  const auto axes = axes_of(n, "scan_input_axes", read, 0);
  const auto backwards =
      n.integers("scan_input_directions", std::vector<std::int64_t>(read.size(), 0));
  const auto turned = n.integers("scan_output_directions", std::vector<std::int64_t>(written, 0));
  if (n.failed()) return {};
  if (backwards.size() != read.size() || turned.size() != written)
    return n.fail("the directions do not fit the sequences");
  const Dim length = n.shape(read[0])[static_cast<std::size_t>(axes[0])];
  if (!length.is_constant())
    return n.unsupported("a sequence of flexible length; fix its size with --input");
  if (length.value() * std::max(body->node_size(), 1) > kUnrollNodes)
    return n.unsupported("a sequence of ", length.value(), " elements");
  for (std::size_t k = 0; k < read.size(); ++k) {
    if (!(n.shape(read[k])[static_cast<std::size_t>(axes[k])] == length))
      return n.fail("the sequences differ in length");
  }
  std::vector<Values> parts(written);
  for (std::int64_t t = 0; t < length.value(); ++t) {
    Scope scope = inner_scope(n, *body);
    scope.prefix = cat(scope.prefix, t, "/");
    for (std::size_t k = 0; k < states; ++k)
      scope.values[body->input(static_cast<int>(k)).name()] = carried[k];
    for (std::size_t k = 0; k < read.size(); ++k) {
      scope.values[body->input(static_cast<int>(states + k)).name()] =
          slice_at(n, read[k], axes[k], backwards[k] ? length.value() - 1 - t : t);
    }
    const Values out = n.importer().import_subgraph(*body, scope);
    if (n.failed() || !all_valid(out)) return {};
    carried.assign(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(states));
    for (std::size_t k = 0; k < written; ++k) parts[k].push_back(out[states + k]);
  }
  if (length.value() == 0) return n.unsupported("a sequence without elements");
  Values firsts;
  for (const auto& p : parts) firsts.push_back(p[0]);
  const auto out_axes = axes_of(n, "scan_output_axes", firsts, 1);
  if (n.failed()) return {};
  for (std::size_t k = 0; k < written; ++k) {
    if (turned[k]) std::reverse(parts[k].begin(), parts[k].end());
    carried.push_back(n.add(op::Stack{.values = parts[k], .axis = out_axes[k]}));
  }
  return carried;
}

}  // namespace corecast::onnx
