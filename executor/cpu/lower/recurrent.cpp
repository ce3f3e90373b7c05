// lstm, gru, rnn.

#include "executor/cpu/kernels/recurrent.h"

#include <algorithm>
#include <array>

#include "executor/cpu/lower/lower.h"
#include "executor/cpu/lower/matmul.h"
#include "ops/recurrent/rnn.h"

namespace corecast::cpu {

using ir::ValueId;

namespace {

std::optional<Activation> activation(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (name == "sigmoid") return Activation{Unary::sigmoid};
  if (name == "tanh" || name == "scaled_tanh") return Activation{Unary::tanh};
  if (name == "relu") return Activation{Unary::relu};
  if (name == "linear") return Activation{Unary::copy};
  if (name == "hard_sigmoid" || name == "sigmoid_hard")
    return Activation{Unary::hard_sigmoid, 0.2f, 0.5f};
  return std::nullopt;
}

}  // namespace

/// A weight [rows, k] as the products read it: packed ahead when it is constant, else at every run.
struct Weight {
  std::shared_ptr<const PackedMatrix> ahead;
  std::int64_t rows = 0, k = 0;

  /// `operand`: null when it is packed ahead. `made` keeps what is packed on the spot.
  const PackedMatrix* get(const Call& c, std::size_t operand, PackedMatrix& made) const {
    if (ahead) return ahead.get();
    made = PackedMatrix(c.pool(), MatrixView::row_major(c.in(operand), rows, k).transposed());
    return &made;
  }
};

namespace {

/// What the three ops share: shape, weights and operands of one step.
class Layer {
 public:
  Layer(Lowering& l, ValueId x) : l_(l), x_(l.dims(x)) { read(x); }

  /// The next operand; an empty one when it is not there.
  void read(ValueId v) { reads_.push_back(optional(l_, v)); }
  Weight weight(ValueId v) {
    const Dims d = l_.dims(v);
    Weight w{.rows = d[0], .k = d[1]};
    if (l_.is_weight(v)) w.ahead = packed_rows(l_, v, d[0], d[1]);
    read(w.ahead ? ValueId() : v);
    return w;
  }
  Recurrence recurrence(std::int64_t hidden, bool sequence, bool backward) const {
    Recurrence r{.steps = x_[0], .batch = x_[1], .inputs = x_[2], .hidden = hidden};
    r.backward = backward;
    r.row = hidden;
    r.y_step = sequence ? r.batch * hidden : 0;
    return r;
  }
  const std::vector<SlotId>& reads() const { return reads_; }

 private:
  Lowering& l_;
  Dims x_;
  std::vector<SlotId> reads_;
};

}  // namespace

struct LstmDirection {
  Weight input, recurrent;
  Recurrence shape;
  std::int64_t offset = 0;  ///< of this direction's half in rows of h, c and y
};
/// Operands: x, h0, c0, and for each direction its two weights, bias and peephole, where they are
/// given and not packed. Results: y, h, c, a workspace.
struct LstmArguments {
  std::vector<LstmDirection> directions;
  Activation gate, cell, output;
  float clip = 0;
};
Status run_lstm(const LstmArguments& a, const Call& c) {
  std::size_t operand = 3;
  for (const LstmDirection& d : a.directions) {
    PackedMatrix made[2];
    LstmWeights w;
    w.input = d.input.get(c, operand, made[0]);
    w.recurrent = d.recurrent.get(c, operand + 1, made[1]);
    w.bias = c.in(operand + 2);
    w.peephole = c.in(operand + 3);
    w.gate = a.gate;
    w.cell = a.cell;
    w.output = a.output;
    w.clip = a.clip;
    lstm(c.pool(), d.shape, w, c.in(0), c.in(1) + d.offset, c.in(2) + d.offset, c.out(0) + d.offset,
         c.out(1) + d.offset, c.out(2) + d.offset, c.out(3));
    operand += 4;
  }
  return {};
}

bool lower_lstm(Lowering& l) {
  const auto op = l.get<op::Lstm>();
  const auto gate = activation(op.recurrent_activation), cell = activation(op.cell_activation),
             output = activation(op.activation);
  if (!l.is_float(op.x) || !gate || !cell || !output || (op.clip && *op.clip <= 0)) return false;
  const bool both = op.direction == "bidirectional";
  const std::int64_t hidden = l.dims(op.weight_hh)[1];
  if (l.count(op.x) == 0 || hidden == 0) return false;
  Layer layer(l, op.x);
  layer.read(op.initial_h);
  layer.read(op.initial_c);
  LstmArguments arguments{.directions = {},
                          .gate = *gate,
                          .cell = *cell,
                          .output = *output,
                          .clip = static_cast<float>(op.clip.value_or(0))};
  for (int d = 0; d < (both ? 2 : 1); ++d) {
    LstmDirection w;
    w.input = layer.weight(d ? op.weight_ih_back : op.weight_ih);
    w.recurrent = layer.weight(d ? op.weight_hh_back : op.weight_hh);
    layer.read(d ? op.bias_back : op.bias);
    layer.read(d ? op.peephole_back : op.peephole);
    Recurrence& r = w.shape =
        layer.recurrence(hidden, op.output_sequence, d == 1 || op.direction == "reverse");
    if (both) {  // rows hold both halves; the backward one is listed in the order of x
      r.row *= 2;
      r.y_step *= d ? -2 : 2;
      w.offset = d * hidden;
      r.y_first = d && op.output_sequence ? (r.steps - 1) * r.batch * r.row : 0;
    }
    arguments.directions.push_back(std::move(w));
  }
  const SlotId y = l.make(l.result(0)), h = l.make(l.result(1)), c = l.make(l.result(2));
  const SlotId workspace = l.workspace(recurrent_workspace(arguments.directions[0].shape, 4) * 4);
  return l.step(Kernel::lstm, std::move(arguments), layer.reads(), {y, h, c, workspace});
}

namespace {

using Thirds = std::array<PackedMatrix, 3>;

/// The three parts of a weight [3n, n].
Thirds thirds(ThreadPool& pool, const float* data, std::int64_t n) {
  Thirds t;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto first = static_cast<std::int64_t>(i) * n * n;
    t[i] = PackedMatrix(pool, MatrixView::row_major(data + first, n, n).transposed());
  }
  return t;
}

}  // namespace

