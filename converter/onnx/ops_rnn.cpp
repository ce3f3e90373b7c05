// LSTM, GRU, RNN: gate orders and layouts.
//
// ONNX stacks directions in front (W [dirs, gates*H, I]); MIL's lstm takes the backward weights
// apart and concatenates directions in the last axis. The gates' orders: converter/emit/gates.h.
#include <algorithm>

#include "converter/emit/gates.h"
#include "converter/emit/slices.h"
#include "converter/onnx/rows.h"
#include "ops/creation/fill.h"
#include "ops/elementwise/cast.h"
#include "ops/indexing/gather.h"
#include "ops/recurrent/rnn.h"
#include "ops/shape/concat.h"
#include "ops/shape/expand_dims.h"
#include "ops/shape/reshape.h"
#include "ops/shape/reverse.h"
#include "ops/shape/shape.h"
#include "ops/shape/squeeze.h"
#include "ops/shape/transpose.h"

namespace corecast::onnx {
namespace {

struct Recurrent {
  ValueId x;  // [S, N, I]
  std::int64_t hidden = 0;
  std::size_t directions = 1;
  std::string direction;  // forward, reverse, bidirectional
  bool batch_first = false;
  const Tensor* w = nullptr;
  const Tensor* r = nullptr;
  const Tensor* b = nullptr;  // null when absent
  std::vector<std::string> activations;
};

Recurrent read(OnnxNode& n, std::int64_t gates, std::size_t activations_each,
               std::vector<std::string> defaults) {
  Recurrent c;
  c.x = n.input(0);
  c.w = n.constant(n.input(1));
  c.r = n.constant(n.input(2));
  const ValueId bias = n.optional(3);
  c.b = n.constant(bias);
  c.direction = n.text("direction", "forward");
  c.directions = c.direction == "bidirectional" ? 2 : 1;
  c.batch_first = n.integer("layout", 0) != 0;
  if (n.failed()) return c;
  if (!c.w || !c.r || (bias && !c.b)) {
    n.unsupported("weights that are computed by the model");
    return c;
  }
  if (c.direction != "forward" && c.direction != "reverse" && c.direction != "bidirectional") {
    n.fail("direction is ", quote(c.direction));
    return c;
  }
  const auto dirs = static_cast<std::int64_t>(c.directions);
  if (c.r->rank() != 3 || c.w->rank() != 3 || c.r->dims()[0] != dirs || c.w->dims()[0] != dirs ||
      c.w->dims()[1] != c.r->dims()[1] || c.r->dims()[1] != gates * c.r->dims()[2] ||
      (c.b && c.b->dims() != std::vector<std::int64_t>{dirs, 2 * c.r->dims()[1]})) {
    n.fail("the weights do not have the shapes of ", gates, " gates and ", dirs, " directions");
    return c;
  }
  c.hidden = c.r->dims()[2];
  if (const auto size = n.integer("hidden_size", c.hidden); size != c.hidden) {
    n.fail("hidden_size is ", size, ", the weights have ", c.hidden);
    return c;
  }
  if (n.rank(c.x) != 3) {
    n.fail("the input has rank ", n.rank(c.x), ", 3 is needed");
    return c;
  }
  if (c.batch_first) c.x = n.add(op::Transpose{c.x, {1, 0, 2}});
  // Lengths that equal the sequence change nothing.
  if (n.has(4)) {
    const auto lengths = n.known(n.optional(4));
    const bool full = lengths && std::all_of(lengths->begin(), lengths->end(),
                                             [&](const Dim& d) { return d == n.shape(c.x)[0]; });
    if (!full) n.unsupported("sequence_lens shorter than the sequence");
  }
  if (n.has_attr("activation_alpha") || n.has_attr("activation_beta"))
    n.unsupported("activations with parameters");
  c.activations = n.texts("activations");
  if (c.activations.empty()) {
    for (std::size_t d = 0; d < c.directions; ++d) {
      c.activations.insert(c.activations.end(), defaults.begin(), defaults.end());
    }
  }
  if (c.activations.size() != c.directions * activations_each)
    n.fail("activations has the wrong length");
  for (std::size_t i = activations_each; i < c.activations.size(); ++i) {
    if (c.activations[i] != c.activations[i % activations_each])
      n.unsupported("activations that differ by direction");
  }
  return c;
}

// MIL's name; HardSigmoid there has ONNX's default parameters.
std::string activation(OnnxNode& n, std::string name, bool lstm) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char ch) { return static_cast<char>(std::tolower(ch)); });
  if (name == "sigmoid" || name == "tanh" || name == "relu") return name;
  if (name == "hardsigmoid") return lstm ? "hard_sigmoid" : "sigmoid_hard";
  if (name == "affine") return "linear";
  n.unsupported("activation ", quote(name));
  return "tanh";
}

