// A wire-level scan of an ONNX file. The protobuf library would copy every weight into memory; this
// finds the large `raw_data` fields in the mapped file and leaves the library a model without them.
//
// Format (protobuf): a message is a sequence of (tag varint, payload); tag = field number * 8 +
// wire type; type 2 is a length varint and that many bytes. The fields walked through are
//   ModelProto{graph=7, functions=25}, GraphProto{node=1, initializer=5, sparse_initializer=15},
//   NodeProto{attribute=5}, AttributeProto{t=5, g=6, tensors=10, graphs=11}, FunctionProto{node=7},
//   SparseTensorProto{values=1, indices=2}, TensorProto{raw_data=9, external_data=13}.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/stop.h"

namespace corecast::onnx {

/// external_data key under which a removed raw_data is found again; its value is "offset,size" in
/// the file. Chosen so that no real exporter uses it.
inline constexpr std::string_view kMappedKey = "corecast.mapped";

/// The model without its large raw_data fields (each replaced by a kMappedKey entry).
/// Errors: E2002 truncated or malformed, E5001 nested too deeply, E5104 stopped.
Result<std::string> strip_weights(ByteView file, Stop stop = {});

}  // namespace corecast::onnx
