#include "converter/coreml/description_writer.h"

#include <algorithm>

#include "base/strings.h"
#include "base/utf8.h"
#include "converter/coreml/rules.h"

namespace corecast::coreml {
namespace {

using ir::DType;
using mil::Target;

/// Bounds of one dim of an input; upper < 0: none.
struct Bounds {
  std::int64_t lower = 1, upper = 1;
};

class FunctionDescriber {
 public:
  FunctionDescriber(const ir::Module& module, const ir::Function& f, const WrittenNames& names,
                    const DescriptionOptions& options, Diagnostics& diagnostics)
      : module_(module), f_(f), names_(names), options_(options), diagnostics_(diagnostics) {}

  /// `Out` is ModelDescription or FunctionDescription: they have the same fields here.
  template <class Out>
  void describe(Out& out) {
    const auto& entry = f_.block(f_.entry());
    for (std::size_t i = 0; i < entry.args.size(); ++i) {
      const auto& type = f_.type(entry.args[i]);
      auto& feature = type.is_tensor() ? *out.add_input() : *out.add_state();
      start(feature, names_.inputs[i], f_.inputs[i]);
      if (type.is_tensor()) {
        input(feature, f_.inputs[i], type);
      } else {
        state(feature, type);
      }
    }
    std::size_t next = 0;
    if (module_.class_labels && names_.outputs.size() >= 2) {
      classifier(out);
      next = 2;
    }
    for (std::size_t i = 0; i < entry.results.size(); ++i) {
      if (module_.class_labels && f_.outputs[i].name == module_.class_labels->output) continue;
      if (next >= names_.outputs.size()) break;  // incomplete: reported elsewhere
      auto& feature = *out.add_output();
      start(feature, names_.outputs[next++], f_.outputs[i]);
      output(feature, f_.outputs[i], f_.type(entry.results[i]));
    }
  }

 private:
  static void start(pb::FeatureDescription& out, const std::string& name,
                    const ir::Feature& feature) {
    out.set_name(name);
    out.set_description(to_utf8(feature.description));
  }

  void fault(Code code, std::string message, std::string help = {}) {
    Error error(code, std::move(message), std::move(help));
    error.where.graph = f_.name;
    diagnostics_.error(std::move(error));
  }

  template <class Out>
  void classifier(Out& out) {
    auto& label = *out.add_output();
    label.set_name(names_.outputs[0]);
    label.mutable_type()->mutable_string();
    auto& probabilities = *out.add_output();
    probabilities.set_name(names_.outputs[1]);
    probabilities.mutable_type()->mutable_dictionary()->mutable_string_key();
    out.set_predicted_feature_name(names_.outputs[0]);
    out.set_predicted_probabilities_name(names_.outputs[1]);
  }

  void state(pb::FeatureDescription& out, const ir::Type& type) {
    auto& array = *out.mutable_type()->mutable_state()->mutable_array();
    if (!type.is_static() || (type.dtype != DType::f16 && type.dtype != DType::i8)) {
      fault(Code::E2508, cat("state ", quote(out.name()), " is ", to_string(type),
                             "; Core ML wants a fixed shape and f16"));
      return;
    }
    for (const auto size : static_dims(type.shape)) array.add_shape(size);
    set_dtype(array, type.dtype, "state", out.name());
  }

  void set_dtype(pb::ArrayFeature& array, DType dtype, const char* what, const std::string& name) {
    switch (dtype) {
      case DType::f32: array.set_dtype(pb::ARRAY_FLOAT32); break;
      case DType::i32: array.set_dtype(pb::ARRAY_INT32); break;
      case DType::f16: array.set_dtype(pb::ARRAY_FLOAT16); break;
      case DType::i8: array.set_dtype(pb::ARRAY_INT8); break;
      default: break;
    }
    const auto since = feature_since(dtype);
    if (since && *since <= options_.target) return;
    fault(
        Code::E2508,
        cat(what, " ", quote(name), " has element type ", name_of(dtype),
            since ? cat(", which needs target ", name_of(*since)) : ", which no Core ML model has"),
        since ? "raise the deployment target" : "cast it");
  }

