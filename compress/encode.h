// Encoding: one weight under one scheme, as numbers. Emitting it as ops is compress/emit.h.
#pragma once

#include "compress/loaded_weight.h"
#include "compress/prune/prune.h"
#include "compress/recipe/custom.h"
#include "compress/recipe/scheme.h"
#include "compress/weights.h"

namespace corecast::compress {

/// A weight in coded form. What is absent the form does not have.
struct Encoded {
  Scheme scheme;
  ir::DType dtype = ir::DType::f32;  ///< of the weight
  std::vector<std::int64_t> dims;    ///< of the weight
  std::optional<Mask> mask;          ///< the codes are then those of the kept elements only
  std::optional<Palette> palette;
  std::int64_t table_axis = 0;       ///< of the palette's groups and vectors
  std::optional<float> table_scale;  ///< int8 table: entry = scale * integer
  std::optional<LinearQuantised> linear;
  std::shared_ptr<ir::OwnedBuffer> kept;  ///< pruned only: the kept elements themselves
  /// Scales beside a palette, [scale_dims].
  std::vector<std::int64_t> scale_dims;
  std::vector<float> scales;

  double error = 0;       ///< sum of (weight - coded)^2, pruned elements included
  double signal = 0;      ///< sum of weight^2
  double bound = 0;       ///< of the palette
  std::size_t bytes = 0;  ///< of everything stored, as the file aligns it
  double bits_per_weight() const;
  /// Of the error against the signal, in dB; infinity when lossless.
  double sqnr() const;
};

/// Why the scheme does not fit the weight's shape, with what would; empty: it fits.
std::string misfit(const Scheme& scheme, const Weight& weight);

/// Precondition: check(scheme) and misfit() are content. `existing` is the mask of a weight that is
/// pruned already; `custom` makes the tables of schemes with a function. The result does not depend
/// on the pool's size. Errors: E4101 (unique).
Result<Encoded> encode(const LoadedWeight& loaded, const Weight& weight, const Scheme& scheme,
                       const Importance& importance, ThreadPool& pool,
                       const Mask* existing = nullptr, const CustomTables& custom = {});

/// The bytes of encode()'s result, without encoding. Precondition: as for encode(), and the scheme
/// neither prunes nor makes its own number of bits.
std::size_t planned_bytes(const Scheme& scheme, const Weight& weight);

/// Bytes that a constant takes in the package: a blob in weight.bin with its header and alignment,
/// or, below 10 elements, just the bytes in the program itself.
std::size_t stored_bytes(std::size_t bytes, std::size_t elements);

}  // namespace corecast::compress
