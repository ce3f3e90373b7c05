#include "api/detail/samples.h"

#include <algorithm>

#include "api/detail/given_samples.h"
#include "api/detail/input_ranges.h"
#include "api/detail/work.h"
#include "base/strings.h"
#include "validator/inputs.h"
#include "validator/sizes.h"

namespace corecast::api {
namespace {

using ir::SymbolValues;

/// Below so many multiply-adds each, four samples or two are no burden.
constexpr double kFourSamples = 50e6, kTwoSamples = 500e6;
/// What the corners may take, one of them and all together: multiply-adds, and bytes read or
/// written at four to one.
constexpr double kCorner = 8e9, kCorners = 16e9;
constexpr std::size_t kMostCorners = 12;

int cheap_count(const Work& work) {
  return work.multiply_adds < kFourSamples ? 4 : work.multiply_adds < kTwoSamples ? 2 : 1;
}

std::string in_millions(double work) {
  return cat(static_cast<std::int64_t>(work / 1e6), " million operations");
}

using Intervals = std::map<std::string, ir::Interval>;

Result<Sample> sample_at(const ir::Function& f, SymbolValues sizes, std::uint64_t seed, bool plain,
                         const Intervals& ranges, std::string why) {
  Sample sample{{}, std::move(sizes), std::move(why)};
  TRY(sample.inputs,
      validator::generate_inputs(
          f, {.seed = seed, .symbols = sample.sizes, .plain = plain, .ranges = ranges}));
  return sample;
}

Status add_corners(const ir::Function& f, const validator::Sizes& sizes, std::uint64_t seed,
                   const Intervals& ranges, std::vector<Sample>& samples,
                   std::vector<std::string>& left_out) {
  double spent = 0;
  std::size_t count = 0;
  for (validator::SizeChoice& corner : sizes.corners()) {
    const bool known = std::any_of(samples.begin(), samples.end(),
                                   [&](const Sample& s) { return s.sizes == corner.values; });
    if (known) continue;
    const double work = work_at(f, corner.values).all();
    if (work > kCorner || spent + work > kCorners || count == kMostCorners) {
      left_out.push_back(cat(corner.why, " (", in_millions(work), ")"));
      continue;
    }
    spent += work;
    auto sample =
        sample_at(f, std::move(corner.values), seed + 100 + count, false, ranges, corner.why);
    if (!sample && (sample.error().code == Code::E5001 || sample.error().code == Code::E1003)) {
      left_out.push_back(cat(corner.why, " (", sample.error().message, ")"));
      continue;
    }
    TRY(samples.emplace_back(), std::move(sample));
    ++count;
  }
  return {};
}

}  // namespace

Result<Intervals> intervals_of(const ir::Function& f, const std::vector<RangeOf>& ranges) {
  TRY(const auto checked, input_ranges(f, ranges));
  Intervals out;
  for (const RangeOf& r : ranges) out[r.input] = {r.low, r.high};
  return out;
}

Result<std::vector<Sample>> made_up_samples(const ir::Function& f, const SampleOptions& options,
                                            int base, bool plain,
                                            std::vector<std::string>& left_out) {
  const validator::Sizes sizes(f);
  TRY(const Intervals ranges, intervals_of(f, options.ranges));
  const int variants = f.symbols.empty() ? 1 : std::clamp(options.shapes, 1, 3);
  std::vector<Sample> samples;
  const SymbolValues usual = sizes.usual(base);
  const int wanted = options.count > 0 ? options.count : cheap_count(work_at(f, usual));
  for (int i = 0; i < std::max(variants, wanted); ++i) {
    SymbolValues chosen = i == 0 || i >= variants ? usual : sizes.usual(i);
    TRY(samples.emplace_back(),
        sample_at(f, std::move(chosen), options.seed + static_cast<std::uint64_t>(i), plain, ranges,
                  {}));
  }
  if (options.corners) TRY_VOID(add_corners(f, sizes, options.seed, ranges, samples, left_out));
  return samples;
}

std::string shapes_text(const std::vector<Sample>& samples,
                        const std::vector<std::string>& left_out) {
  std::vector<std::pair<std::string, int>> lines;
  for (const Sample& s : samples) {
    const std::string text = !s.why.empty()    ? s.why
                             : s.sizes.empty() ? std::string("the model's sizes")
                                               : validator::to_text(s.sizes);
    if (!lines.empty() && lines.back().first == text)
      ++lines.back().second;
    else
      lines.emplace_back(text, 1);
  }
  std::vector<std::string> texts;
  for (const auto& [text, count] : lines)
    texts.push_back(count == 1 ? text : cat(text, " (", count, " samples)"));
  std::string all = join(texts, "; ");
  if (!left_out.empty()) all += cat("; left out: ", join(left_out, "; "));
  return all;
}

Result<Samples> samples_of(const ir::Function& f, const SampleOptions& options,
                           Diagnostics& diagnostics) {
  Samples out;
  if (options.data) {
    TRY(out.samples, given_samples(*options.data, f, diagnostics));
    return out;
  }
  std::vector<std::string> left_out;
  TRY(std::vector<Sample> made, made_up_samples(f, options, 0, false, left_out));
  TRY(const Intervals ranges, intervals_of(f, options.ranges));
  out.how = validator::how_inputs_are_made(f, ranges);
  out.shapes = shapes_text(made, left_out);
  for (Sample& sample : made) out.samples.push_back(std::move(sample.inputs));
  return out;
}

}  // namespace corecast::api
