#include "api/model.h"

#include <algorithm>

#include "api/detail/image_input.h"
#include "api/detail/load_record.h"
#include "api/detail/required_sizes.h"
#include "base/strings.h"

namespace corecast::api {
namespace {

using converter::Frontend;

// "sr=16000" fixes an input; "seq=64" a size: whichever the model has.
Status apply_sizes(const std::vector<InputSpec>& specs, ir::Function& f) {
  for (const InputSpec& spec : specs) {
    for (const auto& [symbol, range] : spec.ranges) {
      const auto it = f.symbols.find(symbol);
      if (it != f.symbols.end()) it->second = range;
    }
  }
  // Enumerated sizes become whole shapes.
  for (const InputSpec& spec : specs) {
    if (spec.enumerated.empty() || spec.ranges.empty()) continue;
    const std::string& symbol = spec.ranges.begin()->first;
    const auto& args = f.block(f.entry()).args;
    for (std::size_t i = 0; i < args.size(); ++i) {
      const auto& shape = f.type(args[i]).shape;
      const auto depends = [&](const ir::Dim& d) {
        const auto s = d.symbols();
        return std::find(s.begin(), s.end(), symbol) != s.end();
      };
      if (std::none_of(shape.begin(), shape.end(), depends)) continue;
      for (const auto value : spec.enumerated) {
        std::vector<std::int64_t> dims;
        for (const auto& d : shape) {
          const auto v = d.evaluate({{symbol, value}});
          if (!v) {
            return Error(Code::E1019, cat("enumerated sizes need every other size of input ",
                                          quote(f.inputs[i].name), " fixed"));
          }
          dims.push_back(*v);
        }
        f.inputs[i].enumerated.push_back(std::move(dims));
      }
    }
  }
  return {};
}

/// The options as the frontend takes them. "name=number" gives an input its value where the model
/// has such an input, else it fixes a size.
Result<converter::ImportOptions> import_options(const Frontend& frontend, const std::string& path,
                                                const std::vector<InputSpec>& specs,
                                                const LoadOptions& options) {
  converter::ImportOptions import;
  import.outputs = options.outputs;
  import.stop = options.stop;
  for (const auto& [name, value] : options.bake)
    import.inputs[name].value = ir::Tensor::scalar(value);
  std::vector<const InputSpec*> values;
  for (const InputSpec& s : specs) {
    if (s.shape || s.dtype) {
      auto& override = import.inputs[s.name];
      override.shape = s.shape;
      override.dtype = s.dtype;
    } else if (s.value) {
      values.push_back(&s);
    }
  }
  if (values.empty()) return import;
  TRY(const auto names, frontend.interface(path));
  for (const InputSpec* s : values) {
    if (std::find(names.begin(), names.end(), s->name) != names.end()) {
      import.inputs[s->name].value = ir::Tensor::scalar(*s->value);
    } else {
      import.sizes[s->name] = static_cast<std::int64_t>(*s->value);
    }
  }
  return import;
}

/// Imports, and again with the sizes that turn out to be decided by the model's ops.
Result<ir::Module> import_at_decided_sizes(const Frontend& frontend, const std::string& path,
                                           converter::ImportOptions import,
                                           std::vector<InputSpec>& specs,
                                           Diagnostics& diagnostics) {
  Diagnostics notes, own;
  auto module = frontend.import(path, import, own);
  while (module) {
    std::vector<InputSpec> decided = specs;
    Diagnostics said, again;
    TRY(auto shapes, required_shapes(module->main(), decided, said));
    if (shapes.empty()) break;
    for (auto& [name, shape] : shapes) import.inputs[name].shape = std::move(shape);
    auto fitted = frontend.import(path, import, again);
    if (!fitted && import.stop.requested()) return fitted;
    if (!fitted) break;  // what there is can be used
    module = std::move(fitted);
    own = std::move(again);
    specs = std::move(decided);
    notes.append(said);
  }
  diagnostics.append(own);
  if (module) diagnostics.append(notes);
  return module;
}

Result<ir::Module> load_with(const Frontend& frontend, const std::string& path,
                             const LoadOptions& options, Diagnostics& diagnostics) {
  if (!frontend.interface) {
    if (options.empty()) return frontend.import(path, {.stop = options.stop}, diagnostics);
    return Error(Code::E1008, cat(frontend.noun,
                                  "'s interface is fixed: --input, --output, --bake and --image "
                                  "do not apply"));
  }
  std::vector<InputSpec> specs;
  for (const auto& text : options.inputs) {
    TRY(specs.emplace_back(), parse_input(text));
  }
  TRY(const auto import, import_options(frontend, path, specs, options));
  TRY(ir::Module module, import_at_decided_sizes(frontend, path, import, specs, diagnostics));
  TRY_VOID(apply_sizes(specs, module.main()));
  LoadOptions used = options;
  TRY_VOID(apply_image_inputs(used.images, module));
  record_load_options(used, module.metadata);
  return module;
}

}  // namespace

bool looks_like_package(const std::string& path) {
  return converter::frontend_of(path).name == kPackageFormat;
}

Result<Model> load(const std::string& path, const LoadOptions& options, Diagnostics& diagnostics) {
  const Frontend& frontend = converter::frontend_of(path, options.frontends);
  auto module = load_with(frontend, path, options, diagnostics);
  if (!module) return std::move(module).error().with_file(path);
  return Model{std::move(*module), path, std::string(frontend.name)};
}

}  // namespace corecast::api
