#include "compress/linear/linear_blocks.h"

#include "base/check.h"

namespace corecast::compress {

BlockLayout BlockLayout::of(const std::vector<std::int64_t>& dims,
                            const std::vector<std::int64_t>& block) {
  CC_CHECK(dims.size() == block.size(), "one block size per dim");
  BlockLayout l;
  for (std::size_t d = 0; d < dims.size(); ++d) {
    const std::int64_t dim = dims[d], part = block[d];
    CC_CHECK(dim == 0 || (part > 0 && dim % part == 0), "a block divides its dim");
    l.grid.push_back(part == 0 ? 1 : dim / part);
    l.blocks *= l.grid.back();
    l.count *= dim;
    if (dim == 1) continue;
    const bool mergeable = !l.dims.empty() && (l.block.back() == 1 || part == dim);
    if (mergeable) {
      l.dims.back() *= dim;
      l.block.back() *= part;
    } else {
      l.dims.push_back(dim);
      l.block.push_back(part);
    }
  }
  if (l.dims.empty()) {
    l.dims.push_back(1);
    l.block.push_back(1);
  }
  for (const std::int64_t part : l.block) l.size *= part;
  return l;
}

BlockLayout::Run BlockLayout::run(std::int64_t b, std::int64_t at) const {
  if (contiguous()) return {b * size + at, size - at};
  const std::int64_t left = block.back() - at % block.back();
  std::int64_t start = 0, stride = 1;
  for (std::size_t d = dims.size(); d-- > 0;) {
    const std::int64_t along = dims[d] / block[d];
    start += (b % along * block[d] + at % block[d]) * stride;
    b /= along;
    at /= block[d];
    stride *= dims[d];
  }
  return {start, left};
}

}  // namespace corecast::compress
