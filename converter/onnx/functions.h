// The standard's own operator definitions.
#pragma once

namespace corecast::onnx {

/// Makes ONNX's schema registry complete. Takes some milliseconds, once: only models that use a
/// function of the standard's pay.
void register_standard_operators();

}  // namespace corecast::onnx
