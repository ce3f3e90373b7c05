#include "converter/coreml/old_forms.h"

#include "base/strings.h"
#include "converter/coreml/rules.h"
#include "converter/coreml/value_codec.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/select.h"

namespace corecast::coreml {
namespace {

using ir::DType;

Error malformed(const std::string& op, const std::string& why) {
  return Error(Code::E2405, cat(op, ": ", why), "the model file is damaged");
}

bool is_packed(const pb::Operation& op) {
  return (op.type() == "constexpr_lut_to_dense" || op.type() == "constexpr_sparse_to_dense") &&
         argument_of(op, "shape").has_value();
}

Result<ir::Tensor> constant(const pb::Operation& op, const char* name, PackageFiles& files) {
  const auto argument = argument_of(op, name);
  if (!argument || argument->bindings_size() != 1 || !argument->bindings(0).has_value()) {
    return malformed(op.type(), cat("no constant ", name));
  }
  return decode_tensor_value(argument->bindings(0).value(), files);
}

std::optional<DType> index_type(std::int64_t entries) {
  switch (entries) {
    case 2: return DType::u1;
    case 4: return DType::u2;
    case 8: return DType::u3;
    case 16: return DType::u4;
    case 64: return DType::u6;
    case 256: return DType::u8;
    default: return std::nullopt;
  }
}

/// The same bytes as elements of `dtype` in `dims`: both forms pack elements lowest bit first.
Result<ir::Tensor> unpacked(const std::string& op, const ir::Tensor& bytes, DType dtype,
                            const std::vector<std::int64_t>& dims) {
  const auto count = ir::element_count(dims);
  const auto size = count ? ir::packed_bytes(dtype, *count) : std::nullopt;
  if (!size || *size != bytes.byte_size() || ir::bits_of(bytes.dtype()) != 8) {
    return malformed(op, cat(bytes.byte_size(), " packed bytes, expected ", size.value_or(0)));
  }
  return ir::Tensor(dtype, dims, bytes.buffer());
}

}  // namespace

std::optional<pb::Argument> argument_of(const pb::Operation& op, const std::string& name) {
  if (const auto it = op.inputs().find(name); it != op.inputs().end()) return it->second;
  const auto it = op.attributes().find(name);
  if (it == op.attributes().end()) return std::nullopt;
  pb::Argument argument;
  *argument.add_bindings()->mutable_value() = it->second;
  return argument;
}

Result<Replacements> replacements_for(const pb::Operation& op, PackageFiles& files) {
  Replacements out;
  if (!is_packed(op)) return out;
  TRY(const auto shape, constant(op, "shape", files));
  if (!is_integer(shape.dtype()))
    return malformed(op.type(), "a shape that is no list of integers");
  const auto dims = shape.to_ints();
  if (op.type() == "constexpr_sparse_to_dense") {
    TRY(const auto mask, constant(op, "mask", files));
    TRY(out["mask"], unpacked(op.type(), mask, DType::u1, dims));
    return out;
  }
  TRY(const auto lut, constant(op, "lut", files));
  TRY(const auto indices, constant(op, "indices", files));
  const auto type = index_type(lut.count());
  if (!type) return malformed(op.type(), cat("a table of ", lut.count(), " entries"));
  TRY(out["indices"], unpacked(op.type(), indices, *type, dims));
  std::vector<std::int64_t> table(dims.size(), 1);
  table.push_back(lut.count());
  table.push_back(1);
  out["lut"] = lut.reshaped(std::move(table));
  return out;
}

namespace {

/// Whether v is what wrap_negative_indices makes: a package of ours comes back without a second
/// layer.
bool is_wrapped(const ir::Function& f, ir::ValueId v) {
  const auto select = f.def_if<op::Select>(v);
  const auto less = select ? f.def_if<op::Less>(select->cond) : std::nullopt;
  const auto add = select ? f.def_if<op::Add>(select->a) : std::nullopt;
  if (!less || !add || less->x != select->b || add->x != select->b) return false;
  const ir::Tensor *zero = f.constant(less->y), *size = f.constant(add->y);
  return zero && size && zero->count() == 1 && zero->dtype() == DType::i32 &&
         zero->at_int(0) == 0 && size->dtype() == DType::i32;
}

/// The sizes that indices of this op count within: one, or one per element of the last dimension.
/// Empty when the op takes no indices or a size is unknown.
std::vector<std::int32_t> index_limits(const ir::Shape& shape, const ir::Type& indices,
                                       const ir::OpSchema& schema,
                                       const std::vector<ir::Attribute>& attributes) {
  const auto integer = [&](std::string_view name) -> std::int64_t {
    const int at = schema.attr_index(name);
    return at < 0 ? 0 : std::get<std::int64_t>(attributes[static_cast<std::size_t>(at)]);
  };
  const std::string_view op = rules().row(schema.kind).name;
  std::int64_t first = 0, count = 1;
  if (op == "gather" || op == "gather_along_axis" || op == "scatter" ||
      op == "scatter_along_axis") {
    first = integer("axis");
    if (first < 0) first += static_cast<std::int64_t>(shape.size());
  } else if (op == "gather_nd" || op == "scatter_nd") {
    first = integer("batch_dims");
    count = indices.shape.empty() ? 0 : indices.shape.back().constant().value_or(0);
  } else {
    return {};
  }
  std::vector<std::int32_t> limits;
  for (std::int64_t i = first; i < first + count; ++i) {
    if (i < 0 || i >= static_cast<std::int64_t>(shape.size())) return {};
    const auto size = shape[static_cast<std::size_t>(i)].constant();
    if (!size || *size > INT32_MAX) return {};
    limits.push_back(static_cast<std::int32_t>(*size));
  }
  return limits;
}

}  // namespace

void wrap_negative_indices(ir::Builder& builder, const ir::OpSchema& schema,
                           const std::vector<ir::Attribute>& attributes,
                           std::vector<ir::ValueId>& operands) {
  const int at = schema.operand_index("indices");
  if (at < 0 || static_cast<std::size_t>(at) >= operands.size() || !operands[0]) return;
  auto& indices = operands[static_cast<std::size_t>(at)];
  const ir::Type type = builder.type(indices);
  const auto limits = index_limits(builder.type(operands[0]).shape, type, schema, attributes);
  if (limits.empty() || type.dtype != DType::i32 || is_wrapped(builder.function(), indices)) return;
  if (const auto* tensor = builder.function().constant(indices)) {
    auto values = tensor->to_ints();
    bool changed = false;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i] >= 0) continue;
      values[i] += limits[i % limits.size()];
      changed = true;
    }
    if (!changed) return;
    const std::vector<std::int32_t> wrapped(values.begin(), values.end());
    indices = builder.constant(ir::Tensor::of(wrapped, tensor->dims()),
                               builder.function().value(indices).name);
    return;
  }
  const auto zero = builder.constant(ir::Tensor::scalar(std::int32_t{0}));
  const auto size =
      builder.constant(limits.size() == 1 ? ir::Tensor::scalar(limits[0]) : ir::Tensor::of(limits));
  const auto negative = builder.add(op::Less{.x = indices, .y = zero});
  const auto wrapped = builder.add(op::Add{.x = indices, .y = size});
  indices = builder.add(op::Select{.cond = negative, .a = wrapped, .b = indices});
}

bool is_ignorable(const pb::Operation& op, const std::string& name) {
  if (name == "name") return true;
  return name == "shape" && is_packed(op);
}

}  // namespace corecast::coreml