// The initial state as [N, dirs*H]; zeros when absent.
ValueId state(OnnxNode& n, const Recurrent& c, std::size_t input) {
  const auto width = static_cast<std::int64_t>(c.directions) * c.hidden;
  if (n.has(input)) {
    ValueId v = n.optional(input);  // [dirs, N, H], or [N, dirs, H] batch first
    if (n.rank(v) != 3) {
      n.fail("input ", input, " has rank ", n.rank(v), ", not 3");
      return {};
    }
    n.require_equal(n.shape(v)[c.batch_first ? 0 : 1], n.shape(c.x)[1]);
    if (!c.batch_first) {
      if (c.directions == 1) return n.add(op::Squeeze{v, std::vector<std::int64_t>{0}});
      v = n.add(op::Transpose{v, {1, 0, 2}});
    }
    return n.add(op::Reshape{v, n.ints({-1, width})});
  }
  const Dim batch = n.shape(c.x)[1];
  const ValueId zero = n.scalar(n.dtype(c.x), 0);
  if (batch.is_constant()) return n.add(op::Fill{n.ints({batch.value(), width}), zero});
  const ValueId size =
      n.add(op::Gather{.x = n.add(op::ShapeOf{c.x}), .indices = n.ints({1}), .axis = 0});
  return n.add(op::Fill{n.add(op::Concat{.values = {size, n.ints({width})}, .axis = 0}), zero});
}

ValueId backwards(OnnxNode& n, ValueId y) {
  return n.add(op::Reverse{.x = y, .axes = std::vector<std::int64_t>{0}});
}

// [S, N, dirs*H] to ONNX's [S, dirs, N, H] (batch first: [N, S, dirs, H]).
ValueId sequence_output(OnnxNode& n, const Recurrent& c, ValueId y) {
  if (!c.batch_first && c.directions == 1) return n.add(op::ExpandDims{y, {1}});
  const auto dirs = static_cast<std::int64_t>(c.directions);
  const Shape& s = n.shape(y);
  std::vector<std::int64_t> dims = {s[0].constant().value_or(-1), s[1].constant().value_or(-1),
                                    dirs, c.hidden};
  if (dims[0] == -1 && dims[1] == -1) {
    // Two flexible sizes: split the last axis by slicing instead of reshaping.
    std::vector<ValueId> parts;
    for (std::int64_t d = 0; d < dirs; ++d) {
      const ValueId half = emit::slice_axis(n, y, 2, d * c.hidden, (d + 1) * c.hidden);
      parts.push_back(n.add(op::ExpandDims{half, {c.batch_first ? 2 : 1}}));
    }
    ValueId all = parts.size() == 1
                      ? parts[0]
                      : n.add(op::Concat{.values = parts, .axis = c.batch_first ? 2 : 1});
    return c.batch_first ? n.add(op::Transpose{all, {1, 0, 2, 3}}) : all;
  }
  const ValueId apart = n.add(op::Reshape{y, n.ints(dims)});
  return n.add(op::Transpose{apart, c.batch_first ? std::vector<std::int64_t>{1, 0, 2, 3}
                                                  : std::vector<std::int64_t>{0, 2, 1, 3}});
}

// [N, dirs*H] to ONNX's [dirs, N, H] (batch first: [N, dirs, H]).
ValueId state_output(OnnxNode& n, const Recurrent& c, ValueId h) {
  if (!c.batch_first && c.directions == 1) return n.add(op::ExpandDims{h, {0}});
  const ValueId apart =
      n.add(op::Reshape{h, n.ints({-1, static_cast<std::int64_t>(c.directions), c.hidden})});
  return c.batch_first ? apart : n.add(op::Transpose{apart, {1, 0, 2}});
}

}  // namespace

Values lstm(OnnxNode& n) {
  const Recurrent c = read(n, 4, 3, {"Sigmoid", "Tanh", "Tanh"});
  if (n.failed()) return {};
  if (n.integer("input_forget", 0)) return n.unsupported("input_forget");
  op::Lstm l{};
  l.x = c.x;
  l.initial_h = state(n, c, 5);
  l.initial_c = state(n, c, 6);
  const Tensor* peephole = n.constant(n.optional(7));
  if (n.has(7) && !peephole) return n.unsupported("weights that are computed by the model");
  const std::vector<int> gates = emit::lstm_gates("onnx");
  for (std::size_t d = 0; d < c.directions; ++d) {
    (d ? l.weight_ih_back : l.weight_ih) = n.constant(emit::gate_rows(*c.w, d, gates, c.hidden));
    (d ? l.weight_hh_back : l.weight_hh) = n.constant(emit::gate_rows(*c.r, d, gates, c.hidden));
    if (c.b) {
      (d ? l.bias_back : l.bias) = n.constant(emit::sum(
          emit::gate_rows(*c.b, d, gates, c.hidden), emit::gate_rows(*c.b, d, gates, c.hidden, 4)));
    }
    if (peephole)
      (d ? l.peephole_back : l.peephole) =
          n.constant(emit::gate_rows(*peephole, d, emit::gate_places("iof", "ifo"), c.hidden));
  }
  l.direction = c.direction;
  l.output_sequence = true;
  l.recurrent_activation = activation(n, c.activations[0], true);
  l.cell_activation = activation(n, c.activations[1], true);
  l.activation = activation(n, c.activations[2], true);
  if (n.has_attr("clip")) return n.unsupported("clip (ONNX clips the gates, Core ML the cell)");
  const Values y = n.add_all(l);
  if (n.failed()) return {};
  const ValueId sequence = c.direction == "reverse" ? backwards(n, y[0]) : y[0];
  return {sequence_output(n, c, sequence), state_output(n, c, y[1]), state_output(n, c, y[2])};
}

