#include "ops/recurrent/rnn.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "ops/detail/common.h"

namespace corecast::op {
namespace {

using Row = std::vector<double>;
struct Activation {
  double (*apply)(double);
  double operator()(double v) const { return apply(v); }
};

Result<Activation> find_activation(const std::string& name, std::string_view what) {
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char ch) { return ch >= 'A' && ch <= 'Z' ? static_cast<char>(ch + 32) : ch; });
  if (lower == "sigmoid") return Activation{[](double v) { return 1 / (1 + std::exp(-v)); }};
  if (lower == "tanh" || lower == "scaled_tanh")
    return Activation{[](double v) { return std::tanh(v); }};
  if (lower == "relu") return Activation{[](double v) { return v < 0 ? 0.0 : v; }};
  if (lower == "linear") return Activation{[](double v) { return v; }};
  if (lower == "hard_sigmoid" || lower == "sigmoid_hard") {
    return Activation{[](double v) { return v != v ? v : std::clamp(0.2 * v + 0.5, 0.0, 1.0); }};
  }
  return infer_error(what, " ", quote(name),
                     " is none of sigmoid, tanh, relu, hard_sigmoid, scaled_tanh, linear");
}

// --- inference -------------------------------------------------------------------------------

struct Layout {
  Dim steps, batch, inputs, hidden;
};

Status expect_shape(InferContext& c, ValueId v, const Shape& shape, std::string_view name) {
  if (!v) return {};
  const Shape& actual = c.shape(v);
  bool fits = actual.size() == shape.size();
  for (std::size_t i = 0; fits && i < shape.size(); ++i) fits = must_equal(actual[i], shape[i]);
  if (!fits)
    return infer_error(name, " ", ir::to_string(actual), " must be ", ir::to_string(shape));
  return {};
}

// What the three ops share: x, one direction's weights and the hidden size, read from weight_hh.
template <class Op>
Result<Layout> layout_of(const Op& op, InferContext& c, int gates) {
  const Shape &x = c.shape(op.x), &hh = c.shape(op.weight_hh);
  if (x.size() != 3) return infer_error("x must be [steps, batch, inputs], not ", ir::to_string(x));
  if (hh.size() != 2) return infer_error("weight_hh must have rank 2, not ", hh.size());
  Layout l{x[0], x[1], x[2], hh[1]};
  TRY_VOID(expect_shape(c, op.weight_ih, {l.hidden * gates, l.inputs}, "weight_ih"));
  TRY_VOID(expect_shape(c, op.weight_hh, {l.hidden * gates, l.hidden}, "weight_hh"));
  TRY_VOID(expect_shape(c, op.bias, {l.hidden * gates}, "bias"));
  if (l.steps == Dim(0)) return infer_error("x has no steps");
  return l;
}

Status check_one_way(const std::string& direction) {
  if (direction == "forward" || direction == "reverse") return {};
  return infer_error("direction ", quote(direction), " is neither forward nor reverse");
}

Result<Types> infer_lstm(const Lstm& op, InferContext& c) {
  TRY(const Layout l, layout_of(op, c, 4));
  const bool both = op.direction == "bidirectional";
  if (!both) TRY_VOID(check_one_way(op.direction));
  if (both && (!op.weight_ih_back || !op.weight_hh_back)) {
    return infer_error("bidirectional needs weight_ih_back and weight_hh_back");
  }
  TRY_VOID(expect_shape(c, op.peephole, {l.hidden * 3}, "peephole"));
  TRY_VOID(expect_shape(c, op.weight_ih_back, {l.hidden * 4, l.inputs}, "weight_ih_back"));
  TRY_VOID(expect_shape(c, op.weight_hh_back, {l.hidden * 4, l.hidden}, "weight_hh_back"));
  TRY_VOID(expect_shape(c, op.bias_back, {l.hidden * 4}, "bias_back"));
  TRY_VOID(expect_shape(c, op.peephole_back, {l.hidden * 3}, "peephole_back"));
  TRY_VOID(find_activation(op.recurrent_activation, "recurrent_activation"));
  TRY_VOID(find_activation(op.cell_activation, "cell_activation"));
  TRY_VOID(find_activation(op.activation, "activation"));
  const Shape state = {l.batch, both ? l.hidden * 2 : l.hidden};
  TRY_VOID(expect_shape(c, op.initial_h, state, "initial_h"));
  TRY_VOID(expect_shape(c, op.initial_c, state, "initial_c"));
  const DType d = c.dtype(op.x);
  return Types{Type(d, {op.output_sequence ? l.steps : Dim(1), l.batch, state[1]}), Type(d, state),
               Type(d, state)};
}

