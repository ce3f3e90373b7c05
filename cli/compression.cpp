#include "cli/compression.h"

#include <limits>

#include "base/strings.h"
#include "cli/progress.h"

namespace corecast::cli {
namespace {

Error contradiction(std::string message, std::string help = {}) {
  return Error(Code::E1017, std::move(message), std::move(help));
}

json json_of(const compress::WeightReport& w) {
  json j = {{"name", w.name},
            {"ops", w.ops},
            {"dtype", ir::name_of(w.dtype)},
            {"shape", w.dims},
            {"scheme", w.scheme},
            {"reason", w.reason},
            {"bits_per_weight", w.bits_per_weight()},
            {"bytes_before", w.bytes_before},
            {"bytes_after", w.bytes_after}};
  if (w.compressed()) {
    j["sqnr"] = number(w.sqnr());
    j["relative_error"] = number(w.relative_error());
    j["optimum_gap"] = number(w.optimum_gap());
  }
  return j;
}

}  // namespace

void add_compression_options(CLI::App& verb, CompressionFlags& f) {
  // 0 would read as not given; which numbers there are, the scheme says.
  const CLI::Range something(1, std::numeric_limits<int>::max());
  verb.add_option("--recipe", f.recipe, "JSON rules: which weight gets which scheme")
      ->type_name("FILE");
  verb.add_option("--palettize", f.scheme.palettize,
                  "Tables of 2^BITS numbers: 1, 2, 3, 4, 6 or 8 bits")
      ->type_name("BITS")
      ->check(something);
  verb.add_option("--quantize", f.scheme.quantize, "Integers with scales")
      ->check(CLI::IsMember({"int8", "uint8", "int4", "uint4"}));
  verb.add_option("--prune", f.scheme.prune,
                  "The part of the weights that goes (0.5), or n:m (2:4)")
      ->type_name("RATIO");
  verb.add_option("--granularity", f.scheme.granularity,
                  "What shares a table or scale: tensor, channel, group:N, block:N")
      ->type_name("G");
  verb.add_option("--vector", f.scheme.vector, "Palettize: weights per index (2, 4, 8)")
      ->check(something);
  verb.add_option("--scale", f.scheme.scale,
                  "Palettize: scales beside the table: channel or block:N")
      ->type_name("G");
  verb.add_option("--mode", f.scheme.mode,
                  "Palettize: kmeans, uniform, unique; quantize: mse, abs_max, hqq")
      ->check(CLI::IsMember({"kmeans", "uniform", "unique", "mse", "abs_max", "hqq"}));
  verb.add_flag("--asymmetric", f.scheme.asymmetric, "Quantize: with offsets");
  verb.add_option("--target-bpw", f.bits, "Choose schemes: at most so many bits per weight")
      ->type_name("BITS")
      ->check(CLI::PositiveNumber);
  verb.add_option("--target-size", f.size, "Choose schemes: a package of at most this size, 12MB")
      ->type_name("SIZE");
  verb.add_option("--max-drop", f.max_drop,
                  "Choose schemes: the smallest whose outputs hold this, psnr=40,top1=0.99")
      ->type_name("LIST");
  verb.add_option("--max-memory", f.memory,
                  "Do not run the model, and wait on disk, rather than take more (default 8GiB)")
      ->type_name("SIZE");
}

Status read_compression(const CompressionFlags& f, std::optional<mil::Target> target,
                        api::CompressOptions& options) {
  options.target = target;
  if (!f.memory.empty()) {
    TRY(options.max_memory, api::parse_size(f.memory));
  }
  std::vector<std::string> ways;
  const auto way = [&](bool given, const char* name) {
    if (given) ways.emplace_back(name);
  };
  way(!f.recipe.empty(), "--recipe");
  way(f.scheme.any(), "--palettize, --quantize and --prune");
  way(f.bits > 0, "--target-bpw");
  way(!f.size.empty(), "--target-size");
  way(!f.max_drop.empty(), "--max-drop");
  if (ways.size() > 1)
    return contradiction(cat(join(ways, " and "), " exclude each other"), "give one of them");
  TRY_VOID(api::check_words(f.scheme, ways.empty() || f.scheme.any() ? "" : ways.front()));
  if (f.bits > 0) options.goal.bits_per_weight = f.bits;
  if (!f.size.empty()) {
    TRY(options.goal.bytes, api::parse_size(f.size));
  }
  if (!f.max_drop.empty()) {
    TRY(options.goal.max_drop, api::parse_max_drop(f.max_drop));
  }
  if (options.goal.any()) return {};
  if (!f.recipe.empty()) {
    TRY(options.recipe, api::read_recipe(f.recipe));
    return {};
  }
  if (ways.empty())
    return contradiction("nothing says how to compress",
                         "for example --palettize 4, --quantize int8, --target-bpw 4.5");
  TRY(compress::Scheme scheme, api::make_scheme(f.scheme));
  options.recipe = compress::uniform_recipe(std::move(scheme));
  return {};
}

Status run_compression(ir::Module& module, api::CompressOptions options, Command& command) {
  api::Compression c;
  {
    ProgressBar bar(interactive() && !command.global().quiet);
    options.progress.report = [&](std::string_view stage, double fraction) {
      bar.update(stage, fraction);
    };
    TRY(c, api::compress(module, options, command.diagnostics()));
  }
  json& r = command.result()["compression"];
  r = {{"weights", json::array()},
       {"compressed", c.report.compressed()},
       {"bytes_before", c.report.bytes_before() + c.report.small_bytes},
       {"bytes_after", c.report.bytes_after() + c.report.small_bytes},
       {"bits_per_weight", c.report.bits_per_weight()},
       {"goal", c.goal},
       {"outputs", json::array()}};
  for (const auto& w : c.report.weights) r["weights"].push_back(json_of(w));
  for (const auto& o : c.outputs) {
    const auto& m = o.metrics;
    r["outputs"].push_back({{"name", o.name},
                            {"max_abs", number(m.max_abs)},
                            {"max_rel", number(m.max_rel)},
                            {"rmse", number(m.rmse)},
                            {"psnr", number(m.psnr)},
                            {"sqnr", number(m.sqnr)},
                            {"cosine", number(m.cosine)},
                            {"top1", number(m.top1)}});
  }
  command.say(api::to_text(c));
  return {};
}

}  // namespace corecast::cli
