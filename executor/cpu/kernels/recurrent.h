// Recurrent layers: the input's share of all steps is one matrix product; then each step adds the
// state's share and applies the gates to rows that are still in cache.
#pragma once

#include "executor/cpu/kernels/gemm.h"

namespace corecast::cpu {

/// An elementwise function with its parameters.
struct Activation {
  Unary op = Unary::tanh;
  float alpha = 0;
  float beta = 0;
};

/// One direction of a layer. x [steps, batch, inputs] is dense; rows of y, h and c, one per batch
/// element, are `row` floats apart.
struct Recurrence {
  std::int64_t steps = 0, batch = 0, inputs = 0, hidden = 0;
  bool backward = false;  ///< runs from the last step to the first
  std::int64_t row = 0;
  std::int64_t y_first = 0;  ///< where the first step taken goes, in floats from y
  std::int64_t y_step = 0;   ///< from one step taken to the next; 0: y keeps the last one
};

/// Floats of workspace for `gates` gates.
std::int64_t recurrent_workspace(const Recurrence& r, std::int64_t gates);

/// Gates in the order input, forget, output, cell. `input` packs the transpose of W [4H, I],
/// `recurrent` that of R [4H, H]; bias [4H] and peephole [3H] (of i, f, o) may be null.
struct LstmWeights {
  const PackedMatrix* input = nullptr;
  const PackedMatrix* recurrent = nullptr;
  const float* bias = nullptr;
  const float* peephole = nullptr;
  Activation gate, cell, output;
  float clip = 0;  ///< bound of the cell's magnitude; 0: none
};
/// h0, c0 and h, c: [batch rows of H].
void lstm(ThreadPool& pool, const Recurrence& r, const LstmWeights& w, const float* x,
          const float* h0, const float* c0, float* y, float* h, float* c, float* workspace);

/// Gates in the order reset, new, update. `recurrent` packs the transposes of R's three parts, or,
/// with reset_after, of the whole R [3H, H] alone; both biases [3H] may be null.
struct GruWeights {
  const PackedMatrix* input = nullptr;
  const PackedMatrix* recurrent = nullptr;  ///< 3 matrices, or 1 with reset_after
  const float* bias = nullptr;
  const float* input_bias = nullptr;
  Activation gate, output;
  bool reset_after = false;
};
void gru(ThreadPool& pool, const Recurrence& r, const GruWeights& w, const float* x,
         const float* h0, float* y, float* h, float* workspace);

/// h' = activation(W x + R h + bias).
struct RnnWeights {
  const PackedMatrix* input = nullptr;
  const PackedMatrix* recurrent = nullptr;
  const float* bias = nullptr;
  Activation output;
};
void rnn(ThreadPool& pool, const Recurrence& r, const RnnWeights& w, const float* x,
         const float* h0, float* y, float* h, float* workspace);

}  // namespace corecast::cpu
