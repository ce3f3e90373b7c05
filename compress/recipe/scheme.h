// Schemes: what a user asks for a weight. Plain data, with its text form and what is legal.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "compress/linear/linear.h"
#include "compress/palette/palette.h"
#include "ops/rules.h"

namespace corecast::compress {

/// How many weights share a table or a scale: "tensor", "channel", "group:16" (channels), or
/// "block:32" (elements along the input axis, in each output channel).
struct Granularity {
  enum class Kind : unsigned char { tensor, channel, group, block } kind = Kind::tensor;
  std::int64_t size = 0;  ///< of a group or block
  friend bool operator==(const Granularity&, const Granularity&) = default;
};
/// Errors: E1301.
Result<Granularity> parse_granularity(std::string_view text);
std::string to_text(const Granularity& g);

struct Palettize {
  std::optional<int> bits = 4;  ///< 1, 2, 3, 4, 6, 8; empty with mode unique: as few as do
  Granularity granularity;      ///< tensor, channel or group
  PaletteMode mode = PaletteMode::kmeans;
  std::int64_t vector = 1;  ///< weights per index: 1, 2, 4, 8
  /// A scale beside the table, "channel" or "block:N"; empty: none.
  std::optional<Granularity> scale;
  bool input_axis = false;  ///< tables by input channel instead of output channel
  /// The table comes from a caller's function of this name (compress/recipe/custom.h); empty: from
  /// mode.
  std::string function;
  bool int8_table = false;  ///< table entries are int8, with one scale
  friend bool operator==(const Palettize&, const Palettize&) = default;
};

struct Quantize {
  ir::DType dtype = ir::DType::i8;                      ///< i8, u8, i4, u4
  Granularity granularity{Granularity::Kind::channel};  ///< tensor, channel or block
  bool symmetric = true;
  ScaleSearch search = ScaleSearch::mse;
  friend bool operator==(const Quantize&, const Quantize&) = default;
};

/// What integers of this type share a scale over where nothing is said: four bits need more scales
/// than eight do.
Granularity default_granularity(ir::DType dtype);

struct Prune {
  std::optional<double> ratio;      ///< the fraction that goes, in [0, 1]
  std::optional<double> threshold;  ///< |w| up to this goes
  std::int64_t n = 0, m = 0;        ///< n of every m go, along the input axis
  std::int64_t block = 0;           ///< with ratio: whole blocks along the output axis
  friend bool operator==(const Prune&, const Prune&) = default;
};

/// Pruning, then a coding of what is left; both empty: the weight is left alone.
struct Scheme {
  std::optional<Prune> prune;
  std::optional<Palettize> palettize;
  std::optional<Quantize> quantize;  ///< not together with palettize
  bool none() const { return !prune && !palettize && !quantize; }
  friend bool operator==(const Scheme&, const Scheme&) = default;
};

/// "palettize 4-bit group:16", "prune 0.5 + quantize int8 channel", "none".
std::string to_text(const Scheme& scheme);

/// Whether the scheme makes sense by itself. Errors: E1302 with what contradicts what.
Status check(const Scheme& scheme);

/// The first version of the target that has a form for the scheme.
ops::Version required_version(const Scheme& scheme, const ops::RuleTable& rules);
/// Errors: E3301, the scheme needs a newer version than the one chosen.
Status check_target(const Scheme& scheme, const ops::Rules& rules);

}  // namespace corecast::compress
