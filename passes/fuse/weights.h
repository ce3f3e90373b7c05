// Constants that fusions derive from constants: scaled and transposed weights, vectors per channel.
#pragma once

#include <optional>
#include <vector>

#include "passes/pattern.h"

namespace corecast::passes::fuse {

/// Element i of the result is t[i] * factors[i / inner % factors.size()], computed in f64 and
/// rounded to t's dtype (f32 or f16). A large tensor is computed on demand and holds no copy of t.
Tensor scaled(const Tensor& t, std::vector<double> factors, std::int64_t inner);

/// The matrix t [R, C] as [C, R]; on demand when large.
Tensor transposed(const Tensor& t);

/// A buffer with t's elements in some order: the one that a transposed() matrix was made of, else
/// t's own. For questions whose answer does not depend on the order, and reading costs less.
std::shared_ptr<const ir::Buffer> in_any_order(const Tensor& t);

/// The elements of v as `channels` numbers, when v is a constant that, broadcast against a tensor
/// of `rank` dimensions, varies along `axis` (non-negative) at most and does not enlarge it.
std::optional<std::vector<double>> per_channel(const Match& m, ValueId v, std::int64_t rank,
                                               std::int64_t axis, std::int64_t channels);

/// A vector constant.
Tensor vector_of(ir::DType dtype, const std::vector<double>& values);

/// All finite once rounded to dtype.
bool representable(ir::DType dtype, const std::vector<double>& values);

/// A constant under the name of the one that it was derived from: people look for their weights by
/// name.
ValueId named_as(Match& m, ValueId source, Tensor derived);

}  // namespace corecast::passes::fuse
