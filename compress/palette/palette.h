// Palettisation: every weight becomes an index into a short table of numbers.
#pragma once

#include "base/result.h"
#include "base/thread_pool.h"
#include "compress/values.h"

namespace corecast::compress {

enum class PaletteMode : unsigned char {
  kmeans,   ///< the table with the smallest error
  uniform,  ///< evenly spaced from the smallest to the largest weight
  unique,   ///< the weights' own values, without loss; refuses more than 2^bits of them
};

struct PaletteSpec {
  int bits = 4;            ///< 1, 2, 3, 4, 6 or 8
  std::int64_t group = 0;  ///< channels (along the axis) that share a table; 0: all. Divides them.
  PaletteMode mode = PaletteMode::kmeans;
};

/// Tables and indices of one weight.
struct Palette {
  int bits = 4;
  std::int64_t groups = 1;
  /// Elements that one entry stands for: consecutive along the axis
  /// (compress/palette/vector_palette.h).
  std::int64_t vector = 1;
  /// [groups, 2^bits, vector], representable in the weight's dtype. Scalar tables ascend; entries
  /// that no weight uses are zero, at the end (but a uniform table keeps all of its entries).
  std::vector<float> tables;
  /// Packed u<bits>, of the weight's shape with the axis' dim divided by `vector`, row-major.
  std::shared_ptr<ir::OwnedBuffer> indices;
  /// Sum over the weights of importance * (weight - its entry)^2.
  double error = 0;
  /// No tables of this size can have a smaller error; 0 where nothing is known (vectors, uniform).
  double bound = 0;
};

/// Palettises `w`, seen as `axis`, with one table for each `group` channels. Every element must be
/// finite. The result does not depend on the pool's size. An element takes the entry nearest to it,
/// the lower one of two.
///
/// kmeans minimises the error exactly (compress/palette/kmeans_1d.h) for one table of a f16 weight
/// and for groups of few different values; otherwise within half a percent of the reported bound
/// (f32: within what buckets of values prove, mostly 0.1 %). Entries are then rounded to the
/// weight's dtype. Where no element of a group has importance all count the same for its table.
/// uniform follows the formulas of coremltools to the bit. CHECKs that the group divides the
/// channels. Errors: E4101 more than 2^bits different values (unique).
Result<Palette> palettize(const Values& w, const Axis& axis, const PaletteSpec& spec,
                          const Importance& importance, ThreadPool& pool);

/// The smallest of 1, 2, 3, 4, 6, 8 whose tables can hold the distinct values of every group;
/// empty when 256 do not suffice. Values are compared as numbers: 0 and -0 are one.
std::optional<int> bits_for_unique(const Values& w, const Axis& axis, std::int64_t group,
                                   ThreadPool& pool);

}  // namespace corecast::compress
