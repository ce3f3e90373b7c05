// Convolution with constant weights. Three ways, by shape:
//   direct     blocked channels in and out; a batch-reduced product per tile of output pixels
//   depthwise  blocked channels; one filter per channel
//   general    plain channels; columns gathered and multiplied (any groups, any rank up to 3)
#pragma once

#include "executor/cpu/kernels/gemm.h"

namespace corecast::cpu {

/// One or two spatial dims stand at the end: 1-D is in[0] = in[1] = 1.
struct ConvShape {
  std::int64_t n = 1;
  std::int64_t c = 1;   ///< input channels
  std::int64_t oc = 1;  ///< output channels
  std::int64_t groups = 1;
  std::int64_t in[3] = {1, 1, 1};
  std::int64_t out[3] = {1, 1, 1};
  std::int64_t kernel[3] = {1, 1, 1};
  std::int64_t stride[3] = {1, 1, 1};
  std::int64_t dilation[3] = {1, 1, 1};
  std::int64_t before[3] = {0, 0, 0};
  std::int64_t after[3] = {0, 0, 0};

  std::int64_t in_area() const { return in[0] * in[1] * in[2]; }
  std::int64_t out_area() const { return out[0] * out[1] * out[2]; }
  std::int64_t taps() const { return kernel[0] * kernel[1] * kernel[2]; }
  bool padded() const;
};

enum class ConvKind : unsigned char {
  direct,     ///< x and y blocked
  narrow,     ///< x plain with few channels, y blocked: the first layer of image models
  depthwise,  ///< x and y blocked
  general,    ///< x and y plain
};
ConvKind conv_kind(const ConvShape& s);

/// Weights [oc, c / groups, kernel...] in the order in which the kernel of that kind reads them,
/// and the bias padded to whole vectors. Independent of the spatial sizes.
struct PackedConv {
  ConvKind kind = ConvKind::general;
  Buffer weights;
  Buffer bias;
};
PackedConv pack_conv(ThreadPool& pool, const ConvShape& s, const float* weights, const float* bias);

/// Floats of scratch that conv() needs.
std::int64_t conv_workspace(const ConvShape& s);
/// x and y as the kind says. The epilogue's bias must be null (it is packed); its residual is laid
/// out as y.
void conv(ThreadPool& pool, const ConvShape& s, const float* x, const PackedConv& w, float* y,
          float* workspace, const Epilogue& epilogue = {});

/// The general way with weights that are not packed (or not constant); bias may be null.
void conv_general(ThreadPool& pool, const ConvShape& s, const float* x, const float* weights,
                  const float* bias, float* y, const Epilogue& epilogue = {});

/// Transposed convolution; weights [c, oc / groups, kernel...]. `s` describes the convolution whose
/// adjoint it is, seen from here: in = spatial dims of x, out = of y, before = padding cut from y.
void conv_transpose(ThreadPool& pool, const ConvShape& s, const float* x, const float* weights,
                    const float* bias, float* y, const Epilogue& epilogue = {});

// Of the kinds, for conv() alone.
void conv_direct(ThreadPool& pool, const ConvShape& s, const float* x, const PackedConv& w,
                 float* y, float* workspace, const Epilogue& epilogue);
void conv_depthwise(ThreadPool& pool, const ConvShape& s, const float* x, const PackedConv& w,
                    float* y, const Epilogue& epilogue);

}  // namespace corecast::cpu
