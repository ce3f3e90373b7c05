// Many f32 values as a few ten thousand points: buckets of neighbouring values, their means and
// weights.
#pragma once

#include "compress/palette/code_histogram.h"

namespace corecast::compress {

struct ValueBuckets {
  Points1d points;  ///< means; buckets of weight 0 are left out
  /// What is lost by never cutting inside a bucket: the best cost of the points is at most the best
  /// cost of the values plus `per_distance` * (range + 2 * widest * cuts) (see kmeans_1d.cpp).
  double per_distance = 0, widest = 0;

  double lost(int k) const;
};

/// Buckets for tables of k entries: narrow where values are many. Precondition: f32, finite.
ValueBuckets bucket_values(const Values& w, const Runs& runs, const Importance& importance, int k,
                           ThreadPool& pool);

}  // namespace corecast::compress
