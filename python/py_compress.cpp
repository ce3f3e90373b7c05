// compress and decompress: a Model made smaller, with the report of what it cost.
#include "api/compress.h"
#include "api/targets.h"
#include "base/strings.h"
#include "compress/encode.h"
#include "ops/ops.h"
#include "python/bindings.h"
#include "python/model.h"

namespace corecast::python {
namespace {

using ModelPtr = std::shared_ptr<Model>;

py::dict weight_dict(const compress::WeightReport& w) {
  py::dict d;
  d["name"] = w.name;
  d["ops"] = w.ops;
  d["dtype"] = numpy_name(w.dtype);
  d["shape"] = py::tuple(py::cast(w.dims));
  d["scheme"] = w.scheme;
  d["reason"] = w.reason;
  d["bits_per_weight"] = w.bits_per_weight();
  d["bytes_before"] = w.bytes_before;
  d["bytes_after"] = w.bytes_after;
  d["sqnr"] = w.sqnr();
  d["relative_error"] = w.relative_error();
  d["optimum_gap"] = w.optimum_gap();
  d["compressed"] = w.compressed();
  return d;
}

py::object report_dict(const Model& model) {
  if (!model.compression) return py::none();
  const api::Compression& c = *model.compression;
  py::dict d;
  py::list weights, outputs;
  for (const auto& w : c.report.weights) weights.append(weight_dict(w));
  for (const auto& o : c.outputs) {
    py::dict cost;
    cost["name"] = o.name;
    cost["max_abs"] = o.metrics.max_abs;
    cost["max_rel"] = o.metrics.max_rel;
    cost["rmse"] = o.metrics.rmse;
    cost["psnr"] = o.metrics.psnr;
    cost["sqnr"] = o.metrics.sqnr;
    cost["cosine"] = o.metrics.cosine;
    cost["top1"] = o.metrics.top1;
    outputs.append(cost);
  }
  d["weights"] = weights;
  d["outputs"] = outputs;
  d["bytes_before"] = c.report.bytes_before() + c.report.small_bytes;
  d["bytes_after"] = c.report.bytes_after() + c.report.small_bytes;
  d["bits_per_weight"] = c.report.bits_per_weight();
  d["goal"] = c.goal;
  d["text"] = api::to_text(c);
  return d;
}

/// A copy of the model as it is to be written, to be changed.
Result<api::Model> to_be_written(const Model& source, std::optional<mil::Target> target,
                                 const std::atomic<bool>& cancelled, Diagnostics& diagnostics) {
  api::ConvertOptions options;
  options.target = target;
  options.threads = threads();
  options.progress.cancelled = &cancelled;
  TRY(ir::Module module, api::converted(source.model(), options, diagnostics));
  return api::Model{std::move(module), source.model().path, std::string(api::kPackageFormat)};
}

ModelPtr finish(api::Model model, const Model& source, const Diagnostics& diagnostics) {
  ModelPtr out =
      take(Model::make(std::move(model), source.function().name, source.how(), diagnostics.all()));
  out->target = source.target;
  return out;
}

using Functions = std::map<std::string, py::function>;

/// Calls table(weight) -> (entries, indices) of the scheme, holding the interpreter lock.
compress::CustomTables tables_of(const Functions& functions) {
  return [&functions](const std::string& name, const compress::Weight& weight,
                      const compress::Values& values) -> Result<compress::CustomTable> {
    const auto failed = [&](const std::string& why) {
      return Error(Code::E1303,
                   cat("the table function for weight ", quote(weight.name), " failed: ", why),
                   "it takes an array and returns (table, indices)");
    };
    const py::gil_scoped_acquire held;
    try {
      const auto it = functions.find(name);
      if (it == functions.end()) return failed("there is none");
      ir::Tensor w = ir::Tensor::empty(ir::DType::f32, weight.dims);
      const auto out = w.mutable_data<float>();
      for (std::int64_t i = 0; i < values.size(); ++i) out[static_cast<std::size_t>(i)] = values[i];
      const py::tuple pair = py::tuple(it->second(to_numpy(std::move(w))));
      if (pair.size() != 2) return failed(cat("it returned ", pair.size(), " things, not two"));
      const ir::Tensor entries = to_tensor(pair[0], "table"),
                       indices = to_tensor(pair[1], "indices");
      compress::CustomTable table;
      for (std::int64_t i = 0; i < entries.count(); ++i)
        table.entries.push_back(static_cast<float>(entries.at(i)));
      table.indices.reserve(static_cast<std::size_t>(indices.count()));
      for (std::int64_t i = 0; i < indices.count(); ++i) {
        const double index = indices.at(i);
        if (!(index >= 0 && index <= 255)) return failed(cat("index ", index, " of weight ", i));
        table.indices.push_back(static_cast<std::uint8_t>(index));
      }
      return table;
    } catch (const py::error_already_set& e) {
      return failed(e.what());
    } catch (const Failure& e) {
      return failed(e.error.message);
    }
  };
}

ModelPtr compress_model(const ModelPtr& source, const std::string& recipe,
                        const std::string& recipe_file, std::optional<double> bits_per_weight,
                        const std::string& size, const std::string& max_drop,
                        const std::string& target, const std::optional<std::string>& data,
                        std::uint64_t seed, bool measure, const Functions& functions) {
  api::CompressOptions options;
  if (!recipe.empty()) options.recipe = take(compress::parse_recipe(recipe));
  if (!recipe_file.empty()) options.recipe = take(api::read_recipe(recipe_file));
  options.goal.bits_per_weight = bits_per_weight;
  if (!size.empty()) options.goal.bytes = take(api::parse_size(size));
  if (!max_drop.empty()) options.goal.max_drop = take(api::parse_max_drop(max_drop));
  options.target = take(api::parse_target(target));
  if (!options.target) options.target = source->target;
  options.data = data;
  options.seed = seed;
  options.measure = measure;
  options.threads = threads();
  options.custom = tables_of(functions);
  std::optional<api::Model> model;
  Diagnostics diagnostics;
  auto done = interruptible([&](const std::atomic<bool>& cancelled) -> Result<api::Compression> {
    TRY(model, to_be_written(*source, options.target, cancelled, diagnostics));
    options.progress.cancelled = &cancelled;
    return api::compress(model->module, options, diagnostics);
  });
  api::Compression compression = take(std::move(done), diagnostics);
  ModelPtr out = finish(std::move(*model), *source, diagnostics);
  if (options.target) out->target = options.target;
  out->compression = std::move(compression);
  return out;
}

ModelPtr decompress_model(const ModelPtr& source) {
  Diagnostics diagnostics;
  auto done = interruptible([&](const std::atomic<bool>& cancelled) -> Result<api::Model> {
    TRY(api::Model model, to_be_written(*source, source->target, cancelled, diagnostics));
    api::decompress(model.module);
    return model;
  });
  return finish(take(std::move(done), diagnostics), *source, diagnostics);
}

/// What readers of the package make of a coded weight.
ir::Tensor decoded(const compress::Encoded& e) {
  ir::Function f;
  ir::Builder builder(f, ops::registry());
  const ir::ValueId v = compress::write_form(builder, e.form, {}, "weight");
  auto dense = compress::dense_value(f, v);
  CC_CHECK(dense, "what was just written can be evaluated");
  return std::move(*dense);
}

/// Codes one array by the first rule of a recipe: for benchmarks and tests, which compare times and
/// errors on weights in memory. With `decode` the result has the decoded "values" too.
py::dict encode_array(const py::object& array, const std::string& recipe, int thread_count,
                      bool decode) {
  const ir::Tensor given = to_tensor(array, "weight");
  const auto tensor = ir::Tensor::from_bytes(given.dtype(), given.dims(), given.bytes());
  const compress::Recipe rules = take(compress::parse_recipe(recipe));
  compress::Weight weight;
  weight.name = "weight";
  weight.dtype = tensor.dtype();
  weight.dims = tensor.dims();
  weight.input_axis = tensor.rank() > 1 ? 1 : 0;
  const compress::Scheme& scheme = rules.rules.at(0).scheme;
  if (const auto why = compress::misfit(scheme, weight); !why.empty())
    throw Failure{Error(Code::E1302, why), {}};
  compress::Encoded e;
  double seconds = 0;
  {
    const py::gil_scoped_release release;
    ThreadPool pool(corecast::thread_count(thread_count));
    const auto start = std::chrono::steady_clock::now();
    const auto loaded = take(compress::LoadedWeight::read(tensor, pool));
    e = take(compress::encode(loaded, weight, scheme, {}, pool));
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  py::dict d;
  d["seconds"] = seconds;
  d["bytes"] = e.bytes;
  d["error"] = e.error;
  d["signal"] = e.signal;
  d["bound"] = e.bound;
  if (decode) d["values"] = to_numpy(decoded(e));
  return d;
}

}  // namespace

void define_compress(py::module_& m) {
  m.def("compress", &compress_model, py::arg("model"), py::kw_only(), py::arg("recipe"),
        py::arg("recipe_file"), py::arg("bits_per_weight"), py::arg("size"), py::arg("max_drop"),
        py::arg("target"), py::arg("data"), py::arg("seed"), py::arg("measure"),
        py::arg("functions"));
  m.def("decompress", &decompress_model, py::arg("model"));
  m.def("compression_of", &report_dict, py::arg("model"));
  m.def("encode_array", &encode_array, py::arg("array"), py::arg("recipe"), py::arg("threads") = 0,
        py::arg("decode") = false);
}

}  // namespace corecast::python
