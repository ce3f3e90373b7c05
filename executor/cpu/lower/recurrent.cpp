// lstm, gru, rnn.

#include "executor/cpu/kernels/recurrent.h"

#include <algorithm>
#include <array>

#include "executor/cpu/lower/lower.h"
#include "executor/cpu/lower/matmul.h"
#include "ops/recurrent/rnn.h"

namespace corecast::executor {

using cpu::Activation;
using cpu::MatrixView;
using cpu::PackedMatrix;
using cpu::Recurrence;
using cpu::Unary;
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

/// A weight [rows, k] as the products read it: packed ahead when it is constant, else at every run.
struct Weight {
  std::shared_ptr<const PackedMatrix> ahead;
  SlotId slot;
  std::int64_t rows = 0, k = 0;

  /// `made` keeps what is packed on the spot.
  const PackedMatrix* get(Frame& f, PackedMatrix& made) const {
    if (ahead) return ahead.get();
    made = PackedMatrix(f.pool(), MatrixView::row_major(f.f32(slot), rows, k).transposed());
    return &made;
  }
};

/// What the three ops share: shape, weights and slots of one step.
class Layer {
 public:
  Layer(Lowering& l, ValueId x) : l_(l), x_(l.dims(x)) { read(x); }

  SlotId read(ValueId v) { return v ? reads_.emplace_back(l_.plain(v)) : SlotId(); }
  Weight weight(ValueId v) {
    const Dims d = l_.dims(v);
    Weight w{.rows = d[0], .k = d[1]};
    if (l_.is_weight(v))
      w.ahead = packed_rows(l_, v, d[0], d[1]);
    else
      w.slot = read(v);
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
  SlotId x() const { return reads_[0]; }

 private:
  Lowering& l_;
  Dims x_;
  std::vector<SlotId> reads_;
};

const float* at(Frame& f, SlotId s) { return s ? f.f32(s) : nullptr; }

struct LstmDirection {
  Weight input, recurrent;
  SlotId bias, peephole;
  Recurrence shape;
  std::int64_t offset = 0;  ///< of this direction's half in rows of h, c and y
};

}  // namespace

bool lower_lstm(Lowering& l) {
  const auto op = l.get<op::Lstm>();
  const auto gate = activation(op.recurrent_activation), cell = activation(op.cell_activation),
             output = activation(op.activation);
  if (!l.is_float(op.x) || !gate || !cell || !output || (op.clip && *op.clip <= 0)) return false;
  const bool both = op.direction == "bidirectional";
  const std::int64_t hidden = l.dims(op.weight_hh)[1];
  if (l.count(op.x) == 0 || hidden == 0) return false;
  Layer layer(l, op.x);
  const SlotId h0 = layer.read(op.initial_h), c0 = layer.read(op.initial_c);
  std::vector<LstmDirection> directions;
  for (int d = 0; d < (both ? 2 : 1); ++d) {
    LstmDirection w;
    w.input = layer.weight(d ? op.weight_ih_back : op.weight_ih);
    w.recurrent = layer.weight(d ? op.weight_hh_back : op.weight_hh);
    w.bias = layer.read(d ? op.bias_back : op.bias);
    w.peephole = layer.read(d ? op.peephole_back : op.peephole);
    Recurrence& r = w.shape =
        layer.recurrence(hidden, op.output_sequence, d == 1 || op.direction == "reverse");
    if (both) {  // rows hold both halves; the backward one is listed in the order of x
      r.row *= 2;
      r.y_step *= d ? -2 : 2;
      w.offset = d * hidden;
      r.y_first = d && op.output_sequence ? (r.steps - 1) * r.batch * r.row : 0;
    }
    directions.push_back(std::move(w));
  }
  const SlotId y = l.make(l.result(0)), h = l.make(l.result(1)), c = l.make(l.result(2));
  const SlotId workspace = l.workspace(cpu::recurrent_workspace(directions[0].shape, 4) * 4);
  return l.step("lstm", layer.reads(), {y, h, c, workspace},
                [=, x = layer.x(), clip = static_cast<float>(op.clip.value_or(0))](Frame& f) {
                  for (const LstmDirection& d : directions) {
                    PackedMatrix made[2];
                    cpu::LstmWeights w;
                    w.input = d.input.get(f, made[0]);
                    w.recurrent = d.recurrent.get(f, made[1]);
                    w.bias = at(f, d.bias);
                    w.peephole = at(f, d.peephole);
                    w.gate = *gate;
                    w.cell = *cell;
                    w.output = *output;
                    w.clip = clip;
                    cpu::lstm(f.pool(), d.shape, w, f.f32(x), f.f32(h0) + d.offset,
                              f.f32(c0) + d.offset, f.f32(y) + d.offset, f.f32(h) + d.offset,
                              f.f32(c) + d.offset, f.f32(workspace));
                  }
                  return Status();
                });
}

bool lower_gru(Lowering& l) {
  const auto op = l.get<op::Gru>();
  const auto gate = activation(op.recurrent_activation), output = activation(op.activation);
  const std::int64_t n = l.dims(op.weight_hh)[1];
  if (!l.is_float(op.x) || !gate || !output || l.count(op.x) == 0 || n == 0) return false;
  Layer layer(l, op.x);
  const SlotId h0 = layer.read(op.initial_h);
  const SlotId bias = layer.read(op.bias), input_bias = layer.read(op.input_bias);
  const Weight input = layer.weight(op.weight_ih);
  using Thirds = std::array<PackedMatrix, 3>;
  auto thirds = [n](ThreadPool& pool, const float* data) {
    Thirds t;
    for (std::size_t i = 0; i < 3; ++i) {
      const auto first = static_cast<std::int64_t>(i) * n * n;
      t[i] = PackedMatrix(pool, MatrixView::row_major(data + first, n, n).transposed());
    }
    return t;
  };
  Weight whole;
  std::shared_ptr<const Thirds> ahead;
  SlotId computed;
  if (op.reset_after) {
    whole = layer.weight(op.weight_hh);
  } else if (l.is_weight(op.weight_hh)) {
    ahead = l.model().packed<Thirds>(op.weight_hh, kThirds, [&] {
      return thirds(l.model().pool, l.constant(op.weight_hh)->data<float>().data());
    });
  } else {
    computed = layer.read(op.weight_hh);
  }
  const Recurrence r = layer.recurrence(n, op.output_sequence, op.direction == "reverse");
  const SlotId y = l.make(l.result(0)), h = l.make(l.result(1));
  const SlotId workspace = l.workspace(cpu::recurrent_workspace(r, 3) * 4);
  return l.step(
      "gru", layer.reads(), {y, h, workspace},
      [=, x = layer.x(), after = op.reset_after](Frame& f) {
        PackedMatrix made[2];
        Thirds parts;
        if (computed) parts = thirds(f.pool(), f.f32(computed));
        cpu::GruWeights w;
        w.input = input.get(f, made[0]);
        w.recurrent = after ? whole.get(f, made[1]) : computed ? parts.data() : ahead->data();
        w.bias = at(f, bias);
        w.input_bias = at(f, input_bias);
        w.gate = *gate;
        w.output = *output;
        w.reset_after = after;
        cpu::gru(f.pool(), r, w, f.f32(x), f.f32(h0), f.f32(y), f.f32(h), f.f32(workspace));
        return Status();
      });
}

bool lower_rnn(Lowering& l) {
  const auto op = l.get<op::Rnn>();
  const auto output = activation(op.activation);
  const std::int64_t n = l.dims(op.weight_hh)[1];
  if (!l.is_float(op.x) || !output || l.count(op.x) == 0 || n == 0) return false;
  Layer layer(l, op.x);
  const SlotId h0 = layer.read(op.initial_h), bias = layer.read(op.bias);
  const Weight input = layer.weight(op.weight_ih), recurrent = layer.weight(op.weight_hh);
  const Recurrence r = layer.recurrence(n, op.output_sequence, op.direction == "reverse");
  const SlotId y = l.make(l.result(0)), h = l.make(l.result(1));
  const SlotId workspace = l.workspace(cpu::recurrent_workspace(r, 1) * 4);
  return l.step("rnn", layer.reads(), {y, h, workspace}, [=, x = layer.x()](Frame& f) {
    PackedMatrix made[2];
    cpu::RnnWeights w;
    w.input = input.get(f, made[0]);
    w.recurrent = recurrent.get(f, made[1]);
    w.bias = at(f, bias);
    w.output = *output;
    cpu::rnn(f.pool(), r, w, f.f32(x), f.f32(h0), f.f32(y), f.f32(h), f.f32(workspace));
    return Status();
  });
}

}  // namespace corecast::executor
