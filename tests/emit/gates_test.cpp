#include "converter/emit/gates.h"

#include <algorithm>

#include "tests/support/catch.h"

namespace corecast::emit {

TEST_CASE("every format of the table has the gates of MIL, in an order of its own") {
  for (const GateOrder& order : kGateOrders) {
    std::string lstm(order.lstm), gru(order.gru);
    std::sort(lstm.begin(), lstm.end());
    std::sort(gru.begin(), gru.end());
    CHECK(lstm == "fgio");
    CHECK(gru == "nrz");
  }
  CHECK(lstm_gates("mil") == std::vector<int>{0, 1, 2, 3});
  CHECK(lstm_gates("onnx") == std::vector<int>{0, 2, 1, 3});
  CHECK(lstm_gates("torch") == std::vector<int>{0, 1, 3, 2});
  CHECK(gru_gates("onnx") == std::vector<int>{1, 2, 0});
  CHECK(gru_gates("torch") == std::vector<int>{0, 2, 1});
  CHECK(gate_places("iof", "ifo") == std::vector<int>{0, 2, 1});
}

TEST_CASE("blocks of rows are picked by direction and gate") {
  // Two directions, two gates of two rows, one column: 0..7.
  const ir::Tensor t = ir::Tensor::of(std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7}, {2, 4, 1});
  const ir::Tensor turned = gate_rows(t, 1, {1, 0}, 2);
  CHECK(turned.dims() == std::vector<std::int64_t>{4, 1});
  CHECK(turned.at(0) == 6);
  CHECK(turned.at(3) == 5);
  const ir::Tensor second = gate_rows(t.reshaped({2, 4}), 0, {0}, 2, 1);
  CHECK(second.dims() == std::vector<std::int64_t>{2});
  CHECK(second.at(0) == 2);
  CHECK(sum(second, second).at(1) == 6);
}

}  // namespace corecast::emit
