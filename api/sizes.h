// Sizes chosen for one run of a model, within what its interface allows. A source model takes sizes
// while it is read (api/model.h); a package is what it is, and only its runs have sizes.
#pragma once

#include "api/model.h"
#include "api/ranges.h"

namespace corecast::api {

/// Sizes by symbol of `f`, from texts as for --input: "x[1,3,224,224]", "seq=64". Where shapes are
/// enumerated, the first that has these sizes gives the others. Errors: E1001 a text that cannot be
/// read; E1002 an input, a rank or a size that the interface does not have, with those it has.
Result<ir::SymbolValues> choose_sizes(const ir::Function& f,
                                      const std::vector<std::string>& inputs);

/// Whether the arrays have the sizes that were chosen. Errors: E1002.
Status check_chosen(const ir::Function& f, const ir::SymbolValues& sizes,
                    const NamedTensors& sample);

/// What an input may be given as: "[batch=1..8,3,224,224]", "[1,3,224,224] or [1,3,448,448]".
std::string allowed_shapes(const ir::Function& f, std::size_t input);

/// Samples for runs of `f`: those in `data` (.npz, .npy or a folder of them), else one that is
/// generated at these sizes, within these ranges. Errors: E1002 data of other sizes than were
/// chosen; E1003, E1006, E1020, E5001, and those of reading arrays.
Result<std::vector<NamedTensors>> samples_to_run(const ir::Function& f,
                                                 const std::optional<std::string>& data,
                                                 std::uint64_t seed, const ir::SymbolValues& sizes,
                                                 Diagnostics& diagnostics,
                                                 const std::vector<RangeOf>& ranges = {});

/// A model to be run, and the sizes that were chosen for that.
struct SizedModel {
  Model model;
  ir::SymbolValues sizes;  ///< empty for a source model, whose interface has them already
};

/// api::load, but `options.inputs` choose the sizes of the runs of `function` (empty: the default
/// one) where the format's interface is fixed. Errors: those of load, Session::make and
/// choose_sizes.
Result<SizedModel> load_to_run(const std::string& path, const LoadOptions& options,
                               const std::string& function, Diagnostics& diagnostics);

}  // namespace corecast::api