template <class Op>
Result<Types> infer_simple(const Op& op, InferContext& c, int gates) {
  TRY(const Layout l, layout_of(op, c, gates));
  TRY_VOID(check_one_way(op.direction));
  TRY_VOID(find_activation(op.activation, "activation"));
  const Shape state = {l.batch, l.hidden};
  TRY_VOID(expect_shape(c, op.initial_h, state, "initial_h"));
  const DType d = c.dtype(op.x);
  return Types{Type(d, {op.output_sequence ? l.steps : Dim(1), l.batch, l.hidden}), Type(d, state)};
}

Result<Types> infer_gru(const Gru& op, InferContext& c) {
  TRY_VOID(find_activation(op.recurrent_activation, "recurrent_activation"));
  TRY(const Layout l, layout_of(op, c, 3));
  TRY_VOID(expect_shape(c, op.input_bias, {l.hidden * 3}, "input_bias"));
  return infer_simple(op, c, 3);
}
Result<Types> infer_rnn(const Rnn& op, InferContext& c) { return infer_simple(op, c, 1); }

// --- evaluation ------------------------------------------------------------------------------

Row numbers(EvalContext& c, ValueId v, std::size_t count = 0) {
  return v ? c.tensor(v).to_doubles() : Row(count, 0.0);
}

// One direction: what a step does to one batch element's hidden state (and its cell, for lstm).
struct Direction {
  std::size_t hidden = 0, inputs = 0;
  std::function<void(const double* x, Row& h, Row& cell)> step;
  bool backward = false;
};

// sum over i of weights[row, i] * v[i].
double product(const Row& weights, std::size_t row, std::size_t width, const double* v) {
  double sum = 0;
  for (std::size_t i = 0; i < width; ++i) sum += weights[row * width + i] * v[i];
  return sum;
}

// Runs a direction for batch element `b`; visit(k, h) sees the state after the k-th step taken.
template <class Visit>
void run(const Direction& d, const Row& x, std::size_t steps, std::size_t batch, std::size_t b,
         Row& h, Row& cell, Visit visit) {
  for (std::size_t k = 0; k < steps; ++k) {
    const std::size_t t = d.backward ? steps - 1 - k : k;
    d.step(x.data() + (t * batch + b) * d.inputs, h, cell);
    visit(k, h);
  }
}

// All directions over all batch elements; fills the results y, h and, if there is one, c.
Tensors run_all(EvalContext& c, const std::vector<Direction>& directions, ValueId x_id,
                ValueId h_id, ValueId c_id, bool output_sequence) {
  const Tensor& x = c.tensor(x_id);
  const auto steps = static_cast<std::size_t>(x.dims()[0]),
             batch = static_cast<std::size_t>(x.dims()[1]);
  const std::size_t hidden = directions[0].hidden, width = hidden * directions.size();
  const Row xs = x.to_doubles(), hs = c.tensor(h_id).to_doubles(),
            cells = numbers(c, c_id, batch * width);
  Tensor y = c.output(0), h_out = c.output(1), c_out = c_id ? c.output(2) : Tensor();
  for (std::size_t d = 0; d < directions.size(); ++d) {
    for (std::size_t b = 0; b < batch; ++b) {
      const auto state_at = static_cast<std::ptrdiff_t>(b * width + d * hidden);
      const auto length = static_cast<std::ptrdiff_t>(hidden);
      Row h(hs.begin() + state_at, hs.begin() + state_at + length);
      Row cell(cells.begin() + state_at, cells.begin() + state_at + length);
      auto put = [&](Tensor& to, std::size_t row, const Row& values) {
        for (std::size_t j = 0; j < hidden; ++j) {
          to.set(static_cast<std::int64_t>((row * batch + b) * width + d * hidden + j), values[j]);
        }
      };
      run(directions[d], xs, steps, batch, b, h, cell, [&](std::size_t k, const Row& now) {
        const bool flip = d == 1;  // the backward half of a bidirectional layer
        if (output_sequence) put(y, flip ? steps - 1 - k : k, now);
      });
      if (!output_sequence) put(y, 0, h);
      put(h_out, 0, h);
      if (c_id) put(c_out, 0, cell);
    }
  }
  Tensors out = {std::move(y), std::move(h_out)};
  if (c_id) out.push_back(std::move(c_out));
  return out;
}

