// The one table of element types: IR, program message, blob file, and MIL's text for `dtype`
// parameters.
#pragma once

#include <optional>
#include <string_view>

#include "converter/coreml/blob_format.h"
#include "converter/coreml/proto/mil.pb.h"
#include "ir/dtype.h"

namespace corecast::coreml {

struct DTypeRow {
  ir::DType dtype;
  pb::DataType message;
  std::optional<BlobType> blob;
  std::string_view text;  ///< in string parameters such as cast's `dtype`; empty: none
};

/// Null when ML Programs have no such type.
const DTypeRow* find_dtype(ir::DType dtype);
const DTypeRow* find_dtype(pb::DataType message);
/// `text` as in string parameters: "fp16", "int32", "bool".
const DTypeRow* find_dtype_text(std::string_view text);

}  // namespace corecast::coreml
