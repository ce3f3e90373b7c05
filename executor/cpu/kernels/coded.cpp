#include "executor/cpu/kernels/coded.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"

namespace corecast::cpu {

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// What one task does at least: rows of the weight.
constexpr std::int64_t kTaskRows = 32;

void pack_nibbles(const std::int8_t* codes, std::int64_t k, std::uint32_t* words) {
  const std::int64_t w = kernels().width;
  for (std::int64_t vector = 0; vector * w < k; ++vector) {
    std::uint32_t* to = words + vector / 8 * w;
    const std::int8_t* from = codes + vector * w;
    const auto shift = static_cast<unsigned>(vector % 8 * 4);
    for (std::int64_t i = 0; i < std::min(w, k - vector * w); ++i)
      to[i] |= static_cast<std::uint32_t>(from[i] & 15) << shift;
  }
}

/// bias, residual, clamp and activation on columns [first, last) of each row.
void finish(float* c, std::int64_t ldc, std::int64_t m, std::int64_t first, std::int64_t last,
            const Epilogue& e) {
  for (std::int64_t r = 0; r < m; ++r) {
    float* row = c + r * ldc;
    for (std::int64_t i = first; i < last; ++i) {
      float y = row[i];
      if (e.bias) y += e.bias[i];
      if (e.row_bias) y += e.row_bias[r];
      if (e.residual) y += e.residual[r * ldc + i];
      y = e.lo > y ? e.lo : y;  // NaN stays
      row[i] = e.hi < y ? e.hi : y;
    }
    if (e.unary) kernels().unary(*e.unary, row + first, row + first, last - first, e.alpha, e.beta);
  }
}

}  // namespace

CodedMatrix::CodedMatrix(ThreadPool& pool, CodedParts parts) : parts_(std::move(parts)) {
  const std::int64_t n = parts_.n, k = parts_.k, w = kernels().width;
  CC_CHECK(n > 0 && k > 0 && at(n * k) == parts_.codes.size(), "a code for each element");
  CC_CHECK(!parts_.tables.empty() || !parts_.scales.empty(), "codes mean something");
  CC_CHECK(parts_.blocks == 1 || (k % parts_.blocks == 0 && k / parts_.blocks % 16 == 0),
           "blocks of whole vectors");
  const bool four = !parts_.tables.empty();
  row_bytes_ = four ? ceil_div(vectors(), 8) * w * 4 : vectors() * w;
  packed_ = Buffer(ceil_div(n * row_bytes_, 4));
  auto* bytes = reinterpret_cast<std::byte*>(packed_.data());
  std::memset(bytes, 0, at(n * row_bytes_));
  pool.parallel_for(n, kTaskRows, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      const std::int8_t* codes = parts_.codes.data() + r * k;
      if (four)
        pack_nibbles(codes, k, reinterpret_cast<std::uint32_t*>(bytes + r * row_bytes_));
      else
        std::memcpy(bytes + r * row_bytes_, codes, at(k));
    }
  });
  parts_.codes = {};
}

std::int64_t CodedMatrix::vectors() const { return ceil_div(parts_.k, kernels().width); }

void CodedMatrix::multiply(ThreadPool& pool, const float* x, std::int64_t m, float* c,
                           std::int64_t ldc, const Epilogue& epilogue) const {
  const auto& kernel = kernels();
  const std::int64_t n = parts_.n, k = parts_.k, w = kernel.width;
  CC_CHECK(m >= 0 && m <= kMaxCodedRows, "a few rows");
  if (m == 0) return;
  CodedArgs t;
  t.codes = packed_.data();
  t.code_row = row_bytes_;
  t.tables = parts_.tables.data();
  t.rows_per_table = parts_.rows_per_table;
  t.scales = parts_.scales.empty() ? nullptr : parts_.scales.data();
  t.offsets = parts_.offsets.empty() ? nullptr : parts_.offsets.data();
  t.blocks = parts_.blocks;
  t.block_vectors = parts_.blocks == 1 ? round_up(vectors(), 8) : k / parts_.blocks / w;
  t.round = parts_.round;
  t.rows = n;
  t.vectors = vectors();
  t.x = x;
  t.x_row = k;
  if (k % w != 0) {
    t.x_row = round_up(k, w);
    float* padded = scratch(Scratch::coded, m * t.x_row);
    for (std::int64_t r = 0; r < m; ++r) {
      std::memcpy(padded + r * t.x_row, x + r * k, at(k) * sizeof(float));
      std::fill(padded + r * t.x_row + k, padded + (r + 1) * t.x_row, 0.f);
    }
    t.x = padded;
  }
  const int together = std::min(std::countr_zero(static_cast<std::uint64_t>(t.block_vectors)),
                                std::countr_zero(unsigned{kMaxCodedVectors}));
  const CodedFn run = parts_.tables.empty() ? kernel.coded8[m][1 + together]
                      : t.scales            ? kernel.coded4[m][1 + together]
                                            : kernel.coded4[m][0];
  const std::int64_t step = weights_at_once(static_cast<int>(m));
  const std::int64_t tasks = ceil_div(n, kTaskRows);
  const std::int64_t grain = n * k < 200'000 ? tasks : 1;
  pool.parallel_for(tasks, grain, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t first = begin * kTaskRows, last = std::min(n, end * kTaskRows);
    float beyond[kMaxCodedRows * 4];
    CodedArgs mine = t;
    for (std::int64_t r = first; r < last; r += step) {
      mine.row = r;
      const bool whole = r + step <= last;
      mine.y = whole ? c + r : beyond;
      mine.y_row = whole ? ldc : 4;
      run(mine);
      if (whole) continue;
      for (std::int64_t i = 0; i < m; ++i) std::copy_n(beyond + i * 4, last - r, c + i * ldc + r);
    }
    finish(c, ldc, m, first, last, epilogue);
  });
}

}  // namespace corecast::cpu
