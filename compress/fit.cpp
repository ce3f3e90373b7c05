#include "compress/fit.h"

#include "base/strings.h"
#include "compress/form/coded_form.h"

namespace corecast::compress {
namespace {

using Kind = Granularity::Kind;
using Sizes = std::vector<std::int64_t>;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// "16 or 24 do", the divisors of `size` on both sides of `wanted`.
std::string near_divisors(std::int64_t size, std::int64_t wanted) {
  std::int64_t below = 0, above = 0;
  for (std::int64_t d = 1; d <= size; ++d) {
    if (size % d != 0) continue;
    if (d < wanted) below = d;
    if (d > wanted && above == 0) above = d;
  }
  if (below == 0) return cat(above, " does");
  if (above == 0) return cat(below, " does");
  return cat(below, " or ", above, " do");
}

std::string indivisible(const char* what, std::int64_t size, const char* of, std::int64_t dim) {
  return cat(what, " of ", size, " do not divide its ", dim, " ", of, " channels; ",
             near_divisors(dim, size));
}

}  // namespace

std::vector<std::int64_t> block_of(const Granularity& g, const Weight& w) {
  Sizes block = w.dims;
  if (g.kind == Kind::tensor) return block;
  block[at(w.output_axis)] = 1;
  if (g.kind == Kind::block) block[at(w.input_axis)] = g.size;
  return block;
}

std::string misfit(const Scheme& s, const Weight& w) {
  const std::int64_t outputs = w.dims[at(w.output_axis)], inputs = w.dims[at(w.input_axis)];
  const bool uses_axes = (s.palettize && (s.palettize->granularity.kind != Kind::tensor ||
                                          s.palettize->vector > 1 || s.palettize->scale)) ||
                         (s.quantize && s.quantize->granularity.kind != Kind::tensor) ||
                         (s.prune && (s.prune->m > 0 || s.prune->block > 0));
  if (uses_axes && !w.axes_agree)
    return "its readers take different axes as channels; only granularity tensor fits";
  if (s.palettize) {
    const Palettize& p = *s.palettize;
    const std::int64_t channels = p.input_axis ? inputs : outputs;
    const char* side = p.input_axis ? "input" : "output";
    if (p.granularity.kind == Kind::group && channels % p.granularity.size != 0)
      return indivisible("groups", p.granularity.size, side, channels);
    if (channels % p.vector != 0) return indivisible("vectors", p.vector, side, channels);
    if (p.scale && p.scale->kind == Kind::block && inputs % p.scale->size != 0)
      return indivisible("blocks", p.scale->size, "input", inputs);
  }
  if (s.quantize && s.quantize->granularity.kind == Kind::block &&
      inputs % s.quantize->granularity.size != 0)
    return indivisible("blocks", s.quantize->granularity.size, "input", inputs);
  if (s.prune && s.prune->m > 0 && s.prune->m > inputs)
    return cat("it has ", inputs, " input channels, fewer than m = ", s.prune->m);
  if (s.prune && s.prune->block > outputs)
    return cat("it has ", outputs, " output channels, fewer than a block of ", s.prune->block);
  return {};
}

std::size_t planned_bytes(const Scheme& s, const Weight& w) {
  const auto width = static_cast<std::size_t>(ir::bits_of(w.dtype) / 8);
  const auto scale_count = [&](const Granularity& g) {
    const Sizes block = block_of(g, w);
    std::size_t n = 1;
    for (std::size_t d = 0; d < block.size(); ++d) n *= at(w.dims[d] / block[d]);
    return n;
  };
  const auto packed = [](std::size_t count, int bits) { return (count * at(bits) + 7) / 8; };
  if (s.palettize) {
    const Palettize& p = *s.palettize;
    const std::int64_t channels = w.dims[at(p.input_axis ? w.input_axis : w.output_axis)];
    const std::int64_t groups = p.granularity.kind == Kind::channel ? channels
                                : p.granularity.kind == Kind::group ? channels / p.granularity.size
                                                                    : 1;
    const std::size_t codes = at(w.count() / p.vector);
    std::size_t bytes = stored_bytes(packed(codes, *p.bits), codes);
    const std::size_t entries = at(groups * p.vector) << *p.bits;
    bytes += stored_bytes(entries * (p.int8_table ? 1 : width), entries);
    if (p.int8_table) bytes += stored_bytes(width, 1);
    if (!p.scale) return bytes;
    const std::size_t scales = scale_count(*p.scale);
    return bytes + stored_bytes(scales * width, scales);
  }
  CC_CHECK(s.quantize.has_value(), "a scheme that codes");
  const std::size_t scales = scale_count(s.quantize->granularity);
  const int bits = ir::bits_of(s.quantize->dtype);
  std::size_t bytes = stored_bytes(packed(at(w.count()), bits), at(w.count())) +
                      stored_bytes(scales * width, scales);
  if (!s.quantize->symmetric || !ir::is_signed(s.quantize->dtype))
    bytes += stored_bytes(packed(scales, bits), scales);
  return bytes;
}

}  // namespace corecast::compress
