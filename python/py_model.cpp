// Model: what load and convert give.
#include "api/convert.h"
#include "api/inspect.h"
#include "base/strings.h"
#include "ir/print.h"
#include "ir/text_names.h"
#include "python/bindings.h"
#include "python/model.h"

namespace corecast::python {
namespace {

using ModelPtr = std::shared_ptr<Model>;

FeatureView view(const ir::Function& f, const ir::Feature& feature, const ir::Type& type) {
  FeatureView v{feature.name, numpy_name(type.dtype), feature.description, {},
                {},           feature.enumerated,     std::nullopt,        {},
                {},           feature.optional};
  for (const auto& dim : type.shape) {
    if (const auto size = dim.constant())
      v.shape.emplace_back(*size);
    else
      v.shape.emplace_back(dim.to_string());
    for (const auto& symbol : dim.symbols()) {
      const auto range = f.symbols.find(symbol);
      if (range == f.symbols.end()) continue;
      v.ranges[symbol] = {range->second.lo,
                          range->second.hi < 0 ? std::nullopt : std::optional(range->second.hi)};
    }
  }
  if (feature.image) v.image = std::string(ir::color_name(feature.image->color));
  return v;
}

std::vector<FeatureView> arguments(const Model& m, bool states) {
  const ir::Function& f = m.function();
  const auto& args = f.block(f.entry()).args;
  std::vector<FeatureView> out;
  for (std::size_t i = 0; i < args.size(); ++i) {
    if ((f.type(args[i]).kind == ir::TypeKind::state) != states) continue;
    out.push_back(view(f, f.inputs[i], f.type(args[i])));
    if (!f.inputs[i].image) continue;
    api::PixelMap pixels = api::pixel_map(f, i);
    out.back().image_scale = std::move(pixels.scale);
    out.back().image_bias = std::move(pixels.bias);
  }
  return out;
}

std::vector<FeatureView> results(const Model& m) {
  const ir::Function& f = m.function();
  const auto& values = f.block(f.entry()).results;
  std::vector<FeatureView> out;
  for (std::size_t i = 0; i < values.size(); ++i)
    out.push_back(view(f, f.outputs[i], f.type(values[i])));
  return out;
}

py::tuple shape_tuple(const FeatureView& v) {
  py::tuple out(v.shape.size());
  for (std::size_t i = 0; i < v.shape.size(); ++i) out[i] = py::cast(v.shape[i]);
  return out;
}

py::dict run(const ModelPtr& m, const py::dict& inputs, State* state) {
  api::NamedTensors given = to_tensors(inputs);
  Result<api::NamedTensors> out = [&] {
    const py::gil_scoped_release release;
    return m->run(given, state, pool());
  }();
  given.clear();  // an input passed straight through is copied, not handed out
  return to_numpy(take(std::move(out)));
}

std::unique_ptr<State> make_state(const Model& m) {
  std::map<std::string, ir::Type> types;
  const ir::Function& f = m.function();
  const auto& args = f.block(f.entry()).args;
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (f.type(args[i]).kind == ir::TypeKind::state)
      types.emplace(f.inputs[i].name, f.type(args[i]));
  }
  return std::make_unique<State>(std::move(types));
}

api::Saved save(const ModelPtr& m, const std::string& path, bool force) {
  Diagnostics diagnostics;
  auto saved = interruptible([&](const std::atomic<bool>& cancelled) {
    api::SaveOptions options;
    options.target = m->target;
    options.force = force;
    options.threads = threads();
    options.cancelled = &cancelled;
    return api::save(m->module(), path, options, diagnostics);
  });
  return take(std::move(saved), diagnostics);
}

py::dict stats(const Model& m) {
  const api::Inspection i = [&] {
    const py::gil_scoped_release release;
    return api::inspect(m.model());
  }();
  py::dict out;
  std::int64_t count = 0;
  for (const auto& [name, n] : i.ops) count += n;
  out["op_count"] = count;
  out["ops"] = i.ops;
  out["parameters"] = i.parameters;
  out["weight_bytes"] = i.weight_bytes;
  out["macs"] = i.macs;
  out["target"] = i.target;
  return out;
}

py::dict metadata(const Model& m) {
  const ir::Metadata& meta = m.module().metadata;
  py::dict out;
  out["author"] = meta.author;
  out["license"] = meta.license;
  out["version"] = meta.version;
  out["description"] = meta.description;
  for (const auto& [key, value] : meta.user) out[py::str(key)] = value;
  return out;
}

void set_metadata(Model& m, const std::map<std::string, std::string>& values) {
  ir::Metadata meta;
  for (const auto& [key, value] : values) {
    if (key == "author")
      meta.author = value;
    else if (key == "license")
      meta.license = value;
    else if (key == "version")
      meta.version = value;
    else if (key == "description")
      meta.description = value;
    else
      meta.user[key] = value;
  }
  m.metadata() = std::move(meta);
}

std::string text(const Model& m, std::int64_t dense_limit) {
  const py::gil_scoped_release release;
  ir::PrintOptions options;
  options.dense_limit = dense_limit;
  return ir::print(m.module(), options);
}

ModelPtr load(const std::string& path, const std::string& function, const std::string& precision,
              const std::string& engine) {
  Diagnostics diagnostics;
  const Computed how{take(api::precision_from_name(precision)),
                     take(api::engine_from_name(engine))};
  take(executor::check_available(*how.engine));  // now, not at the first run
  auto model = interruptible([&](const std::atomic<bool>& cancelled) {
    return api::load(path, {.stop = &cancelled}, diagnostics);
  });
  api::Model loaded = take(std::move(model), diagnostics);
  ModelPtr out = take(Model::make(std::move(loaded), function, how, diagnostics.all()));
  out->unchanged = true;
  return out;
}

void define_feature(py::module_& m) {
  py::class_<FeatureView>(m, "Feature", "An input, output or state of a model.")
      .def_readonly("name", &FeatureView::name)
      .def_readonly("dtype", &FeatureView::dtype, "Element type, as numpy spells it.")
      .def_property_readonly("shape", &shape_tuple, "Sizes: numbers, and text for flexible ones.")
      .def_readonly("ranges", &FeatureView::ranges,
                    "(lowest, highest or None) of each flexible size.")
      .def_readonly("enumerated", &FeatureView::enumerated,
                    "The only shapes allowed; empty: any within the ranges.")
      .def_readonly("image", &FeatureView::image,
                    "'rgb', 'bgr', 'grayscale', 'grayscale_f16', or None for an array.")
      .def_readonly("image_scale", &FeatureView::image_scale,
                    "What the model multiplies an image input's pixels by: one number, or one for "
                    "each channel.")
      .def_readonly("image_bias", &FeatureView::image_bias, "Likewise what it adds then.")
      .def_readonly("optional", &FeatureView::optional,
                    "Whether the package declares that apps may leave it out.")
      .def_readonly("description", &FeatureView::description)
      .def("__repr__", [](const FeatureView& v) {
        return cat("Feature(name=", quote(v.name), ", dtype=", quote(v.dtype),
                   ", shape=", std::string(py::repr(shape_tuple(v))), ")");
      });
}

void define_saved(py::module_& m) {
  py::class_<api::Saved>(m, "Saved", "What save wrote.")
      .def_readonly("path", &api::Saved::path)
      .def_property_readonly(
          "target", [](const api::Saved& s) { return std::string(mil::name_of(s.target)); })
      .def_readonly("target_reason", &api::Saved::target_reason, "Why not an older one.")
      .def_readonly("bytes", &api::Saved::bytes)
      .def_readonly("weight_bytes", &api::Saved::weight_bytes)
      .def_readonly("ops", &api::Saved::ops)
      .def_readonly("read_back", &api::Saved::read_back,
                    "Compressed weights that were read back and compared, bit for bit.")
      .def("__repr__", [](const api::Saved& s) {
        return cat("Saved(path=", quote(s.path),
                   ", target=", quote(std::string(mil::name_of(s.target))), ", bytes=", s.bytes,
                   ", ops=", s.ops, ")");
      });
}

}  // namespace

