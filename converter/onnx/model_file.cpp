#include "converter/onnx/model_file.h"

#include <climits>
#include <filesystem>

#include "base/strings.h"
#include "converter/onnx/wire_scan.h"

namespace corecast::onnx {
namespace {

// Raised as new releases are tested.
constexpr std::int64_t kNewestIr = 13;
constexpr std::int64_t kNewestOpset = 27;
constexpr std::int64_t kOldestOpset = 7;

Error malformed(const std::string& what) {
  return Error(
      Code::E2002, what,
      "the file may be truncated, or not be ONNX at all; try downloading or exporting it again");
}

Status check_versions(const proto::ModelProto& m) {
  if (!m.has_graph() || m.opset_import_size() == 0) {
    return malformed("not an ONNX model: it has no graph, or no opset version");
  }
  if (m.ir_version() > kNewestIr || m.ir_version() < 3) {
    return Error(
        Code::E2009,
        cat("ONNX IR version ", m.ir_version(), " is not supported (3 to ", kNewestIr, " are)"),
        m.ir_version() < 3 ? "export the model again with a newer exporter"
                           : "update corecast, or export for an older IR version");
  }
  for (const auto& o : m.opset_import()) {
    if (!o.domain().empty() && o.domain() != "ai.onnx") continue;
    if (o.version() > kNewestOpset || o.version() < kOldestOpset) {
      return Error(Code::E2003,
                   cat("ONNX opset ", o.version(), " is not supported (", kOldestOpset, " to ",
                       kNewestOpset, " are)"),
                   o.version() < kOldestOpset
                       ? "convert the model with onnx.version_converter to opset 7 or newer"
                       : "update corecast, or export for an older opset");
    }
  }
  return {};
}

}  // namespace

std::optional<ir::DType> dtype_of(int type) {
  using P = proto::TensorProto;
  using ir::DType;
  switch (type) {
    case P::FLOAT: return DType::f32;
    case P::UINT8: return DType::u8;
    case P::INT8: return DType::i8;
    case P::UINT16: return DType::u16;
    case P::INT16: return DType::i16;
    case P::INT32: return DType::i32;
    case P::INT64: return DType::i64;
    case P::STRING: return DType::string;
    case P::BOOL: return DType::boolean;
    case P::FLOAT16: return DType::f16;
    case P::DOUBLE: return DType::f64;
    case P::UINT32: return DType::u32;
    case P::UINT64: return DType::u64;
    case P::BFLOAT16: return DType::bf16;
    case P::FLOAT8E4M3FN: return DType::f8e4m3;
    case P::FLOAT8E5M2: return DType::f8e5m2;
    case P::UINT4: return DType::u4;
    case P::INT4: return DType::i4;
    case P::FLOAT4E2M1: return DType::f4e2m1;
    default: return std::nullopt;
  }
}

Result<std::unique_ptr<ModelFile>> ModelFile::open(const std::string& path, Stop stop) {
  auto model = std::make_unique<ModelFile>();
  model->path_ = path;
  TRY(model->file_, MappedFile::open(path));
  if (model->file_->bytes().empty()) return malformed("the file is empty").with_file(path);
  auto slim = strip_weights(model->file_->bytes(), stop);
  if (!slim) return std::move(slim).error().with_file(path);
  if (slim->size() > static_cast<std::size_t>(INT_MAX)) {
    return Error(Code::E5001, "the graph itself, without weights, is over 2 GiB").with_file(path);
  }
  if (!model->model_.ParseFromArray(slim->data(), static_cast<int>(slim->size()))) {
    return malformed("not a readable ONNX file").with_file(path);
  }
  if (auto ok = check_versions(model->model_); !ok) return std::move(ok).error().with_file(path);
  return model;
}

std::int64_t ModelFile::opset(std::string_view domain) const {
  const std::string_view wanted = domain == "ai.onnx" ? "" : domain;
  for (const auto& o : model_.opset_import()) {
    if ((o.domain() == "ai.onnx" ? "" : o.domain()) == wanted) return o.version();
  }
  return 0;
}

Result<std::shared_ptr<const MappedFile>> ModelFile::external_file(const std::string& location) {
  if (const auto it = external_.find(location); it != external_.end()) return it->second;
  namespace fs = std::filesystem;
  const auto outside = [&] {
    return Error(Code::E2004,
                 cat("external data ", quote(location), " lies outside the model's folder"),
                 "external data must be a file beside the model or in a folder below it");
  };
  const fs::path relative(location);
  if (location.empty() || relative.is_absolute() || location.find('\0') != std::string::npos)
    return outside();
  std::error_code ec;
  const fs::path base = fs::weakly_canonical(fs::absolute(fs::path(path_), ec).parent_path(), ec);
  const fs::path target = fs::weakly_canonical(base / relative, ec);
  const auto [end, ignored] = std::mismatch(base.begin(), base.end(), target.begin(), target.end());
  if (ec || end != base.end()) return outside();
  auto file = MappedFile::open(target.string());
  if (!file) {
    return Error(Code::E2004, cat("external data ", quote(location), ": ", file.error().message),
                 "keep the data file beside the .onnx file, under its original name");
  }
  external_[location] = *file;
  return *file;
}

namespace {

/// Bools are 0 or 1 here, whatever bytes a file has for true.
ir::Tensor flags(std::vector<std::int64_t> dims, ByteView bytes) {
  std::string clean(as_chars(bytes));
  for (char& c : clean) c = c != 0 ? 1 : 0;
  return ir::Tensor::from_bytes(ir::DType::boolean, std::move(dims), as_bytes(clean));
}

}  // namespace

Result<ir::Tensor> ModelFile::external(const proto::TensorProto& t, ir::DType dtype,
                                       std::vector<std::int64_t> dims, std::size_t bytes) {
  std::string location;
  std::int64_t offset = 0, length = static_cast<std::int64_t>(bytes);
  for (const auto& entry : t.external_data()) {
    bool ok = true;
    if (entry.key() == "location") location = entry.value();
    if (entry.key() == "offset") ok = parse_int(entry.value(), offset);
    if (entry.key() == "length") ok = parse_int(entry.value(), length);
    if (!ok || offset < 0 || length < 0) {
      return malformed(cat("tensor ", quote(t.name()), ": external data ", entry.key(), " is ",
                           quote(entry.value())));
    }
  }
  TRY(const auto file, external_file(location));
  if (length != static_cast<std::int64_t>(bytes)) {
    return malformed(cat("tensor ", quote(t.name()), " needs ", bytes,
                         " bytes, its external data has ", length));
  }
  const auto part = checked_slice(file->bytes(), static_cast<std::uint64_t>(offset), bytes);
  if (!part) {
    return Error(Code::E2004,
                 cat("external data ", quote(location), " is too short: tensor ", quote(t.name()),
                     " wants ", bytes, " bytes from ", offset, " on, of ", file->bytes().size()),
                 "the data file may be truncated or belong to another model");
  }
  if (dtype == ir::DType::boolean) return flags(std::move(dims), *part);
  return ir::Tensor(dtype, std::move(dims), std::make_shared<ir::MappedBuffer>(file, *part));
}

namespace {

// Typed data fields (float_data, int32_data, ...), used by hand-made models.
Result<ir::Tensor> typed(const proto::TensorProto& t, ir::DType dtype,
                         const std::vector<std::int64_t>& dims) {
  using ir::DType;
  ir::Tensor out = ir::Tensor::empty(dtype, dims);
  const auto mismatch = [&](int have) {
    return malformed(
        cat("tensor ", quote(t.name()), " has ", have, " values for ", out.count(), " elements"));
  };
  const auto n = out.count();
  switch (dtype) {
    case DType::f32:
      if (t.float_data_size() != n) return mismatch(t.float_data_size());
      if (n)
        std::memcpy(out.mutable_bytes(), t.float_data().data(), static_cast<std::size_t>(n) * 4);
      return out;
    case DType::f64:
      if (t.double_data_size() != n) return mismatch(t.double_data_size());
      if (n)
        std::memcpy(out.mutable_bytes(), t.double_data().data(), static_cast<std::size_t>(n) * 8);
      return out;
    case DType::i64:
      if (t.int64_data_size() != n) return mismatch(t.int64_data_size());
      if (n)
        std::memcpy(out.mutable_bytes(), t.int64_data().data(), static_cast<std::size_t>(n) * 8);
      return out;
    case DType::u32:
    case DType::u64:
      if (t.uint64_data_size() != n) return mismatch(t.uint64_data_size());
      for (std::int64_t i = 0; i < n; ++i) {
        const std::uint64_t v = t.uint64_data(static_cast<int>(i));
        if (dtype == DType::u64)
          out.mutable_data<std::uint64_t>()[static_cast<std::size_t>(i)] = v;
        else
          out.mutable_data<std::uint32_t>()[static_cast<std::size_t>(i)] =
              static_cast<std::uint32_t>(v);
      }
      return out;
    default: break;
  }
  // Everything narrower travels in int32_data: one element per entry as bits, or packed sub-byte
  // pairs.
  const int bits = ir::bits_of(dtype);
  const std::int64_t entries = bits < 8 ? (n * bits + 7) / 8 : n;
  if (t.int32_data_size() != entries) return mismatch(t.int32_data_size());
  auto* bytes = static_cast<std::byte*>(out.mutable_bytes());
  const std::size_t size = bits < 8 ? 1 : static_cast<std::size_t>(bits / 8);
  for (std::int64_t i = 0; i < entries; ++i) {
    std::int32_t v = t.int32_data(static_cast<int>(i));
    if (dtype == DType::boolean) v = v != 0;
    std::memcpy(bytes + static_cast<std::size_t>(i) * size, &v, size);
  }
  return out;
}

}  // namespace

Result<ir::Tensor> ModelFile::tensor(const proto::TensorProto& t) {
  const auto dtype = dtype_of(t.data_type());
  if (!dtype) {
    return Error(Code::E3002,
                 cat("tensor ", quote(t.name()), " has ONNX element type ", t.data_type(),
                     ", which is not supported"),
                 "complex and undefined element types cannot be converted");
  }
  if (t.dims_size() > 32)
    return malformed(cat("tensor ", quote(t.name()), " has rank ", t.dims_size()));
  std::vector<std::int64_t> dims(t.dims().begin(), t.dims().end());
  const auto count = ir::element_count(dims);
  if (!count)
    return malformed(
        cat("tensor ", quote(t.name()), " has an impossible shape [", join(dims, ","), "]"));
  if (*dtype == ir::DType::string) {
    if (t.string_data_size() != *count)
      return malformed(cat("tensor ", quote(t.name()), " lacks values"));
    return ir::Tensor::strings({t.string_data().begin(), t.string_data().end()}, std::move(dims));
  }
  const auto bytes = ir::packed_bytes(*dtype, *count);
  if (!bytes) return malformed(cat("tensor ", quote(t.name()), " is impossibly large"));
  if (t.data_location() == proto::TensorProto::EXTERNAL)
    return external(t, *dtype, std::move(dims), *bytes);
  for (const auto& entry : t.external_data()) {
    if (entry.key() != kMappedKey) continue;
    const auto parts = split(entry.value(), ',');
    std::int64_t offset = 0, size = 0;
    const bool ok = parts.size() == 2 && parse_int(parts[0], offset) && parse_int(parts[1], size) &&
                    offset >= 0;
    const auto part = ok ? checked_slice(file_->bytes(), static_cast<std::uint64_t>(offset), *bytes)
                         : std::nullopt;
    if (!part || size != static_cast<std::int64_t>(*bytes)) {
      return malformed(cat("tensor ", quote(t.name()), " of shape [", join(dims, ","), "] needs ",
                           *bytes, " bytes of data, the file has ", size));
    }
    if (*dtype == ir::DType::boolean) return flags(std::move(dims), *part);
    return ir::Tensor(*dtype, std::move(dims), std::make_shared<ir::MappedBuffer>(file_, *part));
  }
  if (t.has_raw_data()) {
    if (t.raw_data().size() != *bytes) {
      return malformed(cat("tensor ", quote(t.name()), " of shape [", join(dims, ","), "] needs ",
                           *bytes, " bytes of data, the file has ", t.raw_data().size()));
    }
    if (*dtype == ir::DType::boolean) return flags(std::move(dims), as_bytes(t.raw_data()));
    return ir::Tensor::from_bytes(*dtype, std::move(dims), as_bytes(t.raw_data()));
  }
  // An absurd shape with no data behind it must not allocate.
  const std::int64_t have = std::int64_t{t.float_data_size()} + t.int32_data_size() +
                            t.int64_data_size() + t.double_data_size() + t.uint64_data_size();
  if (*count > have * 8)
    return malformed(
        cat("tensor ", quote(t.name()), " of shape [", join(dims, ","), "] has no data"));
  return typed(t, *dtype, dims);
}

}  // namespace corecast::onnx
