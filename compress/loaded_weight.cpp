#include "compress/loaded_weight.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>

#include "base/strings.h"
#include "compress/cpu/kernels.h"

namespace corecast::compress {
namespace {

constexpr std::int64_t kTile = 1 << 17;  // elements: wide rows of a source that is a view

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Whether the bytes can be used where they lie: what is mapped should leave memory again, what is
/// made on demand is kept by nobody else.
bool in_memory(const ir::Tensor& tensor) {
  return dynamic_cast<const ir::OwnedBuffer*>(tensor.buffer().get()) != nullptr;
}

double energy_of(ir::DType dtype, const std::byte* data, std::int64_t count) {
  const SurveyKernels& k = kernels().survey;
  return dtype == ir::DType::f16
             ? k.half_squares(reinterpret_cast<const std::uint16_t*>(data), count)
             : k.float_squares(reinterpret_cast<const float*>(data), count);
}

}  // namespace

double energy_of(ir::DType dtype, const std::byte* data, std::int64_t count, ThreadPool& pool) {
  const std::int64_t width = ir::bits_of(dtype) / 8, tiles = (count + kTile - 1) / kTile;
  std::vector<double> energy(at(tiles));
  pool.parallel_for(tiles, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t t = begin; t < end; ++t)
      energy[at(t)] =
          energy_of(dtype, data + t * kTile * width, std::min(kTile, count - t * kTile));
  });
  return std::accumulate(energy.begin(), energy.end(), 0.0);
}

Result<LoadedWeight> LoadedWeight::read(const ir::Tensor& tensor, ThreadPool& pool) {
  LoadedWeight w;
  w.dtype_ = tensor.dtype();
  w.count_ = tensor.count();
  CC_CHECK(w.dtype_ == ir::DType::f16 || w.dtype_ == ir::DType::f32, "a weight of floats");
  const std::int64_t width = ir::bits_of(w.dtype_) / 8, tiles = (w.count_ + kTile - 1) / kTile;
  std::shared_ptr<ir::OwnedBuffer> copy;
  if (in_memory(tensor)) {
    w.data_ = tensor.buffer();
  } else {
    copy = std::make_shared<ir::OwnedBuffer>(tensor.byte_size(), false);
    w.data_ = copy;
  }
  const std::byte* data = w.data_->bytes().data();
  std::vector<double> energy(at(tiles));
  std::atomic<std::int64_t> first_bad{w.count_};
  pool.parallel_for(tiles, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t t = begin; t < end; ++t) {
      const std::int64_t from = t * kTile, to = std::min(from + kTile, w.count_);
      if (copy)
        tensor.read(at(from * width),
                    {copy->mutable_bytes() + from * width, at((to - from) * width)});
      energy[at(t)] = energy_of(w.dtype_, data + from * width, to - from);
      if (std::isfinite(energy[at(t)])) continue;
      const Values v = w.values();
      std::int64_t seen = first_bad.load();
      for (std::int64_t i = from; i < to && i < seen; ++i) {
        if (std::isfinite(v[i])) continue;
        while (i < seen && !first_bad.compare_exchange_weak(seen, i)) {
        }
      }
      energy[at(t)] = 0;  // squares beyond the floats
      for (std::int64_t i = from; i < to; ++i)
        energy[at(t)] += static_cast<double>(v[i]) * static_cast<double>(v[i]);
    }
  });
  // An empty read of the end lets a mapped source leave memory.
  if (copy) tensor.read(tensor.byte_size(), {});
  if (const std::int64_t bad = first_bad.load(); bad < w.count_) {
    return Error(Code::E2310, cat("element ", bad, " is ", static_cast<double>(w.values()[bad])),
                 "weights must be finite");
  }
  w.energy_ = std::accumulate(energy.begin(), energy.end(), 0.0);
  return w;
}

Values LoadedWeight::values() const {
  const void* p = data_->bytes().data();
  if (dtype_ == ir::DType::f16) return std::span(static_cast<const ir::half*>(p), at(count_));
  return std::span(static_cast<const float*>(p), at(count_));
}

}  // namespace corecast::compress