void define_model(py::module_& m) {
  define_feature(m);
  define_saved(m);
  py::class_<Model, ModelPtr>(m, "Model",
                              "A model: run it, save it, look into it. Made by load and convert.")
      .def("run", &run, py::arg("inputs"), py::arg("state") = nullptr,
           "Runs on {name: array}; gives {name: array}. Any element type is taken that converts "
           "without loss.")
      .def("make_state", &make_state, "Zeros for every state of the model, to be given to run.")
      .def("_save", &save, py::arg("path"), py::arg("force"))
      .def_property_readonly("inputs", [](const Model& x) { return arguments(x, false); })
      .def_property_readonly("outputs", &results)
      .def_property_readonly("states", [](const Model& x) { return arguments(x, true); })
      .def_property_readonly(
          "labels",
          [](const Model& x) {
            const auto& labels = x.module().class_labels;
            return labels ? std::optional(labels->labels) : std::nullopt;
          },
          "A classifier's classes by index, else None.")
      .def_property("_metadata", &metadata, &set_metadata)
      .def_property_readonly(
          "function", [](const Model& x) { return x.function().name; }, "The function that runs.")
      .def_property_readonly("functions",
                             [](const Model& x) {
                               std::vector<std::string> names;
                               for (const auto& f : x.module().functions) names.push_back(f.name);
                               return names;
                             })
      .def_property_readonly("precision",
                             [](const Model& x) { return executor::name_of(x.how().precision); })
      .def_property_readonly(
          "engine", [](const Model& x) { return x.how().engine->name; }, "What computes its runs.")
      .def_property_readonly(
          "path", [](const Model& x) { return x.model().path; }, "Where it was read from.")
      .def_property_readonly(
          "format", [](const Model& x) { return x.model().format; }, "'onnx' or 'coreml'.")
      .def_property_readonly(
          "problems", [](const Model& x) { return x.problems(); },
          "Warnings and notes of reading and converting.")
      .def_readonly("unchanged", &Model::unchanged, "Whether it is what the file at `path` holds.")
      .def("stats", &stats,
           "Operators, parameters, bytes of weights by type, multiply-adds, lowest target.")
      .def("text", &text, py::arg("dense_limit") = 16,
           "The model in the IR's text form; larger constants are left out.")
      .def("__repr__", [](const Model& x) {
        return cat("<corecast.Model ", x.model().path.empty() ? "" : quote(x.model().path) + " ",
                   x.function().op_count(), " ops, ", arguments(x, false).size(), " inputs, ",
                   results(x).size(), " outputs>");
      });
  m.def("load", &load, py::arg("path"), py::arg("function") = "", py::arg("precision") = "native",
        py::arg("engine") = "cpu");
}

}  // namespace corecast::python