  /// What stands for a missing upper bound. Signals are long: a float input that has hardly
  /// anything but its time axis gets room for a minute of sound.
  std::int64_t assumed_bound(const ir::Type& type, std::size_t axis) const {
    if (options_.assumed_upper_bound <= 0 || !ir::is_floating(type.dtype)) {
      return options_.assumed_upper_bound;
    }
    constexpr std::int64_t kSignal = 1 << 20, kChannels = 16;
    ir::Dim others(1);
    for (std::size_t i = 0; i < type.shape.size(); ++i) {
      if (i != axis && (i > 0 || type.shape[i].is_constant())) others = others * type.shape[i];
    }
    const bool time = axis > 0 || type.shape.size() == 1;
    return time && others.constant().value_or(kChannels + 1) <= kChannels
               ? std::max(kSignal, options_.assumed_upper_bound)
               : options_.assumed_upper_bound;
  }

  Bounds bounds_of(const ir::Type& type, std::size_t axis, const std::string& input) {
    const ir::Dim& dim = type.shape[axis];
    if (const auto size = dim.constant()) return {*size, *size};
    ir::SymbolValues low, high;
    bool bounded = true;
    for (const auto& symbol : dim.symbols()) {
      const auto it = f_.symbols.find(symbol);
      const ir::SymbolRange range = it == f_.symbols.end() ? ir::SymbolRange{} : it->second;
      low[symbol] = range.lo;
      high[symbol] = range.hi;
      bounded = bounded && range.hi >= 0;
    }
    Bounds bounds;
    bounds.lower = dim.evaluate(low).value_or(1);
    bounds.upper = bounded ? dim.evaluate(high).value_or(-1) : -1;
    if (bounds.upper < 0) {
      bounds.upper = assumed_bound(type, axis);
      Error message(
          bounds.upper > 0 ? Code::W2509 : Code::E2509,
          cat("size ", dim.to_string(), " of input ", quote(input), " has no upper bound"),
          cat("give one, as in --input \"", input, "[", dim.to_string(), "=1..512]\""));
      message.where.graph = f_.name;
      if (bounds.upper > 0) {
        message.message += cat("; written as at most ", bounds.upper);
        diagnostics_.warning(std::move(message));
      } else {
        diagnostics_.error(std::move(message));
      }
    }
    if (bounds.lower > bounds.upper) std::swap(bounds.lower, bounds.upper);
    return bounds;
  }

  void input(pb::FeatureDescription& out, const ir::Feature& feature, const ir::Type& type) {
    out.mutable_type()->set_optional(feature.optional);
    if (type.shape.empty()) {
      fault(
          Code::E2508,
          cat("input ", quote(feature.name), " is a scalar; Core ML wants at least one dimension"),
          "give it the shape [1]");
      return;
    }
    std::vector<Bounds> bounds;
    for (std::size_t i = 0; i < type.shape.size(); ++i) {
      bounds.push_back(feature.enumerated.empty() ? bounds_of(type, i, feature.name) : Bounds{});
    }
    std::vector<std::int64_t> shape = feature.default_shape;
    if (shape.empty() && !feature.enumerated.empty()) shape = feature.enumerated[0];
    if (shape.empty()) {
      for (const auto& b : bounds) shape.push_back(b.lower);
    }
    if (feature.image) {
      image(out, feature, type, shape, bounds);
      return;
    }
    auto& array = *out.mutable_type()->mutable_array();
    for (const auto size : shape) array.add_shape(size);
    set_dtype(array, type.dtype, "input", feature.name);
    if (type.is_static()) return;
    if (feature.enumerated.empty()) {
      for (const auto& b : bounds) set_range(*array.mutable_range()->add_ranges(), b);
      return;
    }
    auto& shapes = *array.mutable_enumerated();
    for (const auto size : shape) {  // the default comes first
      if (shapes.shapes_size() == 0) shapes.add_shapes();
      shapes.mutable_shapes(0)->add_shape(size);
    }
    for (const auto& other : feature.enumerated) {
      if (other == shape) continue;
      auto& entry = *shapes.add_shapes();
      for (const auto size : other) entry.add_shape(size);
    }
  }

  static void set_range(pb::SizeRange& out, const Bounds& bounds) {
    out.set_lower(static_cast<std::uint64_t>(bounds.lower));
    out.set_upper(bounds.upper);
  }

