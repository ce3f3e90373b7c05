#include "executor/cpu/kernels/recurrent.h"

#include <algorithm>
#include <cstring>

namespace corecast::cpu {

namespace {

std::size_t bytes(std::int64_t floats) { return static_cast<std::size_t>(floats) * sizeof(float); }

/// The parts of the workspace.
struct Parts {
  float* input;  ///< [steps, batch, gates * H]: the input's share
  float* gates;  ///< [batch, gates * H]
  float* state;  ///< [batch, H]
  float* extra;  ///< [batch, H]
};

Parts parts_of(const Recurrence& r, std::int64_t gates, float* workspace) {
  const std::int64_t wide = r.batch * gates * r.hidden;
  Parts p{};
  p.input = workspace;
  p.gates = p.input + r.steps * wide;
  p.state = p.gates + wide;
  p.extra = p.state + r.batch * r.hidden;
  return p;
}

void input_share(ThreadPool& pool, const Recurrence& r, const float* x, const PackedMatrix& w,
                 const float* bias, float* out) {
  Epilogue e;
  e.bias = bias;
  gemm(pool, MatrixView::row_major(x, r.steps * r.batch, r.inputs), w, out, w.n(), e);
}

/// out [batch, w.n()] = state [batch, H] times w, plus `add` laid out as out.
void state_share(ThreadPool& pool, const Recurrence& r, const float* state, const PackedMatrix& w,
                 const float* bias, const float* add, float* out, std::int64_t out_row) {
  Epilogue e;
  e.bias = bias;
  e.residual = add;
  gemm(pool, MatrixView::row_major(state, r.batch, r.hidden), w, out, out_row, e);
}

void load_state(const Recurrence& r, const float* from, float* state) {
  for (std::int64_t b = 0; b < r.batch; ++b)
    std::memcpy(state + b * r.hidden, from + b * r.row, bytes(r.hidden));
}
void store_state(const Recurrence& r, const float* state, float* to) {
  for (std::int64_t b = 0; b < r.batch; ++b)
    std::memcpy(to + b * r.row, state + b * r.hidden, bytes(r.hidden));
}

void apply(const Activation& a, float* x, std::int64_t n) {
  kernels().unary(a.op, x, x, n, a.alpha, a.beta);
}

/// Calls step(input's share) for every step in running order; the state is stored after each.
template <class Step>
void run_steps(const Recurrence& r, const Parts& p, std::int64_t gates, float* y,
               const Step& step) {
  const std::int64_t wide = r.batch * gates * r.hidden;
  for (std::int64_t k = 0; k < r.steps; ++k) {
    step(p.input + (r.backward ? r.steps - 1 - k : k) * wide);
    if (r.y_step != 0 || k == r.steps - 1) store_state(r, p.state, y + r.y_first + k * r.y_step);
  }
}

}  // namespace

std::int64_t recurrent_workspace(const Recurrence& r, std::int64_t gates) {
  return (r.steps + 1) * r.batch * gates * r.hidden + 2 * r.batch * r.hidden;
}

void lstm(ThreadPool& pool, const Recurrence& r, const LstmWeights& w, const float* x,
          const float* h0, const float* c0, float* y, float* h, float* c, float* workspace) {
  const auto& k = kernels();
  const std::int64_t n = r.hidden;
  const Parts p = parts_of(r, 4, workspace);
  input_share(pool, r, x, *w.input, w.bias, p.input);
  load_state(r, h0, p.state);
  for (std::int64_t b = 0; b < r.batch; ++b) std::memmove(c + b * r.row, c0 + b * r.row, bytes(n));
  run_steps(r, p, 4, y, [&](const float* share) {
    state_share(pool, r, p.state, *w.recurrent, nullptr, share, p.gates, 4 * n);
    for (std::int64_t b = 0; b < r.batch; ++b) {
      float *in = p.gates + b * 4 * n, *forget = in + n, *out = in + 2 * n, *fresh = in + 3 * n;
      float *cell = c + b * r.row, *extra = p.extra + b * n, *state = p.state + b * n;
      if (w.peephole) {
        k.binary(Binary::mul, w.peephole, 1, cell, 1, extra, n);
        k.binary(Binary::add, in, 1, extra, 1, in, n);
        k.binary(Binary::mul, w.peephole + n, 1, cell, 1, extra, n);
        k.binary(Binary::add, forget, 1, extra, 1, forget, n);
      }
      apply(w.gate, in, 2 * n);  // input and forget lie side by side
      apply(w.cell, fresh, n);
      k.binary(Binary::mul, cell, 1, forget, 1, cell, n);
      k.binary(Binary::mul, fresh, 1, in, 1, fresh, n);
      k.binary(Binary::add, cell, 1, fresh, 1, cell, n);
      if (w.clip > 0) k.unary(Unary::clip, cell, cell, n, -w.clip, w.clip);
      if (w.peephole) {
        k.binary(Binary::mul, w.peephole + 2 * n, 1, cell, 1, extra, n);
        k.binary(Binary::add, out, 1, extra, 1, out, n);
      }
      apply(w.gate, out, n);
      k.unary(w.output.op, cell, state, n, w.output.alpha, w.output.beta);
      k.binary(Binary::mul, state, 1, out, 1, state, n);
    }
  });
  store_state(r, p.state, h);
}

void gru(ThreadPool& pool, const Recurrence& r, const GruWeights& w, const float* x,
         const float* h0, float* y, float* h, float* workspace) {
  const auto& k = kernels();
  const std::int64_t n = r.hidden;
  const Parts p = parts_of(r, 3, workspace);
  input_share(pool, r, x, *w.input, w.input_bias, p.input);
  load_state(r, h0, p.state);
  auto bias = [&](std::int64_t gate) { return w.bias ? w.bias + gate * n : nullptr; };
  run_steps(r, p, 3, y, [&](const float* share) {
    if (w.reset_after) {
      state_share(pool, r, p.state, w.recurrent[0], w.bias, nullptr, p.gates, 3 * n);
    } else {  // the new gate waits for the reset state
      state_share(pool, r, p.state, w.recurrent[0], bias(0), nullptr, p.gates, 3 * n);
      state_share(pool, r, p.state, w.recurrent[2], bias(2), nullptr, p.gates + 2 * n, 3 * n);
    }
    for (std::int64_t b = 0; b < r.batch; ++b) {
      float *reset = p.gates + b * 3 * n, *update = reset + 2 * n;
      const float* in = share + b * 3 * n;
      k.binary(Binary::add, reset, 1, in, 1, reset, n);
      apply(w.gate, reset, n);
      k.binary(Binary::add, update, 1, in + 2 * n, 1, update, n);
      apply(w.gate, update, n);
      if (!w.reset_after) k.binary(Binary::mul, reset, 1, p.state + b * n, 1, p.extra + b * n, n);
    }
    if (!w.reset_after)
      state_share(pool, r, p.extra, w.recurrent[1], bias(1), nullptr, p.gates + n, 3 * n);
    for (std::int64_t b = 0; b < r.batch; ++b) {
      float *reset = p.gates + b * 3 * n, *fresh = reset + n, *update = reset + 2 * n;
      float* state = p.state + b * n;
      if (w.reset_after) k.binary(Binary::mul, fresh, 1, reset, 1, fresh, n);
      k.binary(Binary::add, fresh, 1, share + b * 3 * n + n, 1, fresh, n);
      apply(w.output, fresh, n);
      // (1 - z) * new + z * h = new + z * (h - new) loses digits where z is near 1: as written.
      k.binary(Binary::mul, state, 1, update, 1, state, n);
      k.scale_shift(update, -1, 1, update, n);
      k.binary(Binary::mul, fresh, 1, update, 1, fresh, n);
      k.binary(Binary::add, state, 1, fresh, 1, state, n);
    }
  });
  store_state(r, p.state, h);
}

void rnn(ThreadPool& pool, const Recurrence& r, const RnnWeights& w, const float* x,
         const float* h0, float* y, float* h, float* workspace) {
  const Parts p = parts_of(r, 1, workspace);
  input_share(pool, r, x, *w.input, w.bias, p.input);
  load_state(r, h0, p.state);
  run_steps(r, p, 1, y, [&](const float* share) {
    state_share(pool, r, p.state, *w.recurrent, nullptr, share, p.gates, r.hidden);
    apply(w.output, p.gates, r.batch * r.hidden);
    std::memcpy(p.state, p.gates, bytes(r.batch * r.hidden));
  });
  store_state(r, p.state, h);
}

}  // namespace corecast::cpu
