// The vectors of one group: read from the weight block by block, or kept in memory.
#pragma once

#include <span>
#include <vector>

#include "compress/cpu/kernels.h"
#include "compress/values.h"

namespace corecast::compress {

/// Vectors that are looked at together; their planes fit the nearest caches.
inline constexpr std::int64_t kVectorBlock = 1024;

/// Room for one block's planes.
struct VectorScratch {
  std::vector<float> planes, weights, interleaved;
};

/// Vectors by number. Thread-safe for readers, each with a scratch of its own.
class VectorData {
 public:
  VectorData(std::int64_t vector, std::int64_t count, int weight_planes)
      : vector_(vector), count_(count), weight_planes_(weight_planes) {}
  virtual ~VectorData() = default;
  VectorData(VectorData&&) = default;
  VectorData(const VectorData&) = delete;
  VectorData& operator=(const VectorData&) = delete;

  std::int64_t vector() const { return vector_; }
  std::int64_t count() const { return count_; }
  /// 0: every weight is 1; 1: one for each vector; vector(): one for each element.
  int weight_planes() const { return weight_planes_; }
  /// Vectors [begin, end), at most kVectorBlock. Valid as long as the scratch and this object.
  virtual VectorBlock block(std::int64_t begin, std::int64_t end, VectorScratch& scratch) const = 0;

 private:
  std::int64_t vector_, count_;
  int weight_planes_;
};

/// One group of a weight. Vector t is (o, c, i) of [outer, group / vector, inner].
class GroupVectors final : public VectorData {
 public:
  GroupVectors(const Values& w, const Axis& axis, std::int64_t vector, std::int64_t group,
               std::int64_t group_index, const Importance& importance);

  VectorBlock block(std::int64_t begin, std::int64_t end, VectorScratch& scratch) const override;
  /// Brings elements whose squares would leave the range of floats near 1 by a power of two; blocks
  /// hold elements times scale().
  void rescale();
  float scale() const { return scale_; }
  /// Vectors of one `outer`: their indices lie next to each other.
  std::int64_t run() const { return channels_ * axis_.inner; }
  /// Where the indices of outer `o` begin in the tensor of indices.
  std::int64_t index_at(std::int64_t o) const {
    return (o * (axis_.size / vector()) + first_ / vector()) * axis_.inner;
  }

 private:
  template <class ReadRun>
  void planes(std::int64_t begin, std::int64_t end, int count, float* out,
              std::vector<float>& interleaved, const ReadRun& read_run) const;
  void read_values(std::int64_t at, std::int64_t n, float* out) const;
  void read_weights(std::int64_t at, std::int64_t n, float* out) const;

  const Values& w_;
  Axis axis_;
  const Importance& importance_;
  std::int64_t first_;     ///< the group's first channel
  std::int64_t channels_;  ///< of the group, in vectors
  float scale_ = 1;
};

/// Vectors in memory.
class KeptVectors final : public VectorData {
 public:
  /// Vectors `which` of `from`, ascending.
  KeptVectors(const VectorData& from, std::span<const std::int64_t> which);
  /// All of them.
  explicit KeptVectors(const VectorData& from);
  /// (x[i], y[i]) with weight w[i].
  KeptVectors(std::span<const float> x, std::span<const float> y, std::span<const float> w);

  VectorBlock block(std::int64_t begin, std::int64_t end, VectorScratch& scratch) const override;
  VectorBlock all() const;

 private:
  void take(const VectorBlock& b, std::int64_t at);

  std::int64_t stride_;
  std::vector<float> x_, w_;
};

}  // namespace corecast::compress
