// The table of inner loops that each instruction set provides. Plain pointers and counts, one
// thread, no allocation: blocking, threads and tails of shapes are the drivers' business (gemm.h,
// conv.h, ...).
#pragma once

#include <cstdint>

#include "executor/cpu/kernels/isa.h"

namespace corecast::cpu {

inline constexpr int kMaxTileRows = 14;
inline constexpr int kMaxTileVectors = 2;

/// One call of the matrix micro-kernel. Distances are in floats.
struct TileArgs {
  const float* a = nullptr;                 ///< row 0 of the tile
  const std::int64_t* a_offsets = nullptr;  ///< [batches] added to `a`; null: one batch at 0
  std::int64_t a_row = 0;                   ///< from one row of A to the next; k is contiguous
  const float* b = nullptr;                 ///< [batches][k][columns, whole vectors]
  std::int64_t batches = 1;
  std::int64_t k = 0;
  float* c = nullptr;
  std::int64_t c_row = 0;
  std::int64_t c_vector = 0;        ///< from one vector of columns to the next
  const float* bias = nullptr;      ///< [columns]
  const float* row_bias = nullptr;  ///< [rows]
  const float* residual = nullptr;  ///< laid out as C
  bool accumulate = false;          ///< start from C instead of zero
  int tail = 0;                     ///< columns of the last vector that exist
  float lo = 0;                     ///< result is clamped to [lo, hi]
  float hi = 0;
};
using TileFn = void (*)(const TileArgs&);

/// y = f(x), elementwise; alpha and beta are the op's parameters.
enum class Unary : unsigned char {
#define UNARY(name) name,
#include "executor/cpu/kernels/unary.def"
#undef UNARY
};

enum class Binary : unsigned char {
#define BINARY(name, expression) name,
#include "executor/cpu/kernels/binary.def"
#undef BINARY
};

/// How one row of a reduction is mapped before it is added up, or which extreme is kept.
enum class RowReduce : unsigned char { sum, sum_abs, sum_square, max, min, prod };

/// One row of output pixels of a depthwise convolution or a pooling, channels blocked by `width`.
struct WindowArgs {
  const float* x = nullptr;  ///< pixel (first kh, first kw) of output pixel 0
  std::int64_t x_row = 0;    ///< from one kernel row to the next (dilation included)
  std::int64_t x_tap = 0;    ///< from one kernel column to the next (dilation included)
  std::int64_t x_pixel = 0;  ///< from one output pixel to the next (stride included)
  const float* w = nullptr;  ///< tap (0, 0); taps are `width` apart, rows w_row
  std::int64_t w_row = 0;
  std::int64_t kh = 0;
  std::int64_t kw = 0;
  std::int64_t pixels = 0;
  float* y = nullptr;               ///< pixels are `width` apart
  const float* bias = nullptr;      ///< [width] or null
  const float* residual = nullptr;  ///< laid out as y, or null
  float scale = 1;                  ///< average pooling: one over the number of taps
  float lo = 0;
  float hi = 0;
};
using WindowFn = void (*)(const WindowArgs&);

inline constexpr int kMaxCodedRows = 4;     ///< of activations, in one call
inline constexpr int kMaxCodedVectors = 8;  ///< that one block's parameters are made for at once

/// A few rows of activations times rows of a weight kept as small integers (coded.h). A call
/// makes `weights_at_once` neighbouring outputs of each row of activations.
struct CodedArgs {
  const void* codes = nullptr;    ///< of the weight's row 0
  std::int64_t code_row = 0;      ///< bytes from one row to the next
  const float* tables = nullptr;  ///< 4 bits: [rows / rows_per_table][16] numbers
  std::int64_t rows_per_table = 1;
  const float* scales = nullptr;   ///< [rows][blocks], or null: the tables are final
  const float* offsets = nullptr;  ///< as scales, or null
  std::int64_t blocks = 1;         ///< of a row
  std::int64_t block_vectors = 0;  ///< of a block
  bool round = false;              ///< elements to fp16, where there are scales
  std::int64_t rows = 0;           ///< of the weight: calls may reach beyond the last
  std::int64_t row = 0;            ///< the first of this call
  const float* x = nullptr;        ///< whole vectors, zeros at the end
  std::int64_t x_row = 0;
  std::int64_t vectors = 0;  ///< of a row
  float* y = nullptr;        ///< [activations][weights_at_once], y_row apart
  std::int64_t y_row = 0;
};
using CodedFn = void (*)(const CodedArgs&);
/// Rows of the weight that one call takes, by rows of activations: enough sums to hide the latency.
constexpr int weights_at_once(int activations) { return activations == 1 ? 4 : 2; }

struct Kernels {
  Isa isa;
  int width;      ///< floats in a vector; also the channel block of NCHWc
  int tile_rows;  ///< rows of the largest tile
  TileFn tile[kMaxTileRows + 1][kMaxTileVectors + 1];  ///< [rows][vectors], from 1

  /// Weights of 4 bits. [rows of activations][which]: 0 when there are no scales; else one more
  /// than the base 2 logarithm of the vectors (up to kMaxCodedVectors) that a block is a multiple
  /// of.
  CodedFn coded4[kMaxCodedRows + 1][5];
  /// Weights of 8 bits, signed: always with scales.
  CodedFn coded8[kMaxCodedRows + 1][5];

  WindowFn depthwise;
  WindowFn max_window;
  WindowFn sum_window;

  void (*unary)(Unary op, const float* x, float* y, std::int64_t n, float alpha, float beta);
  /// Strides of 0 or 1 element: 0 repeats one value.
  void (*binary)(Binary op, const float* a, int a_step, const float* b, int b_step, float* y,
                 std::int64_t n);
  /// y = x * scale + shift, each constant over the row.
  void (*scale_shift)(const float* x, float scale, float shift, float* y, std::int64_t n);
  /// y[i] = (x[i] - mean) * inv * gamma[i] + beta[i]; gamma and beta may be null.
  void (*normalize)(const float* x, float mean, float inv, const float* gamma, const float* beta,
                    float* y, std::int64_t n);

  float (*reduce_row)(RowReduce op, const float* x, std::int64_t n);
  /// acc[i] = acc[i] (+) x[i].
  void (*reduce_into)(RowReduce op, const float* x, float* acc, std::int64_t n);
  /// sum of (x - mean)^2.
  float (*sum_square_diff)(const float* x, float mean, std::int64_t n);
  /// y = exp(x - shift); returns the sum. y may be x or null.
  float (*exp_sum)(const float* x, float shift, float* y, std::int64_t n);
  float (*dot)(const float* a, const float* b, std::int64_t n);

  void (*half_to_float)(const std::uint16_t* x, float* y, std::int64_t n);
  void (*float_to_half)(const float* x, std::uint16_t* y, std::int64_t n);
  /// To half and back, in place.
  void (*round_to_half)(float* x, std::int64_t n);

  /// Transposes `width` x `width`: y[j * y_row + i] = x[i * x_row + j].
  void (*transpose_block)(const float* x, std::int64_t x_row, float* y, std::int64_t y_row);
};

}  // namespace corecast::cpu
