#include "cli/compression.h"

#include "base/mapped_file.h"
#include "base/strings.h"
#include "cli/progress.h"

namespace corecast::cli {
namespace {

using compress::Granularity;
using Kind = Granularity::Kind;

Error contradiction(std::string message, std::string help = {}) {
  return Error(Code::E1017, std::move(message), std::move(help));
}

Status read_palettize(const CompressionFlags& f, const std::optional<Granularity>& granularity,
                      compress::Palettize& p) {
  p.bits = f.palettize;
  if (granularity) p.granularity = *granularity;
  if (f.vector > 0) p.vector = f.vector;
  if (f.mode == "uniform") p.mode = compress::PaletteMode::uniform;
  if (f.mode == "unique") p.mode = compress::PaletteMode::unique;
  if (!f.scale.empty()) {
    TRY(p.scale, compress::parse_granularity(f.scale));
  }
  return {};
}

Status read_quantize(const CompressionFlags& f, const std::optional<Granularity>& granularity,
                     std::optional<ir::Target> target, compress::Quantize& q) {
  constexpr std::pair<std::string_view, ir::DType> kTypes[] = {{"int8", ir::DType::i8},
                                                               {"uint8", ir::DType::u8},
                                                               {"int4", ir::DType::i4},
                                                               {"uint4", ir::DType::u4}};
  for (const auto& [text, dtype] : kTypes) {
    if (f.quantize == text) q.dtype = dtype;
  }
  q.symmetric = !f.asymmetric;
  // Four bits need more scales than eight do, where the target has a form for them.
  if (ir::bits_of(q.dtype) == 4 && (!target || *target >= ir::Target::ios18))
    q.granularity = {Kind::block, 32};
  if (granularity) q.granularity = *granularity;
  if (f.mode == "abs_max") q.search = compress::ScaleSearch::abs_max;
  if (f.mode == "hqq") q.search = compress::ScaleSearch::hqq;
  return {};
}

Status read_prune(const CompressionFlags& f, compress::Prune& p) {
  double ratio = 0;
  const auto parts = split(f.prune, ':');
  if (parts.size() == 2 && parse_int(parts[0], p.n) && parse_int(parts[1], p.m) && p.m > 0)
    return {};
  if (!parse_double(f.prune, ratio)) {
    return Error(Code::E1017, cat("cannot read --prune ", quote(f.prune)),
                 "a ratio such as 0.5, or n:m such as 2:4");
  }
  p.ratio = ratio;
  return {};
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
  verb.add_option("--recipe", f.recipe, "JSON rules: which weight gets which scheme")
      ->type_name("FILE");
  verb.add_option("--palettize", f.palettize, "Tables of 2^BITS numbers: 1, 2, 3, 4, 6 or 8 bits")
      ->type_name("BITS");
  verb.add_option("--quantize", f.quantize, "Integers with scales")
      ->check(CLI::IsMember({"int8", "uint8", "int4", "uint4"}));
  verb.add_option("--prune", f.prune, "The part of the weights that goes (0.5), or n:m (2:4)")
      ->type_name("RATIO");
  verb.add_option("--granularity", f.granularity,
                  "What shares a table or scale: tensor, channel, group:N, block:N")
      ->type_name("G");
  verb.add_option("--vector", f.vector, "Palettize: weights per index (2, 4, 8)");
  verb.add_option("--scale", f.scale, "Palettize: scales beside the table: channel or block:N")
      ->type_name("G");
  verb.add_option("--mode", f.mode,
                  "Palettize: kmeans, uniform, unique; quantize: mse, abs_max, hqq")
      ->check(CLI::IsMember({"kmeans", "uniform", "unique", "mse", "abs_max", "hqq"}));
  verb.add_flag("--asymmetric", f.asymmetric, "Quantize: with offsets");
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

Status read_compression(const CompressionFlags& f, std::optional<ir::Target> target,
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
  way(f.palettize != 0 || !f.quantize.empty() || !f.prune.empty(),
      "--palettize, --quantize and --prune");
  way(f.bits > 0, "--target-bpw");
  way(!f.size.empty(), "--target-size");
  way(!f.max_drop.empty(), "--max-drop");
  if (ways.size() > 1)
    return contradiction(cat(join(ways, " and "), " exclude each other"), "give one of them");
  if (f.bits > 0) options.goal.bits_per_weight = f.bits;
  if (!f.size.empty()) {
    TRY(options.goal.bytes, api::parse_size(f.size));
  }
  if (!f.max_drop.empty()) {
    std::string text;
    for (const auto part : split(f.max_drop, ',')) {
      // "psnr=40" is the lower bound that --expect writes as psnr>=40.
      const auto at = part.find('=');
      const bool bare =
          at != std::string_view::npos && at > 0 && part[at - 1] != '<' && part[at - 1] != '>';
      const bool upper = trim(part).starts_with("max_rel");
      text += text.empty() ? "" : ",";
      text += bare ? cat(part.substr(0, at), upper ? "<=" : ">=", part.substr(at + 1))
                   : std::string(part);
    }
    TRY(options.goal.max_drop, validator::parse_expectations(text));
  }
  if (options.goal.any()) return {};
  if (!f.recipe.empty()) {
    TRY(const auto file, MappedFile::open(f.recipe));
    auto recipe = compress::parse_recipe(as_chars(file->bytes()));
    if (!recipe) return std::move(recipe).error().with_file(f.recipe);
    options.recipe = std::move(*recipe);
    return {};
  }
  if (ways.empty())
    return contradiction("nothing says how to compress",
                         "for example --palettize 4, --quantize int8, --target-bpw 4.5");
  std::optional<Granularity> granularity;
  if (!f.granularity.empty()) {
    TRY(granularity, compress::parse_granularity(f.granularity));
  }
  compress::Scheme scheme;
  if (f.palettize != 0) TRY_VOID(read_palettize(f, granularity, scheme.palettize.emplace()));
  if (!f.quantize.empty())
    TRY_VOID(read_quantize(f, granularity, target, scheme.quantize.emplace()));
  if (!f.prune.empty()) TRY_VOID(read_prune(f, scheme.prune.emplace()));
  TRY_VOID(compress::check(scheme));
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

Result<std::optional<ir::Target>> parse_target(const std::string& text) {
  if (text.empty()) return std::optional<ir::Target>();
  auto target = ir::target_from_name(text);
  if (!target) {
    return Error(Code::E1012, cat("unknown target ", quote(text)),
                 "ios15 to ios18, ios26, macos12 to macos15, macos26");
  }
  return target;
}

}  // namespace corecast::cli
