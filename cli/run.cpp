// corecast run MODEL [--inputs X.npz] [-o Y.npz]
#include "api/run.h"

#include "api/arrays.h"
#include "api/sizes.h"
#include "base/strings.h"
#include "cli/command.h"

namespace corecast::cli {
namespace {

struct Options {
  std::string model, inputs, output, precision = "native", engine = "cpu", function;
  std::vector<std::string> bake;
  std::uint64_t seed = 0;
  bool force = false;
  api::LoadOptions load;
};

Status run(Options& o, Command& command) {
  TRY_VOID(finish_load_options(o.bake, o.load));
  TRY(const executor::Precision precision, api::precision_from_name(o.precision));
  TRY(const auto* engine, api::engine_from_name(o.engine));
  TRY(const api::SizedModel sized,
      api::load_to_run(o.model, o.load, o.function, command.diagnostics()));
  TRY(api::Session session, api::Session::make(sized.model.module, o.function, precision,
                                               shared_pool(command.global().threads), engine));
  std::vector<api::NamedTensors> samples;
  if (o.inputs.empty()) {
    TRY(samples,
        api::samples_to_run(session.function(), {}, o.seed, sized.sizes, command.diagnostics()));
    command.progress("inputs are generated");
  } else {
    TRY(const api::NamedTensors arrays, api::read_arrays(o.inputs));
    TRY(samples, api::samples_for(session.function(), arrays));
    for (const auto& sample : samples)
      TRY_VOID(api::check_chosen(session.function(), sized.sizes, sample));
  }
  std::vector<api::NamedTensors> results;
  for (const auto& sample : samples) {
    TRY(results.emplace_back(), session.run(sample, nullptr, interrupted()));
  }
  TRY(const api::NamedTensors outputs, api::stacked(results));
  for (const auto& [name, tensor] : outputs) {
    const auto shape = cat("[", join(tensor.dims(), ","), "]");
    double low = 0, high = 0, sum = 0;
    for (std::int64_t i = 0; i < tensor.count(); ++i) {
      const double v = tensor.at(i);
      low = i ? std::min(low, v) : v;
      high = i ? std::max(high, v) : v;
      sum += v;
    }
    const double mean = tensor.count() ? sum / static_cast<double>(tensor.count()) : 0;
    command.say(cat(name, "  ", ir::name_of(tensor.dtype()), shape, "  min ", low, "  max ", high,
                    "  mean ", mean, "\n"));
    command.result()["outputs"].push_back({{"name", name},
                                           {"dtype", ir::name_of(tensor.dtype())},
                                           {"shape", tensor.dims()},
                                           {"min", number(low)},
                                           {"max", number(high)},
                                           {"mean", number(mean)}});
  }
  if (!o.output.empty()) {
    TRY_VOID(api::write_arrays(o.output, outputs, o.force));
    command.say(cat("wrote ", o.output, "\n"));
  }
  return {};
}

}  // namespace

void add_run(CLI::App& app, const Global& global, int& code) {
  auto o = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("run", "Executes a model or package");
  verb->add_option("MODEL", o->model, "ONNX file or Core ML package")->required();
  verb->add_option("--inputs,--data", o->inputs, ".npz or .npy (default: generated)")
      ->type_name("X.npz");
  verb->add_option("-o,--out", o->output, "Where to write the outputs")->type_name("Y.npz");
  verb->add_option("--precision", o->precision, "native, fp32 or fp16")
      ->check(CLI::IsMember({"native", "fp32", "fp16"}))
      ->capture_default_str();
  add_engine_option(*verb, o->engine);
  verb->add_option("--function", o->function, "Function of a multi-function package");
  verb->add_option("--seed", o->seed, "Of generated inputs");
  verb->add_flag("--force", o->force, "Replace an existing output file");
  add_load_options(*verb, o->load, o->bake);
  verb->callback([o, &global, &code] {
    Command command("run", global);
    const Status status = run(*o, command);
    code = command.finish(status);
  });
}

}  // namespace corecast::cli
