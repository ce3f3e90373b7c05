#include <cstring>

#include "base/strings.h"
#include "converter/coreml/dtype_map.h"
#include "converter/coreml/type_codec.h"
#include "converter/coreml/value_codec.h"

namespace corecast::coreml {
namespace {

using ir::DType;

Error malformed(const std::string& why) {
  return Error(Code::E2405, "malformed constant: " + why, "the model file is damaged");
}

struct StaticType {
  DType dtype = DType::f32;
  std::vector<std::int64_t> dims;
  std::int64_t count = 0;
};

Result<StaticType> static_type(const pb::Type& declared) {
  bool unknown = false;
  TRY(const auto type, decode_type(declared, [&] { return unknown = true, ir::Dim(1); }));
  if (!type.is_tensor() || unknown) {
    return malformed(cat("its type is ", type_text(declared), ", expected a tensor of known size"));
  }
  StaticType out;
  out.dtype = type.dtype;
  out.dims = ir::static_dims(type.shape);
  const auto count = ir::element_count(out.dims);
  if (!count) return malformed("its size overflows");
  out.count = *count;
  return out;
}

Error wrong_count(std::int64_t expected, std::size_t found) {
  return malformed(cat(found, " elements, expected ", expected));
}

/// Copies a list of numbers; `Stored` is what the message has, `Wanted` what the tensor has.
template <class Wanted, class Values>
Result<ir::Tensor> numbers(const StaticType& type, const Values& values) {
  if (static_cast<std::size_t>(values.size()) != static_cast<std::size_t>(type.count)) {
    return wrong_count(type.count, static_cast<std::size_t>(values.size()));
  }
  auto tensor = ir::Tensor::empty(type.dtype, type.dims);
  auto out = tensor.mutable_data<Wanted>();
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto stored = values.Get(static_cast<int>(i));
    const auto converted = static_cast<Wanted>(stored);
    if constexpr (std::is_integral_v<Wanted> && sizeof(Wanted) < sizeof(stored)) {
      if (static_cast<decltype(stored)>(converted) != stored) {
        return malformed(cat("the number ", stored, " is out of range for ", name_of(type.dtype)));
      }
    }
    out[i] = converted;
  }
  return tensor;
}

Result<ir::Tensor> raw_bytes(const StaticType& type, std::string_view bytes) {
  const auto expected = ir::packed_bytes(type.dtype, type.count);
  if (!expected || *expected != bytes.size()) {
    return malformed(cat(bytes.size(), " bytes, expected ", expected.value_or(0)));
  }
  return ir::Tensor::from_bytes(type.dtype, type.dims, as_bytes(bytes));
}

Result<ir::Tensor> from_message(const StaticType& type, const pb::TensorValue& value) {
  const auto wrong_member = [&] {
    return malformed(cat(name_of(type.dtype), " elements are stored as another type"));
  };
  switch (type.dtype) {
    case DType::boolean:
      if (!value.has_bools()) return wrong_member();
      return numbers<bool>(type, value.bools().values());
    case DType::f32:
      if (!value.has_floats()) return wrong_member();
      return numbers<float>(type, value.floats().values());
    case DType::f64:
      if (!value.has_doubles()) return wrong_member();
      return numbers<double>(type, value.doubles().values());
    case DType::i64:
      if (!value.has_long_ints()) return wrong_member();
      return numbers<std::int64_t>(type, value.long_ints().values());
    case DType::u64:
      if (!value.has_long_ints()) return wrong_member();
      return numbers<std::uint64_t>(type, value.long_ints().values());
    case DType::i32:
      if (!value.has_ints()) return wrong_member();
      return numbers<std::int32_t>(type, value.ints().values());
    case DType::i16:
      if (value.has_ints()) return numbers<std::int16_t>(type, value.ints().values());
      break;
    case DType::u16:
      if (value.has_ints()) return numbers<std::uint16_t>(type, value.ints().values());
      break;
    case DType::string: {
      if (!value.has_strings()) return wrong_member();
      const auto& texts = value.strings().values();
      if (texts.size() != type.count) {
        return wrong_count(type.count, static_cast<std::size_t>(texts.size()));
      }
      return ir::Tensor::strings({texts.begin(), texts.end()}, type.dims);
    }
    default: break;
  }
  if (!value.has_bytes()) return wrong_member();
  return raw_bytes(type, value.bytes().values());
}

Result<ir::Tensor> from_blob(const StaticType& type, const pb::BlobFileValue& reference,
                             PackageFiles& files) {
  TRY(const BlobFile* file, files.blob_file(reference.file()));
  TRY(const auto blob, file->at(reference.offset()));
  const auto* row = find_dtype(type.dtype);
  if (!row->blob || *row->blob != blob.type) {
    return malformed(cat("the weight file has ", name_of(blob.type), " at offset ", blob.offset,
                         ", the model expects ", name_of(type.dtype)));
  }
  if (blob.elements != static_cast<std::uint64_t>(type.count)) {
    return wrong_count(type.count, static_cast<std::size_t>(blob.elements));
  }
  return ir::Tensor(type.dtype, type.dims,
                    std::make_shared<ir::MappedBuffer>(file->file(), blob.data));
}

}  // namespace

