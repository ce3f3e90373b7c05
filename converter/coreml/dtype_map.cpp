#include "converter/coreml/dtype_map.h"

namespace corecast::coreml {
namespace {

using ir::DType;

constexpr auto kNone = std::nullopt;

// clang-format off
constexpr DTypeRow kRows[] = {
    {DType::boolean, pb::DT_BOOL,          kNone,            "bool"},
    {DType::string,  pb::DT_STRING,        kNone,            "string"},
    {DType::f16,     pb::DT_FLOAT16,       BlobType::f16,    "fp16"},
    {DType::f32,     pb::DT_FLOAT32,       BlobType::f32,    "fp32"},
    {DType::f64,     pb::DT_FLOAT64,       kNone,            "fp64"},
    {DType::bf16,    pb::DT_BFLOAT16,      BlobType::bf16,   "bf16"},
    {DType::i8,      pb::DT_INT8,          BlobType::i8,     "int8"},
    {DType::i16,     pb::DT_INT16,         BlobType::i16,    "int16"},
    {DType::i32,     pb::DT_INT32,         BlobType::i32,    "int32"},
    {DType::i64,     pb::DT_INT64,         kNone,            "int64"},
    {DType::i4,      pb::DT_INT4,          BlobType::i4,     "int4"},
    {DType::u8,      pb::DT_UINT8,         BlobType::u8,     "uint8"},
    {DType::u16,     pb::DT_UINT16,        BlobType::u16,    "uint16"},
    {DType::u32,     pb::DT_UINT32,        BlobType::u32,    "uint32"},
    {DType::u64,     pb::DT_UINT64,        kNone,            "uint64"},
    {DType::u4,      pb::DT_UINT4,         BlobType::u4,     "uint4"},
    {DType::u3,      pb::DT_UINT3,         BlobType::u3,     "uint3"},
    {DType::u2,      pb::DT_UINT2,         BlobType::u2,     "uint2"},
    {DType::u1,      pb::DT_UINT1,         BlobType::u1,     "uint1"},
    {DType::u6,      pb::DT_UINT6,         BlobType::u6,     "uint6"},
    {DType::f8e4m3,  pb::DT_FLOAT8_E4M3FN, BlobType::f8e4m3, "fp8e4m3fn"},
    {DType::f8e5m2,  pb::DT_FLOAT8_E5M2,   BlobType::f8e5m2, "fp8e5m2"},
};
// clang-format on

template <class Matches>
const DTypeRow* find_row(const Matches& matches) {
  for (const auto& row : kRows) {
    if (matches(row)) return &row;
  }
  return nullptr;
}

}  // namespace

const DTypeRow* find_dtype(DType dtype) {
  return find_row([&](const auto& row) { return row.dtype == dtype; });
}

const DTypeRow* find_dtype(pb::DataType message) {
  return find_row([&](const auto& row) { return row.message == message; });
}

const DTypeRow* find_dtype_text(std::string_view text) {
  return find_row([&](const auto& row) { return row.text == text; });
}

}  // namespace corecast::coreml
