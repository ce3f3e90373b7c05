// The .npy format (numpy's own, versions 1 to 3): magic, a Python dict as header, raw elements.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "ir/tensor.h"

namespace corecast::validator {

/// Little-endian, C order. Element types numpy lacks (bf16, sub-byte) are written as f32 or i32.
std::string encode_npy(const ir::Tensor& tensor);

/// Errors: E2007 not a .npy, or an element type that is not a number or bool. Fortran order and
/// big-endian files are converted.
Result<ir::Tensor> decode_npy(ByteView bytes);

}  // namespace corecast::validator
