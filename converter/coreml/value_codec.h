// Compile-time values between the IR and a program message: tensors, attributes, lists of labels.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "converter/coreml/package_reader.h"
#include "converter/coreml/proto/mil.pb.h"
#include "ir/attribute.h"
#include "ir/tensor.h"

namespace corecast::coreml {

// ---- writing

/// The whole tensor inside the message. Errors: E2502.
Result<pb::Value> immediate(const ir::Tensor& tensor);
pb::Value text_value(const std::string& text);
/// A list of strings, as class labels are.
pb::Value text_list(const std::vector<std::string>& texts);

/// An attribute as a tensor: scalars of rank 0, lists of rank 1. Integers and floats become
/// `integers` and `floats`. Errors: E2503, a number that does not fit the element type.
Result<ir::Tensor> attribute_tensor(const ir::Attribute& attribute, ir::DType integers,
                                    ir::DType floats);

// ---- reading

/// Blob data stays mapped. Errors: E2405 malformed, E2411, E2412, and those of PackageFiles.
Result<ir::Tensor> decode_tensor_value(const pb::Value& value, PackageFiles& files);

/// The attribute of the wanted kind. Errors: E2405.
Result<ir::Attribute> decode_attribute(const ir::Tensor& tensor, ir::AttrKind kind);

/// Texts of a list of strings or integers, or of a tensor of them. `integers` says which.
struct Texts {
  std::vector<std::string> values;
  bool integers = false;
};
Result<Texts> decode_texts(const pb::Value& value, PackageFiles& files);

}  // namespace corecast::coreml
