// lstm, gru, rnn: recurrent layers over a time-major sequence.
#pragma once

#include <optional>
#include <string>

#include "ops/op_kind.h"

namespace corecast::op {

/// x [s, b, I]; initial_h, initial_c [b, D*H]; D is 2 for direction bidirectional, else 1. Gates
/// are stacked in the order input, forget, output, cell: weight_ih [4H, I], weight_hh [4H, H], bias
/// [4H]; peephole [3H] for input, forget (both see the old cell) and output (sees the new one). The
/// *_back operands belong to the backward direction.
///
/// Results: the output sequence [s, b, D*H], or its last step [1, b, D*H] without output_sequence;
/// the final h and c, both [b, D*H]. "reverse" runs from the last step to the first and lists its
/// outputs in that order; in "bidirectional" the backward half is listed in the order of x.
/// Activations: sigmoid, tanh, relu, hard_sigmoid (0.2x+0.5 within [0,1]), scaled_tanh (tanh),
/// linear.
struct Lstm {
  static constexpr OpKind kind = OpKind::Lstm;
  ir::ValueId x, initial_h, initial_c, weight_ih, weight_hh;
  ir::ValueId bias, peephole;
  ir::ValueId weight_ih_back, weight_hh_back, bias_back, peephole_back;
  std::string direction = "forward";
  bool output_sequence = false;
  std::string recurrent_activation = "sigmoid";
  std::string cell_activation = "tanh";
  std::string activation = "tanh";
  std::optional<double> clip;  ///< the new cell is limited to [-clip, clip]
};

/// Gates in the order reset, new, update: weight_ih [3H, I], weight_hh [3H, H], bias and input_bias
/// (iOS 18) [3H]. h' = (1-z)*o + z*h. The new gate o sees W x + b + R (r*h), or with reset_after
/// (iOS 18) W x + input_bias + r*(R h + bias). Direction forward or reverse; results y [s or 1, b,
/// H] and h [b, H], as for lstm.
struct Gru {
  static constexpr OpKind kind = OpKind::Gru;
  ir::ValueId x, initial_h, weight_ih, weight_hh;
  ir::ValueId bias, input_bias;
  std::string direction = "forward";
  bool output_sequence = false;
  std::string recurrent_activation = "sigmoid";
  std::string activation = "tanh";
  bool reset_after = false;
};

/// h' = activation(W x + R h + bias); weight_ih [H, I], weight_hh [H, H], bias [H]. Direction
/// forward or reverse; results y [s or 1, b, H] and h [b, H], as for lstm.
struct Rnn {
  static constexpr OpKind kind = OpKind::Rnn;
  ir::ValueId x, initial_h, weight_ih, weight_hh;
  ir::ValueId bias;
  std::string direction = "forward";
  bool output_sequence = false;
  std::string activation = "tanh";
};

}  // namespace corecast::op