/// Operands: x, h0, bias, input bias, and the two weights where they are not packed. Results: y, h,
/// a workspace.
struct GruArguments {
  Recurrence shape;
  Weight input, recurrent;              ///< the recurrent one only with reset_after
  std::shared_ptr<const Thirds> parts;  ///< of the recurrent one, without reset_after
  Activation gate, output;
  bool reset_after = false;
};
Status run_gru(const GruArguments& a, const Call& c) {
  PackedMatrix made[2];
  Thirds parts;
  GruWeights w;
  w.input = a.input.get(c, 4, made[0]);
  if (a.reset_after) {
    w.recurrent = a.recurrent.get(c, 5, made[1]);
  } else if (a.parts) {
    w.recurrent = a.parts->data();
  } else {
    parts = thirds(c.pool(), c.in(5), a.shape.hidden);
    w.recurrent = parts.data();
  }
  w.bias = c.in(2);
  w.input_bias = c.in(3);
  w.gate = a.gate;
  w.output = a.output;
  w.reset_after = a.reset_after;
  gru(c.pool(), a.shape, w, c.in(0), c.in(1), c.out(0), c.out(1), c.out(2));
  return {};
}

bool lower_gru(Lowering& l) {
  const auto op = l.get<op::Gru>();
  const auto gate = activation(op.recurrent_activation), output = activation(op.activation);
  const std::int64_t n = l.dims(op.weight_hh)[1];
  if (!l.is_float(op.x) || !gate || !output || l.count(op.x) == 0 || n == 0) return false;
  Layer layer(l, op.x);
  layer.read(op.initial_h);
  layer.read(op.bias);
  layer.read(op.input_bias);
  GruArguments arguments{
      .shape = layer.recurrence(n, op.output_sequence, op.direction == "reverse"),
      .input = layer.weight(op.weight_ih),
      .recurrent = {},
      .parts = nullptr,
      .gate = *gate,
      .output = *output,
      .reset_after = op.reset_after};
  if (op.reset_after) {
    arguments.recurrent = layer.weight(op.weight_hh);
  } else if (l.is_weight(op.weight_hh)) {
    arguments.parts = l.packed<Thirds>(op.weight_hh, {}, [&] {
      return thirds(l.engine().pool(), l.constant(op.weight_hh)->data<float>().data(), n);
    });
  } else {
    layer.read(op.weight_hh);
  }
  const SlotId y = l.make(l.result(0)), h = l.make(l.result(1));
  const SlotId workspace = l.workspace(recurrent_workspace(arguments.shape, 3) * 4);
  return l.step(Kernel::gru, std::move(arguments), layer.reads(), {y, h, workspace});
}

/// Operands: x, h0, bias, and the two weights where they are not packed. Results: y, h, a
/// workspace.
struct RnnArguments {
  Recurrence shape;
  Weight input, recurrent;
  Activation output;
};
Status run_rnn(const RnnArguments& a, const Call& c) {
  PackedMatrix made[2];
  RnnWeights w;
  w.input = a.input.get(c, 3, made[0]);
  w.recurrent = a.recurrent.get(c, 4, made[1]);
  w.bias = c.in(2);
  w.output = a.output;
  rnn(c.pool(), a.shape, w, c.in(0), c.in(1), c.out(0), c.out(1), c.out(2));
  return {};
}

bool lower_rnn(Lowering& l) {
  const auto op = l.get<op::Rnn>();
  const auto output = activation(op.activation);
  const std::int64_t n = l.dims(op.weight_hh)[1];
  if (!l.is_float(op.x) || !output || l.count(op.x) == 0 || n == 0) return false;
  Layer layer(l, op.x);
  layer.read(op.initial_h);
  layer.read(op.bias);
  RnnArguments arguments;
  arguments.input = layer.weight(op.weight_ih);
  arguments.recurrent = layer.weight(op.weight_hh);
  arguments.output = *output;
  const Recurrence& r = arguments.shape =
      layer.recurrence(n, op.output_sequence, op.direction == "reverse");
  const SlotId y = l.make(l.result(0)), h = l.make(l.result(1));
  const SlotId workspace = l.workspace(recurrent_workspace(r, 1) * 4);
  return l.step(Kernel::rnn, std::move(arguments), layer.reads(), {y, h, workspace});
}

}  // namespace corecast::cpu
