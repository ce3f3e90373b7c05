// Groups: which elements share statistics or are reduced together. For the .cpp files of rooms.
#pragma once

#include <algorithm>
#include <vector>

#include "ops/detail/common.h"

namespace corecast::op {

/// The elements of a tensor grouped by all axes but `axes` (non-negative): the groups in row-major
/// order of the other axes, the members of each in row-major order of `axes`.
class Groups {
 public:
  static bool has(const std::vector<std::int64_t>& axes, std::size_t axis) {
    return std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(axis)) != axes.end();
  }
  Groups(const std::vector<std::int64_t>& dims, const std::vector<std::int64_t>& axes) {
    const auto strides = row_major_strides(dims);
    for (std::size_t i = 0; i < dims.size(); ++i) {
      const bool reduced = has(axes, i);
      (reduced ? inner_ : outer_).push_back(dims[i]);
      (reduced ? inner_strides_ : outer_strides_).push_back(strides[i]);
    }
    members_.reserve(64);
    for_each_index(inner_,
                   [&](const auto& index) { members_.push_back(dot(index, inner_strides_)); });
  }
  /// visit(number of the group, first member); member j is element first + members()[j].
  template <class Visit>
  void each(const Visit& visit) const {
    std::int64_t i = 0;
    for_each_index(outer_, [&](const auto& index) { visit(i++, dot(index, outer_strides_)); });
  }
  const std::vector<std::int64_t>& members() const { return members_; }

 private:
  std::vector<std::int64_t> inner_, outer_, inner_strides_, outer_strides_, members_;
};

}  // namespace corecast::op
