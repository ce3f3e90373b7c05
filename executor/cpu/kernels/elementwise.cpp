#include "executor/cpu/kernels/elementwise.h"

#include "base/check.h"

namespace corecast::cpu {

void unary(ThreadPool& pool, Unary op, const float* x, float* y, std::int64_t n, float alpha,
           float beta) {
  const auto& k = kernels();
  pool.parallel_for(n, kElementGrain, [&](std::int64_t begin, std::int64_t end) {
    k.unary(op, x + begin, y + begin, end - begin, alpha, beta);
  });
}

Broadcast::Broadcast(const Dims& out, const std::vector<Dims>& operands) {
  const std::size_t rank = out.size();
  std::vector<Dims> full(operands.size(), Dims(rank, 0));
  for (std::size_t o = 0; o < operands.size(); ++o) {
    const Dims& d = operands[o];
    CC_CHECK(d.size() <= rank, "operand of higher rank than the result");
    std::int64_t stride = 1;
    for (std::size_t i = d.size(); i-- > 0;) {
      const std::size_t axis = rank - d.size() + i;
      CC_CHECK(d[i] == out[axis] || d[i] == 1, "operand does not broadcast");
      full[o][axis] = d[i] == 1 ? 0 : stride;
      stride *= d[i];
    }
  }
  // From the last axis outwards; an axis joins the one after it when every operand walks on evenly.
  dims.assign(1, 1);
  strides.assign(operands.size(), Dims{0});
  for (std::size_t i = rank; i-- > 0;) {
    if (out[i] == 1) continue;
    bool joins = true;
    for (std::size_t o = 0; o < operands.size(); ++o)
      joins = joins && full[o][i] == strides[o].front() * dims.front();
    if (dims.front() == 1) {
      dims.front() = out[i];
      for (std::size_t o = 0; o < operands.size(); ++o) strides[o].front() = full[o][i];
    } else if (joins) {
      dims.front() *= out[i];
    } else {
      dims.insert(dims.begin(), out[i]);
      for (std::size_t o = 0; o < operands.size(); ++o)
        strides[o].insert(strides[o].begin(), full[o][i]);
    }
  }
}

std::int64_t Broadcast::rows() const {
  std::int64_t n = 1;
  for (std::size_t i = 0; i + 1 < dims.size(); ++i) n *= dims[i];
  return n;
}

std::int64_t Broadcast::offset(std::size_t operand, std::int64_t r) const {
  std::int64_t at = 0;
  for (std::size_t i = dims.size() - 1; i-- > 0;) {
    at += r % dims[i] * strides[operand][i];
    r /= dims[i];
  }
  return at;
}

void binary(ThreadPool& pool, Binary op, const Broadcast& shape, const float* a, const float* b,
            float* y) {
  const auto& k = kernels();
  const int sa = shape.step(0), sb = shape.step(1);
  shape.for_rows<2>(pool, [&](std::int64_t at, std::int64_t n, const std::int64_t(&from)[2]) {
    k.binary(op, a + from[0], sa, b + from[1], sb, y + at, n);
  });
}

}  // namespace corecast::cpu
