#include "api/sizes.h"

#include <algorithm>

#include "api/detail/samples.h"
#include "base/strings.h"
#include "validator/inputs.h"

namespace corecast::api {
namespace {

/// "[1,3,224,224]" of numbers, and of sizes with their ranges.
std::string shape_text(const ir::Function& f, const ir::Shape& shape) {
  std::vector<std::string> parts;
  for (const ir::Dim& d : shape) {
    std::string part = d.to_string();
    const auto symbol = d.as_symbol();
    const auto range = symbol ? f.symbols.find(*symbol) : f.symbols.end();
    if (range != f.symbols.end()) {
      const auto [low, high] = range->second;
      part += cat("=", low, "..", high < 0 ? "" : cat(high));
    }
    parts.push_back(std::move(part));
  }
  return cat("[", join(parts, ","), "]");
}

bool within(const ir::SymbolRange& range, std::int64_t size) {
  return size >= range.lo && (range.hi < 0 || size <= range.hi);
}

/// The choice while it is being made.
class Choice {
 public:
  explicit Choice(const ir::Function& f) : f_(f) {}

  Status take(const std::string& text) {
    TRY(const InputSpec spec, parse_input(text));
    const auto found = std::find_if(f_.inputs.begin(), f_.inputs.end(),
                                    [&](const ir::Feature& x) { return x.name == spec.name; });
    const bool is_input = found != f_.inputs.end();
    if (!spec.shape && !spec.dtype && !is_input) return take_size(text, spec);
    if (!is_input)
      return refused(cat("the model has no input ", quote(spec.name)),
                     cat("its inputs are ", join(input_names())));
    const auto i = static_cast<std::size_t>(found - f_.inputs.begin());
    const ir::Type& type = f_.type(f_.block(f_.entry()).args[i]);
    if (!spec.shape || (spec.dtype && *spec.dtype != type.dtype))
      return refused(
          cat("a run chooses sizes only, not what ", quote(text), " says"),
          cat("input ", quote(spec.name), " is ", ir::name_of(type.dtype), allowed_shapes(f_, i)));
    if (spec.shape->size() != type.shape.size()) return misfit(i, *spec.shape);
    for (std::size_t d = 0; d < type.shape.size(); ++d) TRY_VOID(take_dim(i, *spec.shape, d));
    return {};
  }

  /// Sizes that were left open take those of the first enumerated shape that fits.
  Status complete() {
    for (std::size_t i = 0; i < f_.inputs.size(); ++i) {
      const auto& allowed = f_.inputs[i].enumerated;
      if (allowed.empty()) continue;
      const ir::Shape& shape = f_.type(f_.block(f_.entry()).args[i]).shape;
      const auto fits = [&](const std::vector<std::int64_t>& dims) {
        for (std::size_t d = 0; d < shape.size() && d < dims.size(); ++d) {
          const auto size = shape[d].evaluate(sizes_);
          if (size && *size != dims[d]) return false;
        }
        return dims.size() == shape.size();
      };
      const auto chosen = std::find_if(allowed.begin(), allowed.end(), fits);
      if (chosen == allowed.end()) return misfit(i, at_sizes(shape));
      for (std::size_t d = 0; d < shape.size(); ++d) {
        if (const auto symbol = shape[d].as_symbol()) sizes_[*symbol] = (*chosen)[d];
      }
    }
    return {};
  }

  ir::SymbolValues sizes() && { return std::move(sizes_); }

 private:
  static Error refused(std::string message, std::string help) {
    return Error(Code::E1002, std::move(message), std::move(help));
  }

  Error misfit(std::size_t input, const ir::Shape& shape) const {
    return refused(cat("input ", quote(f_.inputs[input].name), " cannot be ", ir::to_string(shape)),
                   cat("it takes ", allowed_shapes(f_, input)));
  }

  std::vector<std::string> input_names() const {
    std::vector<std::string> names;
    for (const auto& input : f_.inputs) names.push_back(input.name);
    return names;
  }

  ir::Shape at_sizes(const ir::Shape& shape) const {
    ir::Shape out;
    for (const ir::Dim& d : shape) {
      const auto size = d.evaluate(sizes_);
      out.push_back(size ? ir::Dim(*size) : d);
    }
    return out;
  }

  Status set(const std::string& symbol, std::int64_t size) {
    const auto [it, fresh] = sizes_.try_emplace(symbol, size);
    if (fresh || it->second == size) return {};
    return refused(cat("size ", symbol, " cannot be ", it->second, " and ", size),
                   "equal names of sizes stand for equal sizes");
  }

