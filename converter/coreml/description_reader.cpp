#include "converter/coreml/description_reader.h"

#include <algorithm>
#include <limits>

#include "base/strings.h"
#include "converter/coreml/type_codec.h"

namespace corecast::coreml {
namespace {

using Ranges = std::map<std::string, ir::SymbolRange, std::less<>>;

template <class Description>
FunctionInterface collect(const Description& description) {
  FunctionInterface out;
  const auto add = [](const auto& features, auto& entries) {
    for (int i = 0; i < features.size(); ++i) entries[features[i].name()] = {&features[i], i};
  };
  add(description.input(), out.inputs);
  add(description.output(), out.outputs);
  add(description.state(), out.states);
  return out;
}

std::optional<ir::ImageInfo> image_of(const pb::FeatureType& type) {
  using Color = ir::ImageInfo::Color;
  if (!type.has_image()) return std::nullopt;
  switch (type.image().color_space()) {
    case pb::COLOR_GRAYSCALE: return ir::ImageInfo{Color::grayscale};
    case pb::COLOR_BGR: return ir::ImageInfo{Color::bgr};
    case pb::COLOR_GRAYSCALE_FLOAT16: return ir::ImageInfo{Color::grayscale_f16};
    default: return ir::ImageInfo{Color::rgb};
  }
}

ir::SymbolRange range_of(const pb::SizeRange& range) {
  constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  ir::SymbolRange out;
  out.lo = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::min(range.lower(), kLargest)));
  out.hi = range.upper() < 0 ? -1 : std::max(range.upper(), out.lo);
  return out;
}

/// Allowed shapes of an image: those of the other dims are fixed.
std::vector<std::vector<std::int64_t>> image_shapes(const pb::ImageFeature& image,
                                                    std::int64_t channels) {
  std::vector<std::vector<std::int64_t>> shapes;
  for (const auto& size : image.enumerated().sizes()) {
    shapes.push_back({1, channels, static_cast<std::int64_t>(size.height()),
                      static_cast<std::int64_t>(size.width())});
  }
  return shapes;
}

/// What the description says of one dim of an input.
std::optional<ir::SymbolRange> described_range(const pb::FeatureType& type,
                                               const ir::Feature& feature, std::size_t dim,
                                               std::size_t rank) {
  if (!feature.enumerated.empty()) {
    ir::SymbolRange range{std::numeric_limits<std::int64_t>::max(), 1};
    for (const auto& shape : feature.enumerated) {
      if (shape.size() != rank) return std::nullopt;
      range.lo = std::min(range.lo, std::max<std::int64_t>(1, shape[dim]));
      range.hi = std::max(range.hi, shape[dim]);
    }
    return range;
  }
  if (type.has_array() && type.array().has_range()) {
    const auto& ranges = type.array().range().ranges();
    if (static_cast<std::size_t>(ranges.size()) != rank) return std::nullopt;
    return range_of(ranges.Get(static_cast<int>(dim)));
  }
  if (type.has_image() && type.image().has_range() && rank == 4 && dim >= 2) {
    return range_of(dim == 2 ? type.image().range().height() : type.image().range().width());
  }
  return std::nullopt;
}

/// The recorded shape when it agrees with the program's type: known sizes equal, unknown ones
/// symbolic.
std::optional<ir::Shape> usable(std::optional<ir::Shape> recorded, const ir::Shape& declared) {
  if (!recorded || recorded->size() != declared.size()) return std::nullopt;
  for (std::size_t i = 0; i < declared.size(); ++i) {
    const auto& dim = (*recorded)[i];
    if (declared[i].is_constant() ? !(dim == declared[i]) : dim.is_constant()) return std::nullopt;
  }
  return recorded;
}

}  // namespace

FunctionInterface interface_of(const pb::ModelDescription& description,
                               const std::string& function) {
  for (const auto& described : description.functions()) {
    if (described.name() == function) return collect(described);
  }
  return description.functions().empty() ? collect(description) : FunctionInterface();
}

Result<ReadInput> read_input(const pb::NamedType& input, const pb::FeatureDescription* description,
                             const std::string& function, const BuildInfo& info, Ranges& ranges) {
  ReadInput out;
  int unknown = 0;
  TRY(out.type, decode_type(input.type(), [&] { return ir::Dim::symbol(cat("?", unknown++)); }));
  out.feature.name = input.name();
  const pb::FeatureType none;
  const auto& type = description != nullptr ? description->type() : none;
  if (description != nullptr) {
    out.feature.description = description->description();
    out.feature.optional = type.optional();
    out.feature.image = image_of(type);
    for (const auto& shape : type.array().enumerated().shapes()) {
      out.feature.enumerated.emplace_back(shape.shape().begin(), shape.shape().end());
    }
    if (type.has_image() && out.type.rank() == 4) {
      out.feature.enumerated = image_shapes(type.image(), out.type.shape[1].constant().value_or(1));
    }
  }
  if (out.type.is_static()) return out;

  auto& shape = out.type.shape;
  if (type.has_array() && static_cast<std::size_t>(type.array().shape_size()) == shape.size()) {
    out.feature.default_shape.assign(type.array().shape().begin(), type.array().shape().end());
  } else if (type.has_image() && shape.size() == 4) {
    out.feature.default_shape = {shape[0].constant().value_or(1), shape[1].constant().value_or(1),
                                 type.image().height(), type.image().width()};
  }
  if (auto recorded = usable(recorded_shape(info, function, input.name()), shape)) {
    shape = std::move(*recorded);
    for (const auto& [symbol, range] : recorded_ranges(info, function))
      ranges.emplace(symbol, range);
  } else {
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (!shape[i].is_constant()) shape[i] = ir::Dim::symbol(cat(input.name(), ".", i));
    }
  }
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const auto symbol = shape[i].as_symbol();
    if (!symbol) continue;
    if (const auto range = described_range(type, out.feature, i, shape.size())) {
      ranges[*symbol] = *range;
    } else {
      ranges.try_emplace(*symbol);
    }
  }
  return out;
}

ir::Feature read_output(const std::string& name, const pb::FeatureDescription* description) {
  ir::Feature feature;
  feature.name = name;
  if (description != nullptr) {
    feature.description = description->description();
    feature.image = image_of(description->type());
  }
  return feature;
}

ir::Metadata read_metadata(const pb::Metadata& metadata) {
  ir::Metadata out;
  out.author = metadata.author();
  out.license = metadata.license();
  out.version = metadata.version();
  out.description = metadata.description();
  out.user.insert(metadata.user_defined().begin(), metadata.user_defined().end());
  return out;
}

}  // namespace corecast::coreml
