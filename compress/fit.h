// Whether a scheme fits a weight, and what it would take.
#pragma once

#include "compress/recipe/scheme.h"
#include "compress/weights.h"

namespace corecast::compress {

/// Why the scheme does not fit the weight's shape, with what would; empty: it fits.
std::string misfit(const Scheme& scheme, const Weight& weight);

/// Elements of each dim of the weight that share a scale.
std::vector<std::int64_t> block_of(const Granularity& granularity, const Weight& weight);

/// The bytes of encode()'s result, without encoding. Precondition: as for encode(), and the scheme
/// neither prunes nor makes its own number of bits.
std::size_t planned_bytes(const Scheme& scheme, const Weight& weight);

}  // namespace corecast::compress