std::size_t hidden_of(EvalContext& c, ValueId weight_hh) {
  return static_cast<std::size_t>(c.tensor(weight_hh).dims()[1]);
}
std::size_t inputs_of(EvalContext& c, ValueId x) {
  return static_cast<std::size_t>(c.tensor(x).dims()[2]);
}

Result<Tensors> eval_lstm(const Lstm& op, EvalContext& c) {
  TRY(const Activation gate, find_activation(op.recurrent_activation, "recurrent_activation"));
  TRY(const Activation squash, find_activation(op.cell_activation, "cell_activation"));
  TRY(const Activation output, find_activation(op.activation, "activation"));
  const std::size_t n = hidden_of(c, op.weight_hh), inputs = inputs_of(c, op.x);
  auto direction = [&](ValueId ih, ValueId hh, ValueId bias, ValueId peephole, bool backward) {
    auto step = [=, clip = op.clip, w = numbers(c, ih), r = numbers(c, hh),
                 b = numbers(c, bias, 4 * n),
                 p = numbers(c, peephole, 3 * n)](const double* x, Row& h, Row& cell) {
      auto sum = [&](std::size_t g, std::size_t j) {  // gate g of unit j before its activation
        return product(w, g * n + j, inputs, x) + product(r, g * n + j, n, h.data()) + b[g * n + j];
      };
      Row next(n);
      for (std::size_t j = 0; j < n; ++j) {
        const double in = gate(sum(0, j) + p[j] * cell[j]),
                     forget = gate(sum(1, j) + p[n + j] * cell[j]);
        double now = forget * cell[j] + in * squash(sum(3, j));
        if (clip) now = std::isnan(now) ? now : std::max(-*clip, std::min(*clip, now));
        next[j] = gate(sum(2, j) + p[2 * n + j] * now) * output(now);
        cell[j] = now;
      }
      h = std::move(next);
    };
    return Direction{n, inputs, std::move(step), backward};
  };
  std::vector<Direction> all = {
      direction(op.weight_ih, op.weight_hh, op.bias, op.peephole, op.direction == "reverse")};
  if (op.direction == "bidirectional") {
    all.push_back(
        direction(op.weight_ih_back, op.weight_hh_back, op.bias_back, op.peephole_back, true));
  }
  return run_all(c, all, op.x, op.initial_h, op.initial_c, op.output_sequence);
}

Result<Tensors> eval_gru(const Gru& op, EvalContext& c) {
  TRY(const Activation gate, find_activation(op.recurrent_activation, "recurrent_activation"));
  TRY(const Activation squash, find_activation(op.activation, "activation"));
  const std::size_t n = hidden_of(c, op.weight_hh), inputs = inputs_of(c, op.x);
  auto step = [=, after = op.reset_after, w = numbers(c, op.weight_ih),
               r = numbers(c, op.weight_hh), b = numbers(c, op.bias, 3 * n),
               ib = numbers(c, op.input_bias, 3 * n)](const double* x, Row& h, Row&) {
    auto input = [&](std::size_t row) { return product(w, row, inputs, x) + ib[row]; };
    auto recurrent = [&](std::size_t row, const Row& state) {
      return product(r, row, n, state.data()) + b[row];
    };
    Row reset(n), reset_state(n), next(n);
    for (std::size_t j = 0; j < n; ++j) {
      reset[j] = gate(input(j) + recurrent(j, h));
      reset_state[j] = reset[j] * h[j];
    }
    for (std::size_t j = 0; j < n; ++j) {
      const double fresh = squash(
          input(n + j) + (after ? reset[j] * recurrent(n + j, h) : recurrent(n + j, reset_state)));
      const double keep = gate(input(2 * n + j) + recurrent(2 * n + j, h));
      next[j] = (1 - keep) * fresh + keep * h[j];
    }
    h = std::move(next);
  };
  const Direction d{n, inputs, std::move(step), op.direction == "reverse"};
  return run_all(c, {d}, op.x, op.initial_h, ValueId(), op.output_sequence);
}

