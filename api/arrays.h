// Named arrays on disk: .npz and .npy files.
#pragma once

#include <string>
#include <vector>

#include "api/types.h"

namespace corecast::api {

/// A .npz gives its entries by name; a .npy one array named "". Errors: E2001, E2007, E2008.
Result<NamedTensors> read_arrays(const std::string& path);
/// A .npz, whole or not at all. Errors: E5101 exists (without `force`) or is no file, E5102 cannot
/// be written, E5103 no room.
Status write_arrays(const std::string& path, const NamedTensors& arrays, bool force);

/// Splits arrays into samples: an array with one more dimension than the model's input has samples
/// along its first axis; one with the input's rank belongs to every sample. A scalar is taken for a
/// vector of one, and the other way round.
/// Errors: E1006 an unknown or missing name, a wrong rank, or different numbers of samples.
Result<std::vector<NamedTensors>> samples_for(const ir::Function& f, const NamedTensors& arrays);

/// The outputs of several samples as one array each, along a new first axis; those of one sample as
/// they are. Errors: E1021 an output changes its shape between samples.
Result<NamedTensors> stacked(const std::vector<NamedTensors>& samples);

}  // namespace corecast::api
