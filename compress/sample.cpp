#include "compress/sample.h"

#include <algorithm>

namespace corecast::compress {

Sample sample_of(const ir::Tensor& tensor, const Weight& weight, std::int64_t elements) {
  constexpr std::int64_t kTogether = 16;  // channels: the groups that schemes make
  const std::int64_t channels = weight.dims.empty() ? 0 : weight.dims[0];
  Sample whole{tensor, weight, 1};
  if (weight.output_axis != 0 || weight.count() <= 2 * elements || channels < 4 * kTogether)
    return whole;
  const std::int64_t row = weight.count() / channels;
  const std::int64_t pieces = std::max<std::int64_t>(elements / (row * kTogether), 1);
  const std::int64_t places = channels / kTogether;
  if (pieces >= places) return whole;
  Sample s = whole;
  s.weight.dims[0] = pieces * kTogether;
  s.share = static_cast<double>(pieces * kTogether) / static_cast<double>(channels);
  const auto bytes = static_cast<std::size_t>(row * kTogether * ir::bits_of(tensor.dtype()) / 8);
  auto part = std::make_shared<ir::OwnedBuffer>(bytes * static_cast<std::size_t>(pieces), false);
  for (std::int64_t i = 0; i < pieces; ++i) {
    const std::int64_t place = i * places / pieces;
    tensor.read(static_cast<std::size_t>(place) * bytes,
                {part->mutable_bytes() + static_cast<std::size_t>(i) * bytes, bytes});
  }
  tensor.read(tensor.byte_size(), {});  // a mapped source may leave memory
  s.tensor = ir::Tensor(tensor.dtype(), s.weight.dims, std::move(part));
  return s;
}

}  // namespace corecast::compress