Result<Tensors> eval_rnn(const Rnn& op, EvalContext& c) {
  TRY(const Activation squash, find_activation(op.activation, "activation"));
  const std::size_t n = hidden_of(c, op.weight_hh), inputs = inputs_of(c, op.x);
  auto step = [=, w = numbers(c, op.weight_ih), r = numbers(c, op.weight_hh),
               b = numbers(c, op.bias, n)](const double* x, Row& h, Row&) {
    Row next(n);
    for (std::size_t j = 0; j < n; ++j)
      next[j] = squash(product(w, j, inputs, x) + product(r, j, n, h.data()) + b[j]);
    h = std::move(next);
  };
  const Direction d{n, inputs, std::move(step), op.direction == "reverse"};
  return run_all(c, {d}, op.x, op.initial_h, ValueId(), op.output_sequence);
}

constexpr std::string_view kXDoc = "Sequence [steps,batch,I].";
constexpr std::string_view kSequenceDoc = "Return every step's output instead of the last one's.";
constexpr std::string_view kOneWayDoc =
    "forward, or reverse: from the last step, outputs in the order of processing.";

/// The input: the others follow it in the element type.
Field sequence(Field f) {
  return std::move(f).grouped('T').takes_in_mil_since(Target::ios17, ir::DTypeSet::of(DType::f16));
}
Field weight(Field f) { return std::move(f).grouped('T').constant_in_mil(); }

// --- bounds and costs ------------------------------------------------------------------------

bool is_gate(std::string_view activation) {
  return activation == "sigmoid" || activation == "hard_sigmoid";
}
/// Whether the activation's results are within [-1, 1].
bool is_bounded(std::string_view activation) {
  return is_gate(activation) || activation == "tanh" || activation == "scaled_tanh";
}
/// Of a state that starts with `initial`, and then is within [-limit, limit].
Interval bounds_of_state(ValueId initial, double limit, const BoundsContext& c) {
  return hull(c.of(initial), bounds::within(-limit, limit));
}

Interval bounds_of_lstm(const Lstm& op, const BoundsContext& c) {
  if (c.result == 2)
    return op.clip ? bounds_of_state(op.initial_c, std::abs(*op.clip), c) : Interval();
  const bool bounded = is_gate(op.recurrent_activation) && is_bounded(op.activation);
  return bounded ? bounds_of_state(op.initial_h, 1, c) : Interval();
}
Interval bounds_of_gru(const Gru& op, const BoundsContext& c) {
  const bool bounded = is_gate(op.recurrent_activation) && is_bounded(op.activation);
  return bounded ? bounds_of_state(op.initial_h, 1, c) : Interval();
}
Interval bounds_of_rnn(const Rnn& op, const BoundsContext& c) {
  return is_bounded(op.activation) ? bounds_of_state(op.initial_h, 1, c) : Interval();
}

/// At every step each element of a batch meets every weight once.
template <class Op>
Dim multiply_adds(const Op& op, const CostContext& c) {
  const Shape& x = c.shape(op.x);
  return x[0] * x[1] * (c.count(op.weight_ih) + c.count(op.weight_hh));
}
Dim multiply_adds_of_lstm(const Lstm& op, const CostContext& c) {
  const Dim forward = multiply_adds(op, c);
  return op.weight_ih_back ? forward + forward : forward;
}

}  // namespace

