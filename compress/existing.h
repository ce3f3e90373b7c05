// Weights that are compressed already: what they are, and joining pruning with their codes.
#pragma once

#include "compress/prune/prune.h"
#include "compress/recipe/scheme.h"
#include "ir/builder.h"

namespace corecast::compress {

/// What the ops behind a compressed weight amount to.
struct ExistingForm {
  bool pruned = false;
  int bits = 0;  ///< of the codes; 0: kept elements are stored as they are
  bool palettised = false, quantised = false;
  std::string text() const;  ///< "pruned, palettised to 4 bits"
};

/// Empty when `v` is not the result of a constexpr op.
std::optional<ExistingForm> existing_form(const ir::Function& f, ir::ValueId v);

/// The dense value of a constant or of a compressed weight; empty when it cannot be evaluated.
std::optional<ir::Tensor> dense_value(const ir::Function& f, ir::ValueId v);

/// Stored bytes of all constants behind a compressed weight, as the file aligns them.
std::size_t coded_bytes(const ir::Function& f, ir::ValueId v);

/// The mask of a weight that is only pruned (a constexpr_sparse_to_dense of constants).
std::optional<Mask> existing_mask(const ir::Function& f, ir::ValueId v);

/// Drops the codes of a palettised or quantised weight where `mask` is 0, adding the sparse form
/// of its op before the builder's insert point; the result is the new dense value. Empty where the
/// weight has no form that can be pruned (codes that are computed, tables of vectors).
std::optional<ir::ValueId> prune_codes(ir::Builder& builder, ir::ValueId v, const Mask& mask,
                                       const std::string& name, ThreadPool& pool);

}  // namespace corecast::compress
