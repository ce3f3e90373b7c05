#include "validator/npy.h"

#include <algorithm>

#include "base/strings.h"

namespace corecast::validator {
namespace {

using ir::DType;
using ir::Tensor;

struct Descr {
  DType dtype;
  std::string_view text;
};
constexpr Descr kTypes[] = {
    {DType::boolean, "b1"}, {DType::i8, "i1"},  {DType::i16, "i2"}, {DType::i32, "i4"},
    {DType::i64, "i8"},     {DType::u8, "u1"},  {DType::u16, "u2"}, {DType::u32, "u4"},
    {DType::u64, "u8"},     {DType::f16, "f2"}, {DType::f32, "f4"}, {DType::f64, "f8"},
};

Error bad(const std::string& what) {
  return Error(Code::E2007, cat("not a readable .npy array: ", what),
               "save it with numpy.save or numpy.savez");
}

// The text after `key` in the header's dict.
std::string_view entry(std::string_view header, std::string_view key) {
  const auto at = header.find(key);
  if (at == std::string_view::npos) return {};
  const auto colon = header.find(':', at + key.size());
  return colon == std::string_view::npos ? std::string_view{} : trim(header.substr(colon + 1));
}

}  // namespace

std::string encode_npy(const Tensor& given) {
  Tensor tensor = given;
  const auto known = [&] {
    return std::find_if(std::begin(kTypes), std::end(kTypes),
                        [&](const Descr& d) { return d.dtype == tensor.dtype(); });
  };
  if (known() == std::end(kTypes))
    tensor = tensor.cast(ir::is_floating(tensor.dtype()) ? DType::f32 : DType::i32);
  std::string shape = "(";
  for (const auto d : tensor.dims()) shape += cat(d, ",");
  shape += ")";
  const bool byte = ir::bits_of(tensor.dtype()) == 8;
  std::string header = cat("{'descr': '", byte ? "|" : "<", known()->text,
                           "', 'fortran_order': False, 'shape': ", shape, ", }");
  const std::size_t prefix = 10;
  header.append(64 - (prefix + header.size() + 1) % 64, ' ');
  header += '\n';
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(header.size() & 0xff);
  out += static_cast<char>(header.size() >> 8);
  out += header;
  out += as_chars(tensor.bytes());
  return out;
}

namespace {

struct Header {
  const Descr* type = nullptr;
  bool big_endian = false, fortran = false;
  std::vector<std::int64_t> dims;
  std::size_t data = 0;  ///< where the elements begin
};

Result<std::vector<std::int64_t>> read_shape(std::string_view shape) {
  const auto close = shape.find(')');
  if (!shape.starts_with("(") || close == std::string_view::npos) return bad("no shape");
  std::vector<std::int64_t> dims;
  for (const auto part : split(shape.substr(1, close - 1), ',')) {
    std::int64_t d;
    const auto word = trim(part);
    if (word.empty()) continue;
    if (!parse_int(word, d) || d < 0) return bad(cat("shape ", shape.substr(0, close + 1)));
    dims.push_back(d);
  }
  return dims;
}

Result<Header> read_header(ByteView bytes) {
  const std::string_view text = as_chars(bytes);
  if (!text.starts_with("\x93NUMPY") || text.size() < 12) return bad("the magic is missing");
  const int version = static_cast<unsigned char>(text[6]);
  std::size_t header_size = 0, at = 0;
  if (version == 1) {
    header_size = *read_le<std::uint16_t>(bytes, 8);
    at = 10;
  } else if (version == 2 || version == 3) {
    header_size = *read_le<std::uint32_t>(bytes, 8);
    at = 12;
  } else {
    return bad(cat("version ", version));
  }
  const auto header_bytes = checked_slice(bytes, at, header_size);
  if (!header_bytes) return bad("the header is cut off");
  const std::string_view header = as_chars(*header_bytes);
  const auto descr = entry(header, "'descr'");
  if (descr.size() < 5 || descr[0] != '\'')
    return bad("structured or object arrays are not supported");
  const char order = descr[1];
  const std::string_view type = descr.substr(2, descr.find('\'', 1) - 2);
  const auto it = std::find_if(std::begin(kTypes), std::end(kTypes),
                               [&](const Descr& d) { return d.text == type; });
  if (std::string_view("<>|=").find(order) == std::string_view::npos)
    return bad(cat("byte order ", quote({&order, 1})));
  if (it == std::end(kTypes)) return bad(cat("element type ", type, " is not a number"));
  Header h{it, order == '>', entry(header, "'fortran_order'").starts_with("True"), {}, 0};
  TRY(h.dims, read_shape(entry(header, "'shape'")));
  h.data = at + header_size;
  return h;
}

/// From column-major order, in which the first index is the fastest, to row-major.
std::string reordered(const std::string& raw, const std::vector<std::int64_t>& dims,
                      std::size_t element) {
  std::string out(raw.size(), '\0');
  std::vector<std::int64_t> index(dims.size(), 0);
  for (std::size_t k = 0; k * element < raw.size(); ++k) {
    std::int64_t row_major = 0;
    for (std::size_t i = 0; i < dims.size(); ++i) row_major = row_major * dims[i] + index[i];
    std::memcpy(&out[static_cast<std::size_t>(row_major) * element], &raw[k * element], element);
    for (std::size_t i = 0; i < dims.size() && ++index[i] == dims[i]; ++i) index[i] = 0;
  }
  return out;
}

}  // namespace

Result<Tensor> decode_npy(ByteView bytes) {
  TRY(const Header h, read_header(bytes));
  const DType dtype = h.type->dtype;
  const auto count = ir::element_count(h.dims);
  const auto size = count ? ir::packed_bytes(dtype, *count) : std::nullopt;
  const auto data = size ? checked_slice(bytes, h.data, *size) : std::nullopt;
  if (!data) return bad("fewer elements than its shape says");
  const auto element = static_cast<std::size_t>(ir::bits_of(dtype) / 8);
  std::string raw(as_chars(*data));
  if (dtype == DType::boolean) {
    for (char& c : raw) c = c != 0 ? 1 : 0;
  }
  if (h.big_endian && element > 1) {
    for (std::size_t i = 0; i + element <= raw.size(); i += element)
      std::reverse(raw.begin() + static_cast<std::ptrdiff_t>(i),
                   raw.begin() + static_cast<std::ptrdiff_t>(i + element));
  }
  if (h.fortran && h.dims.size() > 1) raw = reordered(raw, h.dims, element);
  return Tensor::from_bytes(dtype, h.dims, as_bytes(raw));
}

}  // namespace corecast::validator
