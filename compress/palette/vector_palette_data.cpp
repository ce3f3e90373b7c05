#include "compress/palette/vector_palette_data.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace corecast::compress {

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

std::int64_t padded(std::int64_t n) { return (n + kVectorPad - 1) / kVectorPad * kVectorPad; }

/// Importances that do not differ inside any vector make the nearest entry the same as without.
int planes_of_weights(const Axis& axis, std::int64_t vector, const Importance& importance) {
  if (importance.empty()) return 0;
  const std::int64_t period =
      importance.inner * static_cast<std::int64_t>(importance.weights.size());
  return axis.inner % period == 0 ? 1 : static_cast<int>(vector);
}

template <int V>
void split(const float* x, std::int64_t n, float* out, std::int64_t stride) {
  for (std::int64_t i = 0; i < n; ++i)
    for (int j = 0; j < V; ++j) out[j * stride + i] = x[i * V + j];
}

}  // namespace

GroupVectors::GroupVectors(const Values& w, const Axis& axis, std::int64_t vector,
                           std::int64_t group, std::int64_t group_index,
                           const Importance& importance)
    : VectorData(vector, axis.outer * (group / vector) * axis.inner,
                 planes_of_weights(axis, vector, importance)),
      w_(w),
      axis_(axis),
      importance_(importance),
      first_(group_index * group),
      channels_(group / vector) {}

void GroupVectors::read_values(std::int64_t from, std::int64_t n, float* out) const {
  if (w_.is_half()) {
    static_assert(sizeof(ir::half) == sizeof(std::uint16_t));
    kernels().vector.half_to_float(reinterpret_cast<const std::uint16_t*>(w_.halves() + from), out,
                                   n);
  } else {
    std::memcpy(out, w_.floats() + from, at(n) * sizeof(float));
  }
  if (scale_ != 1)
    for (std::int64_t i = 0; i < n; ++i) out[i] *= scale_;
}

void GroupVectors::rescale() {
  VectorScratch scratch;
  std::int32_t largest = 0;  // magnitudes are ordered as their bits
  for (std::int64_t t = 0; t < count(); t += kVectorBlock) {
    const VectorBlock b = block(t, std::min(count(), t + kVectorBlock), scratch);
    for (std::int64_t j = 0; j < vector(); ++j) {
      for (std::int64_t i = 0; i < b.n; ++i) {
        const auto bits = std::bit_cast<std::int32_t>(b.x[j * b.stride + i]) & INT32_MAX;
        largest = bits > largest ? bits : largest;
      }
    }
  }
  const int exponent = std::ilogb(std::bit_cast<float>(largest));
  if (largest > 0 && std::abs(exponent) > 30)
    scale_ = std::ldexp(1.0f, std::clamp(-exponent, -120, 120));
}

void GroupVectors::read_weights(std::int64_t from, std::int64_t n, float* out) const {
  const auto size = static_cast<std::int64_t>(importance_.weights.size());
  std::int64_t inside = from % importance_.inner;
  std::int64_t which = from / importance_.inner % size;
  for (std::int64_t i = 0; i < n; ++i) {
    out[i] = importance_.weights[at(which)];
    if (++inside == importance_.inner) {
      inside = 0;
      if (++which == size) which = 0;
    }
  }
}

/// The first `count` coordinates of each vector, read in runs of neighbouring elements.
template <class ReadRun>
void GroupVectors::planes(std::int64_t begin, std::int64_t end, int count, float* out,
                          std::vector<float>& interleaved, const ReadRun& read_run) const {
  const std::int64_t v = vector();
  for (std::int64_t t = begin; t < end;) {
    const std::int64_t o = t / run();
    const std::int64_t channel = t % run() / axis_.inner, inner = t % axis_.inner;
    const std::int64_t first = (o * axis_.size + first_ + channel * v) * axis_.inner + inner;
    float* to = out + (t - begin);
    if (axis_.inner == 1) {
      const std::int64_t n = std::min(end, (o + 1) * run()) - t;
      interleaved.resize(at(kVectorBlock * v));
      read_run(first, n * v, interleaved.data());
      if (v == 2)
        split<2>(interleaved.data(), n, to, kVectorBlock);
      else if (v == 4)
        split<4>(interleaved.data(), n, to, kVectorBlock);
      else
        split<8>(interleaved.data(), n, to, kVectorBlock);
      t += n;
    } else {
      const std::int64_t n = std::min(end - t, axis_.inner - inner);
      for (int j = 0; j < count; ++j) read_run(first + j * axis_.inner, n, to + j * kVectorBlock);
      t += n;
    }
  }
}