Result<ir::Tensor> decode_tensor_value(const pb::Value& value, PackageFiles& files) {
  TRY(const auto type, static_type(value.type()));
  if (value.has_blob()) return from_blob(type, value.blob(), files);
  if (!value.immediate().has_tensor()) return malformed("no value");
  return from_message(type, value.immediate().tensor());
}

Result<ir::Attribute> decode_attribute(const ir::Tensor& tensor, ir::AttrKind kind) {
  using ir::AttrKind;
  const bool number = is_floating(tensor.dtype()) || is_integer(tensor.dtype());
  const bool scalar = kind == AttrKind::boolean || kind == AttrKind::integer ||
                      kind == AttrKind::floating || kind == AttrKind::string ||
                      kind == AttrKind::dtype;
  const auto mismatch = [&] {
    return malformed(cat("a parameter is ", name_of(tensor.dtype()), " of ", tensor.count(),
                         " elements, expected ", name_of(kind)));
  };
  if (scalar ? tensor.count() != 1 : tensor.rank() > 1) return mismatch();
  switch (kind) {
    case AttrKind::boolean:
      if (tensor.dtype() != DType::boolean) return mismatch();
      return ir::Attribute(tensor.at_int(0) != 0);
    case AttrKind::integer:
      if (!is_integer(tensor.dtype())) return mismatch();
      return ir::Attribute(tensor.at_int(0));
    case AttrKind::floating:
      if (!number) return mismatch();
      return ir::Attribute(tensor.at(0));
    case AttrKind::string:
      if (tensor.dtype() != DType::string) return mismatch();
      return ir::Attribute(tensor.string_values()[0]);
    case AttrKind::dtype: {
      if (tensor.dtype() != DType::string) return mismatch();
      const auto* row = find_dtype_text(tensor.string_values()[0]);
      if (row == nullptr) {
        return malformed("unknown element type " + quote(tensor.string_values()[0]));
      }
      return ir::Attribute(row->dtype);
    }
    case AttrKind::integers:
      if (!is_integer(tensor.dtype())) return mismatch();
      return ir::Attribute(tensor.to_ints());
    case AttrKind::floats:
      if (!number) return mismatch();
      return ir::Attribute(tensor.to_doubles());
    case AttrKind::booleans: {
      if (tensor.dtype() != DType::boolean) return mismatch();
      std::vector<bool> values;
      for (const auto v : tensor.to_ints()) values.push_back(v != 0);
      return ir::Attribute(std::move(values));
    }
    case AttrKind::strings:
      if (tensor.dtype() != DType::string) return mismatch();
      return ir::Attribute(tensor.string_values());
    case AttrKind::none: break;
  }
  CC_UNREACHABLE("attribute kind");
}

Result<Texts> decode_texts(const pb::Value& value, PackageFiles& files) {
  Texts texts;
  const auto append = [&](const pb::Value& part) -> Status {
    TRY(const auto tensor, decode_tensor_value(part, files));
    if (tensor.dtype() == DType::string) {
      const auto& strings = tensor.string_values();
      texts.values.insert(texts.values.end(), strings.begin(), strings.end());
    } else if (is_integer(tensor.dtype())) {
      texts.integers = true;
      for (const auto v : tensor.to_ints()) texts.values.push_back(cat(v));
    } else {
      return malformed("labels are neither text nor integers");
    }
    return {};
  };
  if (value.immediate().has_list()) {
    for (const auto& item : value.immediate().list().values()) TRY_VOID(append(item));
  } else {
    TRY_VOID(append(value));
  }
  return texts;
}

}  // namespace corecast::coreml
