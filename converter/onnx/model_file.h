// ModelFile: a parsed ONNX model whose weights stay in mapped files. Private to converter/onnx.
#pragma once

#include <onnx/onnx_pb.h>

#include <map>
#include <memory>
#include <string>

#include "base/mapped_file.h"
#include "base/result.h"
#include "base/stop.h"
#include "ir/tensor.h"

namespace corecast::onnx {

namespace proto = ONNX_NAMESPACE;

class ModelFile {
 public:
  /// Errors: E2001 unreadable, E2002 not ONNX or malformed, E2003 opset or E2009 IR version
  /// unknown, E5001 nested too deeply, E5104 stopped.
  static Result<std::unique_ptr<ModelFile>> open(const std::string& path, Stop stop = {});

  const proto::ModelProto& model() const { return model_; }
  const std::string& path() const { return path_; }
  /// Opset version of a domain; 0 when the model does not import it. "ai.onnx" is "".
  std::int64_t opset(std::string_view domain) const;

  /// The tensor, mapped where its bytes are in a file, else copied.
  /// Errors: E2002 malformed (sizes that disagree), E2004 external data missing, too short, or
  /// outside the model's folder; E3002 an element type that has no meaning here.
  Result<ir::Tensor> tensor(const proto::TensorProto& t);

 private:
  Result<ir::Tensor> external(const proto::TensorProto& t, ir::DType dtype,
                              std::vector<std::int64_t> dims, std::size_t bytes);
  Result<std::shared_ptr<const MappedFile>> external_file(const std::string& location);

  std::string path_;
  std::shared_ptr<const MappedFile> file_;
  proto::ModelProto model_;
  std::map<std::string, std::shared_ptr<const MappedFile>> external_;
};

/// The IR's dtype of an ONNX TensorProto::DataType; empty when it has none (complex numbers).
std::optional<ir::DType> dtype_of(int onnx_type);

}  // namespace corecast::onnx
