#include "converter/coreml/type_codec.h"

#include <limits>

#include "base/strings.h"
#include "converter/coreml/dtype_map.h"

namespace corecast::coreml {
namespace {

constexpr int kLargestRank = 32;

Error malformed(const std::string& why) {
  return Error(Code::E2405, "malformed type: " + why, "the model file is damaged");
}

Error no_place(const std::string& what) { return Error(Code::E2424, what); }

void encode_dim(const ir::Dim& dim, pb::Dimension& out) {
  if (const auto size = dim.constant()) {
    out.mutable_constant()->set_size(static_cast<std::uint64_t>(*size));
  } else {
    out.mutable_unknown();
  }
}

Result<ir::Dim> decode_dim(const pb::Dimension& dim, const NewDim& new_dim) {
  if (dim.has_constant()) {
    const auto size = dim.constant().size();
    if (size > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return malformed(cat("a dimension of ", size));
    }
    return ir::Dim(static_cast<std::int64_t>(size));
  }
  if (!dim.has_unknown()) return malformed("a dimension without a size");
  if (dim.unknown().variadic()) return no_place("a tensor whose rank is known at run time only");
  return new_dim();
}

Result<ir::Type> decode_tensor(const pb::TensorType& tensor, const NewDim& new_dim) {
  const auto* row = find_dtype(tensor.dtype());
  if (row == nullptr) {
    return malformed(cat("unknown element type ", static_cast<int>(tensor.dtype())));
  }
  if (tensor.rank() != tensor.dims_size() || tensor.dims_size() > kLargestRank) {
    return malformed(cat("rank ", tensor.rank(), " with ", tensor.dims_size(), " dimensions"));
  }
  ir::Type type(row->dtype, {});
  for (const auto& dim : tensor.dims()) {
    TRY(auto decoded, decode_dim(dim, new_dim));
    type.shape.push_back(std::move(decoded));
  }
  return type;
}

}  // namespace

Result<pb::Type> encode_type(const ir::Type& type) {
  const auto* row = find_dtype(type.dtype);
  if (row == nullptr) {
    return Error(Code::E2502, cat("Core ML programs have no element type ", name_of(type.dtype)),
                 "convert the tensor to another type");
  }
  pb::Type out;
  pb::TensorType* tensor = nullptr;
  switch (type.kind) {
    case ir::TypeKind::tensor: tensor = out.mutable_tensor(); break;
    case ir::TypeKind::state:
      tensor = out.mutable_state()->mutable_wrapped()->mutable_tensor();
      break;
    case ir::TypeKind::list:
      encode_dim(type.length, *out.mutable_list()->mutable_length());
      tensor = out.mutable_list()->mutable_element()->mutable_tensor();
      break;
  }
  tensor->set_dtype(row->message);
  tensor->set_rank(type.rank());
  for (const auto& dim : type.shape) encode_dim(dim, *tensor->add_dims());
  return out;
}

Result<ir::Type> decode_type(const pb::Type& type, const NewDim& new_dim) {
  switch (type.kind_case()) {
    case pb::Type::kTensor: return decode_tensor(type.tensor(), new_dim);
    case pb::Type::kState: {
      if (!type.state().wrapped().has_tensor()) return no_place("a state that is no tensor");
      TRY(auto decoded, decode_tensor(type.state().wrapped().tensor(), new_dim));
      decoded.kind = ir::TypeKind::state;
      return decoded;
    }
    case pb::Type::kList: {
      if (!type.list().element().has_tensor())
        return no_place("a list of other things than tensors");
      TRY(auto decoded, decode_tensor(type.list().element().tensor(), new_dim));
      decoded.kind = ir::TypeKind::list;
      TRY(decoded.length, decode_dim(type.list().length(), new_dim));
      return decoded;
    }
    case pb::Type::kTuple: return no_place("a tuple as a value");
    case pb::Type::kDictionary: return no_place("a dictionary as a value");
    case pb::Type::KIND_NOT_SET: break;
  }
  return malformed("no kind");
}

bool has_unknown_rank(const pb::Type& type) {
  if (!type.has_tensor()) return false;
  for (const auto& dim : type.tensor().dims()) {
    if (dim.unknown().variadic()) return true;
  }
  return false;
}

std::string type_text(const pb::Type& type) {
  if (type.has_list()) return cat("list<", type_text(type.list().element()), ">");
  if (type.has_state()) return cat("state<", type_text(type.state().wrapped()), ">");
  if (type.has_dictionary()) return "dictionary";
  if (type.has_tuple()) return "tuple";
  const auto* row = find_dtype(type.tensor().dtype());
  std::string text(row != nullptr ? row->text : "unknown");
  text += '[';
  for (int i = 0; i < type.tensor().dims_size(); ++i) {
    const auto& dim = type.tensor().dims(i);
    if (i > 0) text += ',';
    text += dim.has_constant()         ? cat(dim.constant().size())
            : dim.unknown().variadic() ? "..."
                                       : "?";
  }
  return text + "]";
}

}  // namespace corecast::coreml