OpSchema lstm_schema() {
  using Op = Lstm;
  return make_schema<Op>(
      {.name = "lstm",
       .doc = "Long short-term memory: i, f = gate(Wx + Rh + b + p*c), c' = clip(f*c + i*cell(Wx + "
              "Rh + b)), "
              "o = gate(Wx + Rh + b + p*c'), h' = o*activation(c').",
       .mil = {.name = "lstm"},
       .traits = traits::recurrence(Overflow::floats).of_scale(Scale::own),
       .bounds = bounds_of_lstm,
       .cost = cost::products(multiply_adds_of_lstm),
       .infer = infer_lstm,
       .eval = eval_lstm},
      sequence(operand<&Op::x>("x", kFloats, kXDoc)),
      operand<&Op::initial_h>("initial_h", kFloats, "First hidden state [batch,D*H].").grouped('T'),
      operand<&Op::initial_c>("initial_c", kFloats, "First cell state [batch,D*H].").grouped('T'),
      weight(operand<&Op::weight_ih>("weight_ih", kFloats, "W, gates i, f, o, z: [4H,I].")),
      weight(operand<&Op::weight_hh>("weight_hh", kFloats, "R, gates i, f, o, z: [4H,H].")),
      weight(optional_operand<&Op::bias>("bias", kFloats, "b [4H].")),
      weight(optional_operand<&Op::peephole>("peephole", kFloats, "p of i, f, o [3H].")),
      weight(optional_operand<&Op::weight_ih_back>("weight_ih_back", kFloats,
                                                   "W of the backward direction.")),
      weight(optional_operand<&Op::weight_hh_back>("weight_hh_back", kFloats,
                                                   "R of the backward direction.")),
      weight(
          optional_operand<&Op::bias_back>("bias_back", kFloats, "b of the backward direction.")),
      weight(optional_operand<&Op::peephole_back>("peephole_back", kFloats,
                                                  "p of the backward direction.")),
      attr<&Op::direction>("direction",
                           "forward, reverse (outputs in the order of processing) or bidirectional "
                           "(outputs side by side, in the order of x)."),
      attr<&Op::output_sequence>("output_sequence", kSequenceDoc),
      attr<&Op::recurrent_activation>("recurrent_activation", "Of the gates i, f, o."),
      attr<&Op::cell_activation>("cell_activation", "Of the gate z."),
      attr<&Op::activation>("activation", "Of the cell, for the output."),
      attr<&Op::clip>("clip", "Bound of the cell's magnitude."));
}

OpSchema gru_schema() {
  using Op = Gru;
  return make_schema<Op>(
      {.name = "gru",
       .doc = "Gated recurrent unit: r, z = gate(Wx + Rh + b), o = activation(Wx + R(r*h) + b), h' "
              "= (1-z)*o + z*h.",
       .mil = {.name = "gru"},
       .traits = traits::recurrence(Overflow::floats).of_scale(Scale::own),
       .bounds = bounds_of_gru,
       .cost = cost::products(multiply_adds<Op>),
       .infer = infer_gru,
       .eval = eval_gru},
      sequence(operand<&Op::x>("x", kFloats, kXDoc)),
      operand<&Op::initial_h>("initial_h", kFloats, "First hidden state [batch,H].").grouped('T'),
      weight(operand<&Op::weight_ih>("weight_ih", kFloats, "W, gates r, o, z: [3H,I].")),
      weight(operand<&Op::weight_hh>("weight_hh", kFloats, "R, gates r, o, z: [3H,H].")),
      weight(optional_operand<&Op::bias>("bias", kFloats, "b [3H].")),
      weight(optional_operand<&Op::input_bias>("input_bias", kFloats,
                                               "A second bias, next to W x [3H]; iOS 18."))
          .since(Target::ios18),
      attr<&Op::direction>("direction", kOneWayDoc),
      attr<&Op::output_sequence>("output_sequence", kSequenceDoc),
      attr<&Op::recurrent_activation>("recurrent_activation", "Of the gates r, z."),
      attr<&Op::activation>("activation", "Of the new state o."),
      attr<&Op::reset_after>("reset_after", "o = activation(Wx + input_bias + r*(Rh + bias)).")
          .since(Target::ios18));
}

OpSchema rnn_schema() {
  using Op = Rnn;
  return make_schema<Op>(
      {.name = "rnn",
       .doc = "Plain recurrent layer: h' = activation(Wx + Rh + b).",
       .mil = {.name = "rnn"},
       .traits = traits::recurrence(Overflow::floats),
       .bounds = bounds_of_rnn,
       .cost = cost::products(multiply_adds<Op>),
       .infer = infer_rnn,
       .eval = eval_rnn},
      sequence(operand<&Op::x>("x", kFloats, kXDoc)),
      operand<&Op::initial_h>("initial_h", kFloats, "First hidden state [batch,H].").grouped('T'),
      weight(operand<&Op::weight_ih>("weight_ih", kFloats, "W [H,I].")),
      weight(operand<&Op::weight_hh>("weight_hh", kFloats, "R [H,H].")),
      weight(optional_operand<&Op::bias>("bias", kFloats, "b [H].")),
      attr<&Op::direction>("direction", kOneWayDoc),
      attr<&Op::output_sequence>("output_sequence", kSequenceDoc),
      attr<&Op::activation>("activation",
                            "sigmoid, tanh, relu, hard_sigmoid, scaled_tanh or linear."));
}

}  // namespace corecast::op
