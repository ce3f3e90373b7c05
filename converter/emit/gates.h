// Gates of recurrent layers: every format stacks their weights in an order of its own.
#pragma once

#include <string_view>
#include <vector>

#include "ir/tensor.h"

namespace corecast::emit {

/// Letters: lstm input, forget, output, cell (g); gru update (z), reset, new (n).
struct GateOrder {
  std::string_view format, lstm, gru;
};
inline constexpr GateOrder kGateOrders[] = {
    {"mil", "ifog", "rnz"},
    {"onnx", "iofg", "zrn"},
    {"torch", "ifgo", "rzn"},
};

/// For every gate of `wanted`, its place in `given`; both are strings of letters as above, and
/// `wanted` may leave some out. CHECKs that each is there.
std::vector<int> gate_places(std::string_view given, std::string_view wanted);
/// The same from a format's order to MIL's. CHECKs that the table has the format.
std::vector<int> lstm_gates(std::string_view format);
std::vector<int> gru_gates(std::string_view format);

/// The blocks `first + places[k]` of `hidden` rows each, stacked, of one direction of a weight
/// [directions, blocks * hidden, columns] or a bias [directions, blocks * hidden].
/// Preconditions: the sizes hold so many blocks; elements are whole bytes.
ir::Tensor gate_rows(const ir::Tensor& t, std::size_t direction, const std::vector<int>& places,
                     std::int64_t hidden, std::int64_t first = 0);

/// a + b of equal shapes, rounded to their element type.
ir::Tensor sum(const ir::Tensor& a, const ir::Tensor& b);

}  // namespace corecast::emit
