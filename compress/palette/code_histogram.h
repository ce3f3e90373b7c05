// The different values of a part of a weight, and how much each counts.
//
// f16 has at most 63,487 different finite numbers, so that counting codes sorts a weight of any
// size. f32 parts are sorted when small; large ones are counted in buckets
// (compress/palette/palette.cpp says what that costs).
#pragma once

#include <algorithm>

#include "base/thread_pool.h"
#include "compress/palette/kmeans_1d.h"
#include "compress/values.h"

namespace corecast::compress {

/// Elements of a weight: `count` runs of `length` consecutive elements, `stride` apart.
struct Runs {
  std::int64_t first = 0, count = 1, length = 0, stride = 0;
  std::int64_t total() const { return count * length; }
  /// f(first element, count, position of the first within the runs) for the pieces of elements
  /// [begin, end), counted within the runs.
  template <class F>
  void pieces(std::int64_t begin, std::int64_t end, F&& f) const {
    for (std::int64_t at = begin; at < end;) {
      const std::int64_t run = at / length, offset = at % length;
      const std::int64_t n = std::min(length - offset, end - at);
      f(first + run * stride + offset, n, at);
      at += n;
    }
  }
};

/// The elements of group g, where each `group` channels (0: all) form one.
Runs group_of(const Axis& axis, std::int64_t group, std::int64_t g);

/// Walks through the importance of consecutive elements without divisions.
class ImportanceCursor {
 public:
  /// Precondition: not empty.
  ImportanceCursor(const Importance& importance, std::int64_t element)
      : weights_(importance.weights),
        inner_(importance.inner),
        at_(static_cast<std::size_t>(element / importance.inner) % importance.weights.size()),
        left_(importance.inner - element % importance.inner) {}
  double next() {
    const double w = static_cast<double>(weights_[at_]);
    if (--left_ == 0) {
      left_ = inner_;
      if (++at_ == weights_.size()) at_ = 0;
    }
    return w;
  }

 private:
  std::span<const float> weights_;
  std::int64_t inner_;
  std::size_t at_;
  std::int64_t left_;
};

/// A value's place in the order of all f16 numbers: 0 and -0 are one. For finite codes.
inline std::int16_t half_key(std::uint16_t bits) {
  const int magnitude = bits & 0x7fff;
  return static_cast<std::int16_t>(bits & 0x8000 ? -magnitude : magnitude);
}
inline std::uint16_t half_of_key(int key) {
  return static_cast<std::uint16_t>(key < 0 ? 0x8000 | -key : key);
}

/// Distinct values of a part, ascending. Weights may be 0 (all of a value's elements are).
class ValueCounter {
 public:
  /// Every different value. Precondition: f16, or at most kMostSorted elements.
  void count(const Values& w, const Runs& runs, const Importance& importance, ThreadPool& pool);
  const Points1d& points() const { return points_; }

  static constexpr std::int64_t kMostSorted = std::int64_t{1} << 17;

 private:
  void count_codes(const Values& w, const Runs& runs, ThreadPool& pool);
  void weigh_codes(const Values& w, const Runs& runs, const Importance& importance,
                   ThreadPool& pool);
  void sort_values(const Values& w, const Runs& runs, const Importance& importance);

  struct Sorted {
    std::uint32_t key;
    float weight;
  };
  Points1d points_;
  std::vector<std::uint32_t> counts_;
  std::vector<double> sums_;
  std::vector<Sorted> sorted_, spare_;
};

}  // namespace corecast::compress
