#include "converter/emit/gates.h"

#include "base/check.h"
#include "ir/dtype.h"

namespace corecast::emit {
namespace {

const GateOrder& order_of(std::string_view format) {
  for (const GateOrder& order : kGateOrders) {
    if (order.format == format) return order;
  }
  CC_UNREACHABLE("a format without gate orders");
}

}  // namespace

std::vector<int> gate_places(std::string_view given, std::string_view wanted) {
  std::vector<int> places;
  for (const char gate : wanted) {
    const auto at = given.find(gate);
    CC_CHECK(at != std::string_view::npos, "a gate that the format does not have");
    places.push_back(static_cast<int>(at));
  }
  return places;
}

std::vector<int> lstm_gates(std::string_view format) {
  return gate_places(order_of(format).lstm, order_of("mil").lstm);
}
std::vector<int> gru_gates(std::string_view format) {
  return gate_places(order_of(format).gru, order_of("mil").gru);
}

ir::Tensor gate_rows(const ir::Tensor& t, std::size_t direction, const std::vector<int>& places,
                     std::int64_t hidden, std::int64_t first) {
  const std::int64_t rows = t.dims()[1];
  const std::int64_t columns = t.rank() == 3 ? t.dims()[2] : 1;
  std::vector<std::int64_t> dims = {static_cast<std::int64_t>(places.size()) * hidden};
  if (t.rank() == 3) dims.push_back(columns);
  ir::Tensor out = ir::Tensor::empty(t.dtype(), dims);
  const auto element = static_cast<std::size_t>(ir::bits_of(t.dtype()) / 8);
  const std::size_t block = static_cast<std::size_t>(hidden * columns) * element;
  auto* to = static_cast<std::byte*>(out.mutable_bytes());
  for (std::size_t g = 0; g < places.size(); ++g) {
    const std::int64_t row =
        static_cast<std::int64_t>(direction) * rows + (first + places[g]) * hidden;
    t.read(static_cast<std::size_t>(row * columns) * element, {to + g * block, block});
  }
  return out;
}

ir::Tensor sum(const ir::Tensor& a, const ir::Tensor& b) {
  ir::Tensor out = ir::Tensor::empty(a.dtype(), a.dims());
  for (std::int64_t i = 0; i < a.count(); ++i) out.set(i, a.at(i) + b.at(i));
  return out;
}

}  // namespace corecast::emit