VectorBlock GroupVectors::block(std::int64_t begin, std::int64_t end,
                                VectorScratch& scratch) const {
  scratch.planes.resize(at(kVectorBlock * vector()));
  planes(begin, end, static_cast<int>(vector()), scratch.planes.data(), scratch.interleaved,
         [&](std::int64_t from, std::int64_t n, float* out) { read_values(from, n, out); });
  VectorBlock b;
  b.x = scratch.planes.data();
  b.stride = kVectorBlock;
  b.n = end - begin;
  if (weight_planes() > 0) {
    scratch.weights.resize(at(kVectorBlock * vector()));
    planes(begin, end, weight_planes(), scratch.weights.data(), scratch.interleaved,
           [&](std::int64_t from, std::int64_t n, float* out) { read_weights(from, n, out); });
    b.w = scratch.weights.data();
    b.w_stride = weight_planes() == 1 ? 0 : kVectorBlock;
  }
  return b;
}

KeptVectors::KeptVectors(const VectorData& from, std::span<const std::int64_t> which)
    : VectorData(from.vector(), static_cast<std::int64_t>(which.size()), from.weight_planes()),
      stride_(padded(count())),
      x_(at(stride_ * vector())),
      w_(at(stride_ * weight_planes())) {
  VectorScratch scratch;
  for (std::int64_t i = 0; i < count(); ++i)
    take(from.block(which[at(i)], which[at(i)] + 1, scratch), i);
}

KeptVectors::KeptVectors(const VectorData& from)
    : VectorData(from.vector(), from.count(), from.weight_planes()),
      stride_(padded(count())),
      x_(at(stride_ * vector())),
      w_(at(stride_ * weight_planes())) {
  VectorScratch scratch;
  for (std::int64_t i = 0; i < count(); i += kVectorBlock)
    take(from.block(i, std::min(count(), i + kVectorBlock), scratch), i);
}

KeptVectors::KeptVectors(std::span<const float> x, std::span<const float> y,
                         std::span<const float> w)
    : VectorData(2, static_cast<std::int64_t>(x.size()), 1),
      stride_(padded(count())),
      x_(at(2 * stride_)),
      w_(at(stride_)) {
  std::copy(x.begin(), x.end(), x_.begin());
  std::copy(y.begin(), y.end(), x_.begin() + stride_);
  std::copy(w.begin(), w.end(), w_.begin());
}

void KeptVectors::take(const VectorBlock& b, std::int64_t to) {
  for (std::int64_t j = 0; j < vector(); ++j)
    std::copy_n(b.x + j * b.stride, b.n, x_.data() + j * stride_ + to);
  for (std::int64_t j = 0; j < weight_planes(); ++j)
    std::copy_n(b.w + j * b.w_stride, b.n, w_.data() + j * stride_ + to);
}

VectorBlock KeptVectors::block(std::int64_t begin, std::int64_t end, VectorScratch&) const {
  VectorBlock b = all();
  b.x += begin;
  if (b.w) b.w += begin;
  b.n = end - begin;
  return b;
}

VectorBlock KeptVectors::all() const {
  VectorBlock b;
  b.x = x_.data();
  b.stride = stride_;
  if (weight_planes() > 0) b.w = w_.data();
  b.w_stride = weight_planes() == 1 ? 0 : stride_;
  b.n = count();
  return b;
}

}  // namespace corecast::compress
