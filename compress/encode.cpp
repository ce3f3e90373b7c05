#include "compress/encode.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/strings.h"
#include "compress/palette/scaled_palette.h"
#include "compress/palette/vector_palette.h"

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

/// Elements of each dim that share a scale.
Sizes block_of(const Granularity& g, const Weight& w) {
  Sizes block = w.dims;
  if (g.kind == Kind::tensor) return block;
  block[at(w.output_axis)] = 1;
  if (g.kind == Kind::block) block[at(w.input_axis)] = g.size;
  return block;
}

/// Sum of the squares of what the mask drops; `energy` is that of all, `kept` holds the others.
double dropped_energy(const Values& w, const Mask& mask, double energy, const ir::Buffer& kept,
                      ThreadPool& pool) {
  const double difference = energy - energy_of(w.dtype(), kept.bytes().data(), mask.kept, pool);
  if (difference > 1e-3 * energy) return difference;
  double sum = 0;  // too small to be the difference of two sums
  const auto* bits = reinterpret_cast<const std::uint8_t*>(mask.bits->bytes().data());
  for (std::int64_t i = 0; i < w.size(); ++i) {
    if ((bits[i / 8] >> (i % 8) & 1) != 0) continue;
    sum += static_cast<double>(w[i]) * static_cast<double>(w[i]);
  }
  return sum;
}

/// 1 where the mask keeps an element, times its importance.
std::vector<float> masked_importance(const Mask& mask, const Importance& importance) {
  std::vector<float> out(at(mask.count));
  const auto* bits = reinterpret_cast<const std::uint8_t*>(mask.bits->bytes().data());
  for (std::int64_t i = 0; i < mask.count; ++i) {
    const bool kept = (bits[i / 8] >> (i % 8) & 1) != 0;
    out[at(i)] = kept ? static_cast<float>(importance.of(i)) : 0.0f;
  }
  return out;
}

class Encoder {
 public:
  Encoder(const Values& values, const Weight& weight, const Importance& importance,
          ThreadPool& pool, const CustomTables& custom, Encoded& out)
      : w_(values),
        weight_(weight),
        importance_(importance),
        pool_(pool),
        custom_(custom),
        out_(out) {}

  void prune(const Prune& p, const Mask* existing) {
    if (existing) {
      out_.mask = *existing;
    } else if (p.threshold) {
      out_.mask = mask_by_threshold(w_, *p.threshold, pool_);
    } else if (p.m > 0) {
      out_.mask = mask_n_of_m(w_, Axis::of(weight_.dims, weight_.input_axis), p.n, p.m, pool_);
    } else if (p.block > 0) {
      out_.mask =
          mask_blocks(w_, Axis::of(weight_.dims, weight_.output_axis), p.block, *p.ratio, pool_);
    } else {
      out_.mask = mask_by_ratio(w_, *p.ratio, importance_, pool_);
    }
    const int width = ir::bits_of(w_.dtype());
    const ByteView bytes(static_cast<const std::byte*>(
                             w_.is_half() ? static_cast<const void*>(w_.halves()) : w_.floats()),
                         at(w_.size() * width / 8));
    auto kept = select(bytes, width, *out_.mask, pool_);
    out_.error += dropped_energy(w_, *out_.mask, out_.signal, *kept, pool_);
    if (out_.scheme.palettize || out_.scheme.quantize) {
      masked_ = masked_importance(*out_.mask, importance_);
      importance_ = {masked_, 1};
    } else {
      out_.kept = std::move(kept);
    }
  }

  Status palettize(const Palettize& p) {
    out_.table_axis = p.input_axis ? weight_.input_axis : weight_.output_axis;
    const Axis axis = Axis::of(weight_.dims, out_.table_axis);
    const std::int64_t group = p.granularity.kind == Kind::channel ? 1
                               : p.granularity.kind == Kind::group ? p.granularity.size
                                                                   : 0;
    if (!p.function.empty()) {
      if (!custom_)
        return Error(ErrorKind::usage, "E1303",
                     cat("there is no function ", quote(p.function), " to make tables"),
                     "functions belong to the Python interface");
      TRY(const CustomTable table, custom_(p.function, weight_, w_));
      TRY(out_.palette, custom_palette(table, w_, importance_));
    } else if (p.vector > 1) {
      out_.palette = palettise_vectors(w_, axis, {*p.bits, p.vector, group, 0}, importance_, pool_);
    } else if (p.scale) {
      ScaledPaletteSpec spec;
      spec.bits = *p.bits;
      spec.axis = out_.table_axis;
      spec.group = group;
      spec.block = block_of(*p.scale, weight_);
      ScaledPalette scaled = palettise_scaled(w_, weight_.dims, spec, importance_, pool_);
      out_.palette = std::move(scaled.palette);
      out_.scales = std::move(scaled.scales);
      out_.scale_dims = std::move(scaled.scale_dims);
    } else {
      int bits = p.bits.value_or(0);
      if (p.mode == PaletteMode::unique && !p.bits) {
        const auto fewest = bits_for_unique(w_, axis, group, pool_);
        if (!fewest) {
          return Error(ErrorKind::usage, "E4101", "it has more than 256 different values",
                       "mode kmeans");
        }
        bits = *fewest;
      }
      TRY(out_.palette, palettise(w_, axis, {bits, group, p.mode}, importance_, pool_));
    }
    out_.error += out_.palette->error;
    out_.bound += out_.palette->bound;
    if (p.int8_table) to_int8_table();
    if (out_.mask) pack_kept(out_.palette->indices, out_.palette->bits);
    return {};
  }

