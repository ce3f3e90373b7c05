#include "compress/encode.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/strings.h"
#include "compress/palette/scaled_palette.h"
#include "compress/palette/vector_palette.h"

namespace corecast::compress {
namespace {

using ir::DType;
using ir::Tensor;
using Kind = Granularity::Kind;
using Sizes = std::vector<std::int64_t>;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

DType unsigned_of(int bits) {
  switch (bits) {
    case 1: return DType::u1;
    case 2: return DType::u2;
    case 3: return DType::u3;
    case 4: return DType::u4;
    case 6: return DType::u6;
    case 8: return DType::u8;
    default: CC_UNREACHABLE("width of an index");
  }
}

/// `numbers`, floats or integers, as a constant. All at once: a weight may have a scale per 32
/// elements.
template <class T>
CodedPart part_of(DType dtype, Sizes dims, const std::vector<T>& numbers) {
  return {Tensor::of(numbers, std::move(dims)).cast(dtype), {}, {}};
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

/// Sum over the weights of importance * (weight - its entry)^2.
double palette_error(const Palette& p, const Values& w, const Axis& axis,
                     const Importance& importance) {
  const std::int64_t entries = std::int64_t{1} << p.bits;
  const auto* codes = reinterpret_cast<const std::uint8_t*>(p.indices->bytes().data());
  const auto code = [&](std::int64_t i) {
    const std::int64_t bit = i * p.bits;
    const int low = codes[bit / 8], high = (bit % 8) + p.bits > 8 ? codes[bit / 8 + 1] : 0;
    return ((low | high << 8) >> (bit % 8)) & static_cast<int>(entries - 1);
  };
  double sum = 0;
  for (std::int64_t i = 0; i < w.size(); ++i) {
    const std::int64_t inner = i % axis.inner, channel = i / axis.inner % axis.size,
                       outer = i / axis.inner / axis.size;
    const std::int64_t table = channel * p.groups / axis.size;
    const std::int64_t position =
        (outer * (axis.size / p.vector) + channel / p.vector) * axis.inner + inner;
    const float entry =
        p.tables[at((table * entries + code(position)) * p.vector + channel % p.vector)];
    const double d = static_cast<double>(w[i]) - static_cast<double>(entry);
    sum += importance.of(i) * d * d;
  }
  return sum;
}

/// Entries of a table as int8 with one scale, in the weight's dtype.
struct Int8Table {
  float scale;
  std::vector<std::int32_t> integers;
  std::vector<float> entries;  ///< what they stand for
};

Int8Table int8_table(const std::vector<float>& entries, bool half) {
  const auto in_dtype = [&](float v) { return half ? ir::to_float(ir::to_half(v)) : v; };
  float largest = 0;
  for (const float v : entries) largest = std::max(largest, std::fabs(v));
  Int8Table t;
  t.scale = in_dtype(largest / 127.0f);
  if (!(t.scale > 0)) t.scale = half ? 0x1p-14f : std::numeric_limits<float>::min();
  for (const float v : entries) {
    const float integer = std::clamp(std::nearbyintf(v / t.scale), -127.0f, 127.0f);
    t.integers.push_back(static_cast<std::int32_t>(integer));
    t.entries.push_back(in_dtype(t.scale * integer));
  }
  return t;
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
        out_(out),
        form_(out.form) {}

  void apply(const Prune& p, const Mask* existing) {
    mask_ = existing ? *existing : mask_of(p);
    form_.mask = CodedPart{Tensor(DType::u1, form_.dims, mask_->bits), {}, {}};
    const int width = ir::bits_of(w_.dtype());
    const ByteView bytes(static_cast<const std::byte*>(
                             w_.is_half() ? static_cast<const void*>(w_.halves()) : w_.floats()),
                         at(w_.size() * width / 8));
    auto kept = select(bytes, width, *mask_, pool_);
    out_.error += dropped_energy(w_, *mask_, out_.signal, *kept, pool_);
    if (out_.scheme.palettize || out_.scheme.quantize) {
      masked_ = masked_importance(*mask_, importance_);
      importance_ = {masked_, 1};
    } else {
      form_.codes.tensor = Tensor(w_.dtype(), {mask_->kept}, std::move(kept));
    }
  }

  Status apply(const Palettize& p) {
    const std::int64_t table_axis = p.input_axis ? weight_.input_axis : weight_.output_axis;
    const Axis axis = Axis::of(weight_.dims, table_axis);
    TRY(Palette palette, palette_of(p, table_axis, axis));
    out_.error += palette.error;
    out_.bound += palette.bound;
    form_.bits = palette.bits;
    Sizes index_dims = form_.dims, table_dims(form_.dims.size(), 1);
    index_dims[at(table_axis)] /= palette.vector;
    table_dims[at(table_axis)] = palette.groups;
    table_dims.push_back(std::int64_t{1} << palette.bits);
    table_dims.push_back(palette.vector);
    if (palette.vector > 1) form_.vector_axis = table_axis;
    if (p.int8_table) {
      Int8Table t = int8_table(palette.tables, w_.is_half());
      palette.tables = std::move(t.entries);
      out_.error += palette_error(palette, w_, axis, importance_) - palette.error;
      out_.bound = 0;
      form_.table = part_of(DType::i8, table_dims, t.integers);
      form_.table_scale = t.scale;
    } else {
      form_.table = part_of(w_.dtype(), table_dims, palette.tables);
    }
    put_codes(unsigned_of(palette.bits), index_dims, std::move(palette.indices));
    return {};
  }

  void apply(const Quantize& q) {
    LinearSpec spec;
    spec.dtype = q.dtype;
    spec.symmetric = q.symmetric;
    spec.search = q.search;
    spec.block = block_of(q.granularity, weight_);
    LinearQuantized linear = quantize_linear(w_, weight_.dims, spec, importance_, pool_);
    out_.error += linear.error;
    form_.bits = ir::bits_of(q.dtype);
    form_.scale = part_of(w_.dtype(), linear.scale_dims, linear.scales);
    if (!linear.offsets.empty()) form_.offset = part_of(q.dtype, linear.scale_dims, linear.offsets);
    put_codes(q.dtype, form_.dims, std::move(linear.data));
  }

 private:
  Mask mask_of(const Prune& p) const {
    if (p.threshold) return mask_by_threshold(w_, *p.threshold, pool_);
    if (p.m > 0)
      return mask_n_of_m(w_, Axis::of(weight_.dims, weight_.input_axis), p.n, p.m, pool_);
    if (p.block > 0)
      return mask_blocks(w_, Axis::of(weight_.dims, weight_.output_axis), p.block, *p.ratio, pool_);
    return mask_by_ratio(w_, *p.ratio, importance_, pool_);
  }

  /// Tables and indices; a scale beside them goes into the form.
  Result<Palette> palette_of(const Palettize& p, std::int64_t table_axis, const Axis& axis) {
    const std::int64_t group = p.granularity.kind == Kind::channel ? 1
                               : p.granularity.kind == Kind::group ? p.granularity.size
                                                                   : 0;
    if (!p.function.empty()) {
      if (!custom_)
        return Error(Code::E1303,
                     cat("there is no function ", quote(p.function), " to make tables"),
                     "functions belong to the Python interface");
      TRY(const CustomTable table, custom_(p.function, weight_, w_));
      return custom_palette(table, w_, importance_);
    }
    if (p.vector > 1)
      return palettize_vectors(w_, axis, {*p.bits, p.vector, group, 0}, importance_, pool_);
    if (p.scale) {
      ScaledPaletteSpec spec;
      spec.bits = *p.bits;
      spec.axis = table_axis;
      spec.group = group;
      spec.block = block_of(*p.scale, weight_);
      ScaledPalette scaled = palettize_scaled(w_, weight_.dims, spec, importance_, pool_);
      form_.scale = part_of(w_.dtype(), std::move(scaled.scale_dims), scaled.scales);
      return std::move(scaled.palette);
    }
    int bits = p.bits.value_or(0);
    if (p.mode == PaletteMode::unique && !p.bits) {
      const auto fewest = bits_for_unique(w_, axis, group, pool_);
      if (!fewest)
        return Error(Code::E4101, "it has more than 256 different values", "mode kmeans");
      bits = *fewest;
    }
    return palettize(w_, axis, {bits, group, p.mode}, importance_, pool_);
  }

  /// The packed codes, or those of the elements that stay.
  void put_codes(DType dtype, const Sizes& dims, std::shared_ptr<ir::OwnedBuffer> packed) {
    if (mask_) packed = select(packed->bytes(), ir::bits_of(dtype), *mask_, pool_);
    form_.codes.tensor = Tensor(dtype, mask_ ? Sizes{mask_->kept} : dims, std::move(packed));
  }

  Values w_;
  const Weight& weight_;
  Importance importance_;
  std::vector<float> masked_;
  std::optional<Mask> mask_;
  ThreadPool& pool_;
  const CustomTables& custom_;
  Encoded& out_;
  CodedForm& form_;
};

}  // namespace

Result<Encoded> encode(const LoadedWeight& loaded, const Weight& weight, const Scheme& scheme,
                       const Importance& importance, ThreadPool& pool, const Mask* existing,
                       const CustomTables& custom) {
  Encoded out;
  out.scheme = scheme;
  const Values values = loaded.values();
  out.form.dtype = values.dtype();
  out.form.dims = weight.dims;
  out.signal = loaded.energy();
  Encoder encoder(values, weight, importance, pool, custom, out);
  if (scheme.prune) encoder.apply(*scheme.prune, existing);
  if (scheme.palettize) TRY_VOID(encoder.apply(*scheme.palettize));
  if (scheme.quantize) encoder.apply(*scheme.quantize);
  if (out.form.mask || out.form.scale) out.bound = 0;
  out.bytes = out.form.stored_bytes();
  return out;
}

}  // namespace corecast::compress
