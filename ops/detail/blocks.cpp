#include "ops/detail/blocks.h"

#include <algorithm>

#include "ir/function.h"

namespace corecast::op {

Result<std::vector<std::int64_t>> constant_dims(const InferContext& c, ValueId v,
                                                std::string_view name) {
  if (!ir::is_static(c.shape(v)))
    return infer_error(name, " ", ir::to_string(c.shape(v)), " must have a fixed shape");
  return ir::static_dims(c.shape(v));
}

Status check_grid(const std::vector<std::int64_t>& dims, const std::vector<std::int64_t>& grid,
                  std::string_view name) {
  bool fits = dims.size() == grid.size();
  for (std::size_t i = 0; fits && i < dims.size(); ++i)
    fits = grid[i] > 0 ? dims[i] % grid[i] == 0 : dims[i] == grid[i];
  if (!fits)
    return infer_error(name, " [", join(grid), "] does not divide [", join(dims), "] into blocks");
  return {};
}

Status check_ones(const Tensor& mask, std::int64_t count, std::string_view data_name) {
  std::int64_t ones = 0;
  for (std::int64_t i = 0; i < mask.count(); ++i) ones += mask.at_int(i);
  if (ones != count)
    return eval_error("the mask has ", ones, " ones, ", data_name, " has ", count, " elements");
  return {};
}

bool has_compressed_parts(const ir::Function& f, OpId op) {
  const auto& parts = f.op(op).operands;
  return std::any_of(parts.begin(), parts.end(), [&](ValueId v) { return v && !f.is_constant(v); });
}

}  // namespace corecast::op
