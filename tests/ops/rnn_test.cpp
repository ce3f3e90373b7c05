#include "ops/recurrent/rnn.h"

#include <cmath>

#include "tests/ops/room_bench.h"
#include "tests/support/catch.h"

namespace corecast {
namespace {

using ir::Dim;
using ir::DType;
using ir::Tensor;
using ir::Type;
using test::RoomBench;
using Numbers = std::vector<double>;

Tensor f64(const Numbers& values, std::vector<std::int64_t> dims) {
  return Tensor::of(values, std::move(dims));
}

TEST_CASE("rnn runs in either direction and lists outputs as it goes") {
  RoomBench b;
  const auto schema = op::rnn_schema();
  auto op = op::Rnn{.x = b.add(f64({1, 2, 3}, {3, 1, 1})),
                    .initial_h = b.add(f64({100}, {1, 1})),
                    .weight_ih = b.add(f64({1}, {1, 1})),
                    .weight_hh = b.add(f64({10}, {1, 1})),
                    .output_sequence = true,
                    .activation = "linear"};
  CHECK(b.numbers(schema, op) == Numbers{1001, 10012, 100123});
  op.direction = "reverse";
  CHECK(b.numbers(schema, op) == Numbers{1003, 10032, 100321});
  op.output_sequence = false;
  const auto out = b.run(schema, op);
  CHECK(out.at(0).dims() == std::vector<std::int64_t>{1, 1, 1});
  CHECK(out.at(1).to_doubles() == Numbers{100321});
  op.direction = "bidirectional";
  CHECK_FALSE(b.infer(schema, op));
}

TEST_CASE("lstm: gate order, peepholes and clip") {
  RoomBench b;
  const auto schema = op::lstm_schema();
  auto op = op::Lstm{.x = b.add(f64({1}, {1, 1, 1})),
                     .initial_h = b.add(f64({0}, {1, 1})),
                     .initial_c = b.add(f64({5}, {1, 1})),
                     .weight_ih = b.add(f64({2, 3, 4, 7}, {4, 1})),  // i, f, o, z
                     .weight_hh = b.add(f64({0, 0, 0, 0}, {4, 1})),
                     .recurrent_activation = "linear",
                     .cell_activation = "linear",
                     .activation = "linear"};
  CHECK(b.run(schema, op).at(2).to_doubles() == Numbers{3 * 5 + 2 * 7});
  CHECK(b.run(schema, op).at(1).to_doubles() == Numbers{4 * 29});
  op.clip = 10;
  CHECK(b.run(schema, op).at(1).to_doubles() == Numbers{40});
  op.clip = std::nullopt;
  op.peephole = b.add(f64({1, 2, 3}, {3}));  // i, f, o
  const double c = (3 + 2 * 5) * 5 + (2 + 5) * 7;
  CHECK(b.run(schema, op).at(1).to_doubles() == Numbers{(4 + 3 * c) * c});
}

TEST_CASE("lstm bidirectional aligns the backward half with x") {
  RoomBench b;
  const auto schema = op::lstm_schema();
  const auto w = b.add(f64({0, 0, 0, 1}, {4, 1})), r = b.add(f64({0, 0, 0, 0}, {4, 1}));
  const auto bias = b.add(f64({1, 1, 1, 0}, {4}));  // all gates open: c sums up x, h = c
  auto op = op::Lstm{.x = b.add(f64({1, 2, 4}, {3, 1, 1})),
                     .initial_h = b.add(f64({0, 0}, {1, 2})),
                     .initial_c = b.add(f64({0, 100}, {1, 2})),
                     .weight_ih = w,
                     .weight_hh = r,
                     .bias = bias,
                     .weight_ih_back = w,
                     .weight_hh_back = r,
                     .bias_back = bias,
                     .direction = "bidirectional",
                     .output_sequence = true,
                     .recurrent_activation = "linear",
                     .cell_activation = "linear",
                     .activation = "linear"};
  CHECK(b.numbers(schema, op) == Numbers{1, 107, 3, 106, 7, 104});
  CHECK(b.run(schema, op).at(1).to_doubles() == Numbers{7, 107});
  op.weight_hh_back = {};
  CHECK_FALSE(b.infer(schema, op));
}

TEST_CASE("gru applies the reset gate before, or after, the recurrent product") {
  RoomBench b;
  const auto schema = op::gru_schema();
  auto op = op::Gru{.x = b.add(f64({1}, {1, 1, 1})),
                    .initial_h = b.add(f64({3}, {1, 1})),
                    .weight_ih = b.add(f64({2, 5, 0}, {3, 1})),  // r, o, z
                    .weight_hh = b.add(f64({0, 7, 0}, {3, 1})),
                    .bias = b.add(f64({0, 11, 0.25}, {3})),
                    .recurrent_activation = "linear",
                    .activation = "linear"};
  const double z = 0.25;
  CHECK(b.numbers(schema, op) == Numbers{(1 - z) * (5 + 11 + 7 * (2 * 3)) + z * 3});
  op.reset_after = true;
  op.input_bias = b.add(f64({0, 13, 0}, {3}));
  CHECK(b.numbers(schema, op) == Numbers{(1 - z) * (5 + 13 + 2 * (7 * 3 + 11)) + z * 3});
}

TEST_CASE("recurrent shapes stay symbolic") {
  RoomBench b;
  const Dim s = Dim::symbol("S"), n = Dim::symbol("N");
  auto op = op::Lstm{.x = b.add(Type(DType::f16, {s, n, 3})),
                     .initial_h = b.add(Type(DType::f16, {n, 4})),
                     .initial_c = b.add(Type(DType::f16, {n, 4})),
                     .weight_ih = b.add(Type(DType::f16, {16, 3})),
                     .weight_hh = b.add(Type(DType::f16, {16, 4})),
                     .output_sequence = true};
  CHECK(b.type_of(op::lstm_schema(), op) == "f16[S,N,4]");
  op.weight_ih = b.add(Type(DType::f16, {16, 5}));
  CHECK(b.error_of(op::lstm_schema(), op) == "weight_ih [16,5] must be [16,3]");
}

}  // namespace
}  // namespace corecast
