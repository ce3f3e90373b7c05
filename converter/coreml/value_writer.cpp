#include <cmath>

#include "base/strings.h"
#include "base/utf8.h"
#include "converter/coreml/dtype_map.h"
#include "converter/coreml/type_codec.h"
#include "converter/coreml/value_codec.h"

namespace corecast::coreml {
namespace {

using ir::DType;

ir::Type type_of(const ir::Tensor& tensor) {
  return ir::Type(tensor.dtype(), ir::make_shape(tensor.dims()));
}

void put_elements(const ir::Tensor& tensor, pb::TensorValue& out) {
  const std::int64_t count = tensor.count();
  switch (tensor.dtype()) {
    case DType::boolean: {
      auto* values = out.mutable_bools()->mutable_values();
      for (std::int64_t i = 0; i < count; ++i) values->Add(tensor.at_int(i) != 0);
      return;
    }
    case DType::string: {
      auto* strings = out.mutable_strings();
      for (const auto& text : tensor.string_values()) strings->add_values(to_utf8(text));
      return;
    }
    case DType::f32: {
      auto* values = out.mutable_floats()->mutable_values();
      for (const float v : tensor.data<float>()) values->Add(v);
      return;
    }
    case DType::f64: {
      auto* values = out.mutable_doubles()->mutable_values();
      for (const double v : tensor.data<double>()) values->Add(v);
      return;
    }
    case DType::i16:
    case DType::u16:
    case DType::i32: {
      auto* values = out.mutable_ints()->mutable_values();
      for (std::int64_t i = 0; i < count; ++i) {
        values->Add(static_cast<std::int32_t>(tensor.at_int(i)));
      }
      return;
    }
    case DType::i64:
    case DType::u64: {
      auto* values = out.mutable_long_ints()->mutable_values();
      // Only the bits count: a large u64 is stored as a negative number.
      for (std::int64_t i = 0; i < count; ++i) {
        values->Add(*read_le<std::int64_t>(tensor.bytes(), 8 * static_cast<std::uint64_t>(i)));
      }
      return;
    }
    default: {
      const auto bytes = as_chars(tensor.bytes());
      out.mutable_bytes()->set_values(bytes.data(), bytes.size());
    }
  }
}

Error does_not_fit(const std::string& number, DType dtype) {
  return Error(Code::E2503, cat("the number ", number, " does not fit Core ML's ", name_of(dtype)));
}

template <class T>
std::vector<std::int64_t> dims(const T& list) {
  return {static_cast<std::int64_t>(list.size())};
}

Result<ir::Tensor> integer_tensor(const std::vector<std::int64_t>& values,
                                  std::vector<std::int64_t> shape, DType dtype) {
  auto tensor = ir::Tensor::empty(dtype, std::move(shape));
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] < min_of(dtype) || values[i] > max_of(dtype)) {
      return does_not_fit(cat(values[i]), dtype);
    }
    tensor.set_int(static_cast<std::int64_t>(i), values[i]);
  }
  return tensor;
}

/// A finite number beyond the type's range becomes its largest number: such a
/// number means "as large as can be" (bounds of a clamp, masks). Infinity stays infinity.
Result<ir::Tensor> float_tensor(const std::vector<double>& values, std::vector<std::int64_t> shape,
                                DType dtype) {
  constexpr double kLargestHalf = 65504;
  if (is_integer(dtype)) {
    std::vector<std::int64_t> integers;
    for (const double v : values) {
      if (std::trunc(v) != v || std::abs(v) > 9e15) return does_not_fit(cat(v), dtype);
      integers.push_back(static_cast<std::int64_t>(v));
    }
    return integer_tensor(integers, std::move(shape), dtype);
  }
  auto tensor = ir::Tensor::empty(dtype, std::move(shape));
  for (std::size_t i = 0; i < values.size(); ++i) {
    double v = values[i];
    if (dtype == DType::f16 && std::isfinite(v))
      v = std::fmin(std::fmax(v, -kLargestHalf), kLargestHalf);
    tensor.set(static_cast<std::int64_t>(i), v);
  }
  return tensor;
}

}  // namespace

Result<pb::Value> immediate(const ir::Tensor& tensor) {
  pb::Value value;
  TRY(*value.mutable_type(), encode_type(type_of(tensor)));
  put_elements(tensor, *value.mutable_immediate()->mutable_tensor());
  return value;
}

pb::Value text_value(const std::string& text) {
  return immediate(ir::Tensor::strings({text}, {})).value();
}

pb::Value text_list(const std::vector<std::string>& texts) {
  pb::Value value;
  auto* type = value.mutable_type()->mutable_list();
  type->mutable_element()->mutable_tensor()->set_dtype(pb::DT_STRING);
  type->mutable_length()->mutable_constant()->set_size(texts.size());
  auto* list = value.mutable_immediate()->mutable_list();
  for (const auto& text : texts) *list->add_values() = text_value(text);
  return value;
}

Result<ir::Tensor> attribute_tensor(const ir::Attribute& attribute, DType integers, DType floats) {
  struct Visitor {
    DType integers, floats;
    Result<ir::Tensor> operator()(std::monostate) const { CC_UNREACHABLE("attribute is not set"); }
    Result<ir::Tensor> operator()(bool v) const { return ir::Tensor::splat(DType::boolean, {}, v); }
    Result<ir::Tensor> operator()(std::int64_t v) const {
      return integer_tensor({v}, {}, integers);
    }
    Result<ir::Tensor> operator()(double v) const { return float_tensor({v}, {}, floats); }
    Result<ir::Tensor> operator()(const std::string& v) const {
      return ir::Tensor::strings({v}, {});
    }
    Result<ir::Tensor> operator()(DType v) const {
      const auto* row = find_dtype(v);
      if (row == nullptr)
        return Error(Code::E2502, cat("Core ML has no element type ", name_of(v)));
      return ir::Tensor::strings({std::string(row->text)}, {});
    }
    Result<ir::Tensor> operator()(const std::vector<std::int64_t>& v) const {
      return integer_tensor(v, dims(v), integers);
    }
    Result<ir::Tensor> operator()(const std::vector<double>& v) const {
      return float_tensor(v, dims(v), floats);
    }
    Result<ir::Tensor> operator()(const std::vector<bool>& v) const {
      auto tensor = ir::Tensor::zeros(DType::boolean, dims(v));
      for (std::size_t i = 0; i < v.size(); ++i) tensor.set_int(static_cast<std::int64_t>(i), v[i]);
      return tensor;
    }
    Result<ir::Tensor> operator()(const std::vector<std::string>& v) const {
      return ir::Tensor::strings(v, dims(v));
    }
  };
  return std::visit(Visitor{integers, floats}, attribute);
}

}  // namespace corecast::coreml