  /// Color space and, true on success, the checks that MIL makes on the tensor behind an image.
  bool start_image(pb::FeatureDescription& out, const ir::Feature& feature, const ir::Type& type) {
    using Color = ir::ImageInfo::Color;
    auto& image = *out.mutable_type()->mutable_image();
    const Color color = feature.image->color;
    const std::int64_t channels = color == Color::rgb || color == Color::bgr ? 3 : 1;
    switch (color) {
      case Color::rgb: image.set_color_space(pb::COLOR_RGB); break;
      case Color::bgr: image.set_color_space(pb::COLOR_BGR); break;
      case Color::grayscale: image.set_color_space(pb::COLOR_GRAYSCALE); break;
      case Color::grayscale_f16: image.set_color_space(pb::COLOR_GRAYSCALE_FLOAT16); break;
    }
    if (type.rank() == 4 && type.shape[0] == ir::Dim(1) && type.shape[1] == ir::Dim(channels))
      return true;
    fault(Code::E2511, cat("image ", quote(feature.name), " is ", to_string(type), ", expected [1,",
                           channels, ",height,width]"));
    return false;
  }

  void image(pb::FeatureDescription& out, const ir::Feature& feature, const ir::Type& type,
             const std::vector<std::int64_t>& shape, const std::vector<Bounds>& bounds) {
    if (!start_image(out, feature, type)) return;
    auto& image = *out.mutable_type()->mutable_image();
    image.set_height(shape[2]);
    image.set_width(shape[3]);
    if (type.is_static()) return;
    if (feature.enumerated.empty()) {
      set_range(*image.mutable_range()->mutable_height(), bounds[2]);
      set_range(*image.mutable_range()->mutable_width(), bounds[3]);
      return;
    }
    for (const auto& sizes : feature.enumerated) {
      auto& size = *image.mutable_enumerated()->add_sizes();
      size.set_height(static_cast<std::uint64_t>(sizes[2]));
      size.set_width(static_cast<std::uint64_t>(sizes[3]));
    }
  }

  void output(pb::FeatureDescription& out, const ir::Feature& feature, const ir::Type& type) {
    if (feature.image) {
      if (!start_image(out, feature, type)) return;
      auto& image = *out.mutable_type()->mutable_image();
      image.set_height(type.is_static() ? type.shape[2].value() : 1);
      image.set_width(type.is_static() ? type.shape[3].value() : 1);
      if (type.is_static()) return;
      set_range(*image.mutable_range()->mutable_height(), {1, -1});
      set_range(*image.mutable_range()->mutable_width(), {1, -1});
      return;
    }
    auto& array = *out.mutable_type()->mutable_array();
    set_dtype(array, type.dtype, "output", feature.name);
    if (!type.is_static()) return;  // an empty shape says nothing
    for (const auto size : static_dims(type.shape)) array.add_shape(size);
  }

  const ir::Module& module_;
  const ir::Function& f_;
  const WrittenNames& names_;
  const DescriptionOptions& options_;
  Diagnostics& diagnostics_;
};

}  // namespace

void write_description(const ir::Module& module, const std::vector<WrittenNames>& names,
                       const DescriptionOptions& options, pb::ModelDescription& out,
                       Diagnostics& diagnostics) {
  for (std::size_t i = 0; i < module.functions.size(); ++i) {
    const auto& f = module.functions[i];
    FunctionDescriber describer(module, f, names[i], options, diagnostics);
    if (module.functions.size() == 1) {
      describer.describe(out);
    } else {
      auto& function = *out.add_functions();
      function.set_name(f.name);
      describer.describe(function);
    }
  }
  if (module.functions.size() > 1) out.set_default_function_name(module.default_function);
  const auto& metadata = module.metadata;
  auto& written = *out.mutable_metadata();
  written.set_description(to_utf8(metadata.description));
  written.set_version(to_utf8(metadata.version));
  written.set_author(to_utf8(metadata.author));
  written.set_license(to_utf8(metadata.license));
  for (const auto& [key, value] : metadata.user)
    (*written.mutable_user_defined())[to_utf8(key)] = to_utf8(value);
}

}  // namespace corecast::coreml