  void quantize(const Quantize& q) {
    LinearSpec spec;
    spec.dtype = q.dtype;
    spec.symmetric = q.symmetric;
    spec.search = q.search;
    spec.block = block_of(q.granularity, weight_);
    out_.linear = quantise_linear(w_, weight_.dims, spec, importance_, pool_);
    out_.error += out_.linear->error;
    if (out_.mask) pack_kept(out_.linear->data, ir::bits_of(q.dtype));
  }

 private:
  void pack_kept(std::shared_ptr<ir::OwnedBuffer>& codes, int bits) {
    codes = select(codes->bytes(), bits, *out_.mask, pool_);
  }

  /// Rounds the table's entries to int8 with one scale. The error grows by what the entries moved.
  void to_int8_table() {
    Palette& p = *out_.palette;
    float largest = 0;
    for (const float v : p.tables) largest = std::max(largest, std::fabs(v));
    const auto in_dtype = [&](float v) { return w_.is_half() ? ir::to_float(ir::to_half(v)) : v; };
    float scale = in_dtype(largest / 127.0f);
    if (!(scale > 0)) scale = w_.is_half() ? 0x1p-14f : std::numeric_limits<float>::min();
    out_.table_scale = scale;
    for (float& v : p.tables)
      v = in_dtype(scale * std::clamp(std::nearbyintf(v / scale), -127.0f, 127.0f));
    out_.error += palette_error() - p.error;
    p.error = palette_error();
    out_.bound = p.bound = 0;
  }

  double palette_error() const {
    const Palette& p = *out_.palette;
    const Axis axis = Axis::of(weight_.dims, out_.table_axis);
    const std::int64_t entries = std::int64_t{1} << p.bits;
    const auto* codes = reinterpret_cast<const std::uint8_t*>(p.indices->bytes().data());
    const auto code = [&](std::int64_t i) {
      const std::int64_t bit = i * p.bits;
      const int low = codes[bit / 8], high = (bit % 8) + p.bits > 8 ? codes[bit / 8 + 1] : 0;
      return ((low | high << 8) >> (bit % 8)) & static_cast<int>(entries - 1);
    };
    double sum = 0;
    for (std::int64_t i = 0; i < w_.size(); ++i) {
      const std::int64_t inner = i % axis.inner, channel = i / axis.inner % axis.size,
                         outer = i / axis.inner / axis.size;
      const std::int64_t table = channel * p.groups / axis.size;
      const std::int64_t position =
          (outer * (axis.size / p.vector) + channel / p.vector) * axis.inner + inner;
      const float entry =
          p.tables[at((table * entries + code(position)) * p.vector + channel % p.vector)];
      const double d = static_cast<double>(w_[i]) - static_cast<double>(entry);
      sum += importance_.of(i) * d * d;
    }
    return sum;
  }

  Values w_;
  const Weight& weight_;
  Importance importance_;
  std::vector<float> masked_;
  ThreadPool& pool_;
  const CustomTables& custom_;
  Encoded& out_;
};

std::size_t size_of(const Encoded& e) {
  const std::size_t width = static_cast<std::size_t>(ir::bits_of(e.dtype) / 8);
  std::size_t bytes = 0;
  const auto add = [&](std::size_t n, std::size_t elements) { bytes += stored_bytes(n, elements); };
  const auto codes = [&](const ir::OwnedBuffer& packed, int bits) {
    add(packed.size(), packed.size() * 8 / at(bits));
  };
  if (e.mask) codes(*e.mask->bits, 1);
  if (e.kept) codes(*e.kept, static_cast<int>(width) * 8);
  if (e.palette) {
    codes(*e.palette->indices, e.palette->bits);
    const std::size_t entries = e.palette->tables.size();
    add(entries * (e.table_scale ? 1 : width), entries);
    if (e.table_scale) add(width, 1);
  }
  if (!e.scales.empty()) add(e.scales.size() * width, e.scales.size());
  if (e.linear) {
    const int bits = ir::bits_of(e.scheme.quantize->dtype);
    const std::size_t offsets = e.linear->offsets.size();
    codes(*e.linear->data, bits);
    add(e.linear->scales.size() * width, e.linear->scales.size());
    if (offsets > 0) add((offsets * at(bits) + 7) / 8, offsets);
  }
  return bytes;
}

}  // namespace

double Encoded::bits_per_weight() const {
  const auto count = ir::element_count(dims).value_or(0);
  return count == 0 ? 0 : static_cast<double>(bytes) * 8 / static_cast<double>(count);
}

double Encoded::sqnr() const {
  return error > 0 ? 10 * std::log10(signal / error) : std::numeric_limits<double>::infinity();
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

Result<Encoded> encode(const LoadedWeight& loaded, const Weight& weight, const Scheme& scheme,
                       const Importance& importance, ThreadPool& pool, const Mask* existing,
                       const CustomTables& custom) {
  Encoded out;
  out.scheme = scheme;
  const Values values = loaded.values();
  out.dtype = values.dtype();
  out.dims = weight.dims;
  out.signal = loaded.energy();
  Encoder encoder(values, weight, importance, pool, custom, out);
  if (scheme.prune) encoder.prune(*scheme.prune, existing);
  if (scheme.palettize) TRY_VOID(encoder.palettize(*scheme.palettize));
  if (scheme.quantize) encoder.quantize(*scheme.quantize);
  out.bytes = size_of(out);
  return out;
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

std::size_t stored_bytes(std::size_t bytes, std::size_t elements) {
  constexpr std::size_t align = 64, header = 64, fewest = 10;
  if (elements < fewest) return bytes;
  return header + (bytes + align - 1) / align * align;
}

}  // namespace corecast::compress
