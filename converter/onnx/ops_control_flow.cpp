// If, Loop and Scan.
#include <algorithm>

#include "converter/emit/loops.h"
#include "converter/onnx/rows.h"
#include "ops/indexing/gather.h"
#include "ops/shape/concat.h"

namespace corecast::onnx {
namespace {

constexpr std::int64_t kUnrollNodes = 20000;  // length of a sequence times nodes of the body

Scope inner_scope(OnnxNode& n, const proto::GraphProto& graph) {
  Scope s;
  s.outer = &n.scope();
  s.graph = graph.name();
  s.prefix = n.scope().prefix;
  s.opsets = n.scope().opsets;
  s.attributes = n.scope().attributes;
  return s;
}

}  // namespace

Values if_then_else(OnnxNode& n) {
  const ValueId condition = n.input(0);
  const proto::GraphProto* then_graph = n.graph("then_branch");
  const proto::GraphProto* else_graph = n.graph("else_branch");
  if (n.failed()) return {};
  const auto branch = [&](const proto::GraphProto* graph) {
    return [&n, graph] {
      Scope scope = inner_scope(n, *graph);
      return n.importer().import_subgraph(*graph, scope);
    };
  };
  return emit::conditional(n, condition, branch(then_graph), branch(else_graph));
}

// Inputs: trip count, condition, loop-carried values. Body: (iteration, condition, carried) to
// (condition, carried, scan outputs); scan outputs are stacked along a new first axis.
Values loop(OnnxNode& n) {
  emit::Loop l;
  l.trips = n.optional(0);
  l.condition = n.optional(1);
  l.carried = n.inputs(2);
  const proto::GraphProto* body = n.graph("body");
  if (n.failed()) return {};
  const std::size_t count = l.carried.size();
  if (static_cast<std::size_t>(body->input_size()) != count + 2 ||
      static_cast<std::size_t>(body->output_size()) < count + 1) {
    return n.fail("the body takes ", body->input_size(), " values, ", count + 2, " are given");
  }
  l.collected = static_cast<std::size_t>(body->output_size()) - count - 1;
  l.body_nodes = body->node_size();
  l.may_stop = body->output(0).name() != body->input(1).name();
  l.body = [&](const emit::Iteration& i) {
    Scope scope = inner_scope(n, *body);
    if (i.number) scope.prefix = cat(scope.prefix, *i.number, "/");
    scope.values[body->input(0).name()] = i.index;
    scope.values[body->input(1).name()] = i.going;
    for (std::size_t k = 0; k < count; ++k)
      scope.values[body->input(static_cast<int>(k) + 2).name()] = i.carried[k];
    return n.importer().import_subgraph(*body, scope);
  };
  return emit::counted_loop(n, l);
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
    if (n.failed() || !emit::all_valid(out)) return {};
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