namespace {

// MIL's gru and rnn have one direction: each is run apart, the results concatenated.
template <class Make>
Values one_by_one(OnnxNode& n, const Recurrent& c, const Make& make) {
  const ValueId initial = state(n, c, 5);
  std::vector<ValueId> sequences, states;
  for (std::size_t d = 0; d < c.directions; ++d) {
    ValueId h = initial;
    if (c.directions == 2) {
      const std::int64_t from = static_cast<std::int64_t>(d) * c.hidden;
      h = emit::slice_axis(n, initial, 1, from, from + c.hidden);
    }
    const bool reverse = d == 1 || c.direction == "reverse";
    const Values y = make(d, h, reverse ? "reverse" : "forward");
    if (n.failed() || y.size() < 2) return {};
    sequences.push_back(reverse ? backwards(n, y[0]) : y[0]);
    states.push_back(y[1]);
  }
  const auto joined = [&](const std::vector<ValueId>& parts, std::int64_t axis) {
    return parts.size() == 1 ? parts[0] : n.add(op::Concat{.values = parts, .axis = axis});
  };
  return {sequence_output(n, c, joined(sequences, 2)), state_output(n, c, joined(states, 1))};
}

}  // namespace

// ONNX (no linear_before_reset): the reset gate is applied before the recurrent product, as in MIL.
// With linear_before_reset (PyTorch's form) it is reset_after, which MIL has since iOS 18.
Values gru(OnnxNode& n) {
  const Recurrent c = read(n, 3, 2, {"Sigmoid", "Tanh"});
  if (n.failed()) return {};
  if (n.has_attr("clip")) return n.unsupported("clip");
  const bool after = n.integer("linear_before_reset", 0) != 0;
  const std::vector<int> gates = emit::gru_gates("onnx");
  return one_by_one(n, c, [&](std::size_t d, ValueId h, const char* direction) {
    op::Gru g{};
    g.x = c.x;
    g.initial_h = h;
    g.weight_ih = n.constant(emit::gate_rows(*c.w, d, gates, c.hidden));
    g.weight_hh = n.constant(emit::gate_rows(*c.r, d, gates, c.hidden));
    if (c.b) {
      const Tensor input = emit::gate_rows(*c.b, d, gates, c.hidden);
      const Tensor recurrent = emit::gate_rows(*c.b, d, gates, c.hidden, 3);
      if (after) {
        g.bias = n.constant(recurrent);
        g.input_bias = n.constant(input);
      } else {
        g.bias = n.constant(emit::sum(input, recurrent));
      }
    }
    g.reset_after = after;
    g.direction = direction;
    g.output_sequence = true;
    g.recurrent_activation = activation(n, c.activations[0], false);
    g.activation = activation(n, c.activations[1], false);
    return n.add_all(g);
  });
}

Values rnn(OnnxNode& n) {
  const Recurrent c = read(n, 1, 1, {"Tanh"});
  if (n.failed()) return {};
  if (n.has_attr("clip")) return n.unsupported("clip");
  return one_by_one(n, c, [&](std::size_t d, ValueId h, const char* direction) {
    op::Rnn r{};
    r.x = c.x;
    r.initial_h = h;
    r.weight_ih = n.constant(emit::gate_rows(*c.w, d, {0}, c.hidden));
    r.weight_hh = n.constant(emit::gate_rows(*c.r, d, {0}, c.hidden));
    if (c.b)
      r.bias = n.constant(emit::sum(emit::gate_rows(*c.b, d, {0}, c.hidden),
                                    emit::gate_rows(*c.b, d, {0}, c.hidden, 1)));
    r.direction = direction;
    r.output_sequence = true;
    r.activation = activation(n, c.activations[0], false);
    return n.add_all(r);
  });
}

}  // namespace corecast::onnx
