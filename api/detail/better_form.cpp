#include "api/detail/better_form.h"

#include <cmath>
#include <optional>

#include "base/strings.h"
#include "compress/encode.h"
#include "compress/fit.h"

namespace corecast::api {
namespace {

using compress::Granularity;
using compress::Palettize;
using compress::Scheme;

constexpr std::int64_t kLargest = std::int64_t{1} << 20;  // elements: a second's work at most
constexpr double kEqualBytes = 1.02;  // what a table of vectors takes beyond one of numbers
constexpr double kClearly = 0.5;      // dB

/// The palette of the only rule, when it is a plain one: k-means on numbers, without scales. Eight
/// bits lose next to nothing.
std::optional<Palettize> plain_palette(const compress::Recipe& recipe) {
  if (recipe.rules.size() != 1 || !recipe.skip.empty()) return std::nullopt;
  const Scheme& scheme = recipe.rules[0].scheme;
  if (!scheme.palettize || scheme.prune) return std::nullopt;
  const Palettize& p = *scheme.palettize;
  const bool plain = p.bits && *p.bits < 8 && p.mode == compress::PaletteMode::kmeans &&
                     p.vector == 1 && !p.scale && p.function.empty() && !p.int8_table &&
                     !p.input_axis;
  return plain ? std::optional(p) : std::nullopt;
}

/// Palettes of as many bits for a weight: an index of 8 bits for several, or a scale for each
/// channel.
std::vector<Scheme> neighbours(const Palettize& asked) {
  std::vector<Scheme> all;
  const auto add = [&](const Palettize& p) {
    if (p == asked) return;
    Scheme scheme;
    scheme.palettize = p;
    if (compress::check(scheme)) all.push_back(std::move(scheme));
  };
  const int bits = *asked.bits;
  for (const std::int64_t group : {0, 128, 64, 32}) {
    if (8 % bits != 0) break;
    Palettize vectors;
    vectors.bits = 8;
    vectors.vector = 8 / bits;
    if (group > 0) vectors.granularity = {Granularity::Kind::group, group};
    add(vectors);
  }
  Palettize scaled;
  scaled.bits = bits;
  scaled.scale = Granularity{Granularity::Kind::channel};
  add(scaled);
  return all;
}

std::string options_of(const Palettize& p) {
  std::string out = cat("--palettize ", *p.bits);
  if (p.vector > 1) out += cat(" --vector ", p.vector);
  if (p.granularity.kind != Granularity::Kind::tensor)
    out += cat(" --granularity ", compress::to_text(p.granularity));
  if (p.scale) out += cat(" --scale ", compress::to_text(*p.scale));
  return out;
}

/// A weight, and the forms that store it in as many bytes as the one that was asked for.
struct Trial {
  compress::Weight weight;
  std::vector<Scheme> others;
};

/// On the largest weight that is quickly tried and has such forms.
std::optional<Trial> trial_for(const ir::Module& module, const compress::Recipe& recipe,
                               const Palettize& asked, const ops::Rules& rules) {
  const compress::RecipeRule& rule = recipe.rules[0];
  std::vector<Scheme> possible;
  for (Scheme& scheme : neighbours(asked)) {
    if (compress::check_target(scheme, rules)) possible.push_back(std::move(scheme));
  }
  std::optional<Trial> found;
  for (const compress::Weight& w : compress::find_weights(module)) {
    if (!w.refusal.empty() || w.count() > kLargest || (found && w.count() <= found->weight.count()))
      continue;
    const std::vector<std::string_view> ops(w.ops.begin(), w.ops.end());
    if (!module.functions[w.function].constant(w.value) ||
        !compress::matches(rule.match, {w.name, ops, w.count()}) ||
        !compress::misfit(rule.scheme, w).empty())
      continue;
    const double most = kEqualBytes * static_cast<double>(compress::planned_bytes(rule.scheme, w));
    Trial trial{w, {}};
    for (const Scheme& scheme : possible) {
      if (compress::misfit(scheme, w).empty() &&
          static_cast<double>(compress::planned_bytes(scheme, w)) <= most)
        trial.others.push_back(scheme);
    }
    if (!trial.others.empty()) found = std::move(trial);
  }
  return found;
}

double decibels(const compress::Encoded& e) { return 10 * std::log10(e.signal / e.error); }

}  // namespace

void note_better_form(const ir::Module& module, const compress::Recipe& recipe,
                      const compress::Context& context) {
  const auto asked = plain_palette(recipe);
  if (!asked || !context.diagnostics) return;
  const auto trial = trial_for(module, recipe, *asked, context.rules);
  if (!trial) return;
  const compress::Weight& weight = trial->weight;
  const ir::Tensor& tensor = *module.functions[weight.function].constant(weight.value);
  const auto loaded = compress::LoadedWeight::read(tensor, *context.pool);
  if (!loaded) return;  // not finite: compressing says so
  const auto coded = [&](const Scheme& scheme) {
    return compress::encode(*loaded, weight, scheme, {}, *context.pool);
  };
  const auto given = coded(recipe.rules[0].scheme);
  if (!given || !(given->error > 0)) return;
  std::optional<compress::Encoded> best;
  for (const Scheme& scheme : trial->others) {
    if (context.stop.requested()) return;
    auto e = coded(scheme);
    if (e && e->error > 0 && (!best || e->error < best->error)) best = std::move(*e);
  }
  if (!best || decibels(*best) < decibels(*given) + kClearly) return;
  const double gain = std::round((decibels(*best) - decibels(*given)) * 10) / 10;
  context.diagnostics->note(
      Error(Code::N4105,
            cat(options_of(*best->scheme.palettize), " has ", gain, " dB less error on ",
                quote(weight.name), " than ", options_of(*asked), " in as many bytes (",
                best->bytes, " and ", given->bytes, ")"),
            "docs/compression.md compares the schemes"));
}

}  // namespace corecast::api
