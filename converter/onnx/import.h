// ONNX model file -> ir::Module. The public face of converter/onnx: no ONNX type appears here.
#pragma once

#include <string>
#include <vector>

#include "converter/frontend.h"

namespace corecast::onnx {

using converter::ImportOptions;
using converter::InputOverride;

/// Names of the model's inputs, initialisers left out. Errors: as import_model.
Result<std::vector<std::string>> input_names(const std::string& path);

/// Imports `path`. Every unsupported node is reported in `diagnostics`, not just the first; the
/// result is then an error that sums them up.
/// Errors: E2001..E2009 unreadable or malformed, E3001 unsupported operators, E3002 unsupported
/// types, E1002 an override that fits no input, E5104 stopped.
Result<ir::Module> import_model(const std::string& path, const ImportOptions& options,
                                Diagnostics& diagnostics);

/// True when the file looks like ONNX by its first bytes (used when the ending does not tell).
bool looks_like_onnx(ByteView head);

/// The row of this format.
const converter::Frontend& frontend();

}  // namespace corecast::onnx
