// What compresses weights, in the words of the command's options.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "compress/recipe/recipe.h"
#include "validator/validate.h"

namespace corecast::api {

/// One scheme for all weights; what is empty or 0 was not asked for, and takes the default that a
/// recipe has for it.
struct SchemeWords {
  int palettize = 0;        ///< bits of an index: 1, 2, 3, 4, 6, 8
  std::string quantize;     ///< "int8", "uint8", "int4", "uint4"
  std::string prune;        ///< the part that goes, "0.5", or n of every m, "2:4"
  std::string granularity;  ///< of the table or scale: "tensor", "channel", "group:N", "block:N"
  std::string mode;         ///< palettize: kmeans, uniform, unique; quantize: mse, abs_max, hqq
  std::string scale;        ///< palettize: beside the table, "channel" or "block:N"
  std::int64_t vector = 0;  ///< palettize: weights per index: 1, 2, 4, 8
  bool asymmetric = false;  ///< quantize: with offsets
  bool any() const { return palettize != 0 || !quantize.empty() || !prune.empty(); }
};

/// Whether every word belongs to a scheme that was asked for. `decider` is what says how to
/// compress in place of schemes ("--recipe"); empty: nothing does. Errors: E1017 with the word that
/// would be ignored, and what it needs.
Status check_words(const SchemeWords& words, std::string_view decider = {});

/// Errors: those of check_words; E1017 `prune` cannot be read, E1301 a granularity, E1302 a
/// contradiction.
Result<compress::Scheme> make_scheme(const SchemeWords& words);

/// The recipe in a file. Errors: E2001, and those of compress::parse_recipe with the file's name.
Result<compress::Recipe> read_recipe(const std::string& path);

/// "12MB", "1.5 GiB", "800000": bytes. Errors: E1016.
Result<std::uint64_t> parse_size(std::string_view text);

/// "psnr=40,top1=0.99": what outputs must hold. "=" is the bound that parse_expectations spells
/// ">=" (of max_rel "<="); its own spellings are taken too. Errors: E1004.
Result<validator::Thresholds> parse_max_drop(std::string_view text);

}  // namespace corecast::api