  /// "seq=64"
  Status take_size(const std::string& text, const InputSpec& spec) {
    const auto range = f_.symbols.find(spec.name);
    if (range == f_.symbols.end()) {
      std::vector<std::string> names;
      for (const auto& [name, unused] : f_.symbols) names.push_back(name);
      return refused(cat("the model has no input or size ", quote(spec.name)),
                     names.empty() ? "none of its sizes is flexible"
                                   : cat("its flexible sizes are ", join(names)));
    }
    const auto given = spec.ranges.find(spec.name);
    if (given == spec.ranges.end() || given->second.lo != given->second.hi)
      return refused(cat("a run has one size, not ", quote(text)), "give a number");
    const std::int64_t size = given->second.lo;
    const auto [low, high] = range->second;
    if (!within(range->second, size))
      return refused(cat("size ", spec.name, " cannot be ", size),
                     cat("it is ", low, " to ", high < 0 ? "any" : cat(high)));
    return set(spec.name, size);
  }

  /// Dimension `d` of what was said of an input.
  Status take_dim(std::size_t input, const ir::Shape& said, std::size_t d) {
    const ir::Dim& declared = f_.type(f_.block(f_.entry()).args[input]).shape[d];
    if (said[d] == declared) return {};  // the size's own name: left open
    const auto size = said[d].constant();
    const auto symbol = declared.as_symbol();
    if (!size || (!symbol && declared.constant())) return misfit(input, said);
    if (!symbol) return {};  // an expression of sizes: check_chosen and the run see to it
    const auto range = f_.symbols.find(*symbol);
    if (range != f_.symbols.end() && !within(range->second, *size)) return misfit(input, said);
    return set(*symbol, *size);
  }

  const ir::Function& f_;
  ir::SymbolValues sizes_;
};

}  // namespace

Result<ir::SymbolValues> choose_sizes(const ir::Function& f,
                                      const std::vector<std::string>& inputs) {
  if (inputs.empty()) return ir::SymbolValues{};
  Choice choice(f);
  for (const std::string& text : inputs) TRY_VOID(choice.take(text));
  TRY_VOID(choice.complete());
  return std::move(choice).sizes();
}

Status check_chosen(const ir::Function& f, const ir::SymbolValues& sizes,
                    const NamedTensors& sample) {
  const auto& args = f.block(f.entry()).args;
  for (std::size_t i = 0; i < f.inputs.size() && !sizes.empty(); ++i) {
    const auto given = sample.find(f.inputs[i].name);
    const ir::Shape& shape = f.type(args[i]).shape;
    if (given == sample.end() || given->second.dims().size() != shape.size()) continue;
    for (std::size_t d = 0; d < shape.size(); ++d) {
      const auto size = shape[d].evaluate(sizes);
      if (!size || *size == given->second.dims()[d]) continue;
      return Error(Code::E1002,
                   cat("--input makes dimension ", d, " of ", quote(f.inputs[i].name), " ", *size,
                       ", the array given is [", join(given->second.dims(), ","), "]"),
                   "leave --input out: arrays have sizes of their own");
    }
  }
  return {};
}

Result<std::vector<NamedTensors>> samples_to_run(const ir::Function& f,
                                                 const std::optional<std::string>& data,
                                                 std::uint64_t seed, const ir::SymbolValues& sizes,
                                                 Diagnostics& diagnostics,
                                                 const std::vector<RangeOf>& ranges) {
  std::vector<NamedTensors> samples;
  if (!data) {
    TRY(auto intervals, intervals_of(f, ranges));
    TRY(samples.emplace_back(),
        validator::generate_inputs(
            f, {.seed = seed, .symbols = sizes, .ranges = std::move(intervals)}));
    return samples;
  }
  TRY(Samples given, samples_of(f, {.data = data}, diagnostics));
  for (const NamedTensors& sample : given.samples) TRY_VOID(check_chosen(f, sizes, sample));
  return std::move(given.samples);
}

std::string allowed_shapes(const ir::Function& f, std::size_t input) {
  const ir::Feature& feature = f.inputs[input];
  if (feature.enumerated.empty())
    return shape_text(f, f.type(f.block(f.entry()).args[input]).shape);
  std::vector<std::string> shapes;
  for (const auto& dims : feature.enumerated) shapes.push_back(cat("[", join(dims, ","), "]"));
  return join(shapes, " or ");
}

Result<SizedModel> load_to_run(const std::string& path, const LoadOptions& options,
                               const std::string& function, Diagnostics& diagnostics) {
  const bool fixed = converter::frontend_of(path, options.frontends).interface == nullptr;
  LoadOptions to_load = options;
  if (fixed) to_load.inputs.clear();
  TRY(Model model, load(path, to_load, diagnostics));
  if (!fixed || options.inputs.empty()) return SizedModel{std::move(model), {}};
  const ir::Function* f =
      model.module.find(function.empty() ? model.module.default_function : function);
  // That there is none is said by who makes the session.
  if (!f) return SizedModel{std::move(model), {}};
  auto sizes = choose_sizes(*f, options.inputs);
  if (!sizes) return std::move(sizes).error().with_file(path);
  return SizedModel{std::move(model), std::move(*sizes)};
}

}  // namespace corecast::api
