// Samples: the inputs that a model is run on, given or made up.
#pragma once

#include "api/ranges.h"
#include "api/types.h"
#include "base/diagnostics.h"
#include "ir/module.h"

namespace corecast::api {

struct SampleOptions {
  std::optional<std::string> data;  ///< .npz, .npy or a folder of them; empty: made up
  std::uint64_t seed = 0;
  int shapes = 1;  ///< made up: so many choices of the flexible sizes, 1 to 3
  int count = 1;   ///< made up: at least so many; 0: as many as are cheap, up to 4
  std::vector<RangeOf> ranges = {};  ///< made up: what the numbers of inputs lie within
  bool corners = false;  ///< made up: the ends of declared ranges, and enumerated shapes, as well
};

/// One set of inputs, and where its sizes come from.
struct Sample {
  NamedTensors inputs;
  ir::SymbolValues sizes;  ///< of those made up
  std::string why;         ///< "seq=512, the most"; empty: the usual sizes
};

struct Samples {
  std::vector<NamedTensors> samples;
  std::map<std::string, std::string> how;  ///< how each input's values were made; empty: given
  std::string shapes;                      ///< which sizes were run, and which left out
};

/// Inputs for `f`: those of `data` (a leading axis more than an input's rank counts samples), else
/// made up from the seed. W4022 numbers that are not finite; N4023 arrays of no input.
/// Errors: E1006, E1020, E5001 more than memory holds, and those of reading arrays.
Result<Samples> samples_of(const ir::Function& f, const SampleOptions& options,
                           Diagnostics& diagnostics);

/// Those that are made up: the usual ones, then the corners; `left_out` says which corners would
/// take too long. `base`: which choice of sizes is the first (validator/sizes.h); `plain`: with the
/// safest values.
Result<std::vector<Sample>> made_up_samples(const ir::Function& f, const SampleOptions& options,
                                            int base, bool plain,
                                            std::vector<std::string>& left_out);

/// By input. Errors: E1002 a range for what is no input, or that the input's type cannot hold.
Result<std::map<std::string, ir::Interval>> intervals_of(const ir::Function& f,
                                                         const std::vector<RangeOf>& ranges);

/// Samples and left-out sizes for people: "batch=1, seq=64 (2 samples); seq=1, the least".
std::string shapes_text(const std::vector<Sample>& samples,
                        const std::vector<std::string>& left_out);

/// The same with every float array smoothed along its longer axes, of the same mean and spread as
/// before: noise has no large shapes, pictures and sounds have little else.
NamedTensors smoothed(NamedTensors sample);

}  // namespace corecast::api
