#include "ir/parse_parts.h"

#include <bit>
#include <cmath>
#include <cstring>

namespace corecast::ir {

// --- types -----------------------------------------------------------------------------------

namespace {

constexpr std::size_t kMaxRank = 64;

bool parse_dim(TextScanner& s, Dim& out) {
  const std::size_t begin = s.pos();
  int depth = 0;
  const std::string_view text = s.run([&](char c) {
    if (c == '(') ++depth;
    if (c == ')') --depth;
    return c != ']' && c != '>' && c != '\n' && (c != ',' || depth > 0);
  });
  const auto dim = Dim::parse(text);
  if (!dim) return s.fail_at(begin, "expected a size, found '", text, "'");
  if (dim->is_constant() && dim->value() < 0) return s.fail_at(begin, "a size is negative");
  out = *dim;
  return true;
}

bool parse_tensor_type(TextScanner& s, Type& out) {
  const std::size_t begin = s.pos();
  const std::string_view word = s.word();
  const auto dtype = dtype_from_name(word);
  if (!dtype) return s.fail_at(begin, "unknown element type '", word, "'");
  out.dtype = *dtype;
  if (!parse_list(s, out.shape, [&](Dim& d) { return parse_dim(s, d); })) return false;
  return out.shape.size() <= kMaxRank || s.fail_at(begin, "more than ", kMaxRank, " dimensions");
}

}  // namespace

bool parse_type(TextScanner& s, Type& out) {
  out = Type();
  if (s.accept("state")) {
    out.kind = TypeKind::state;
    return s.expect("<") && parse_tensor_type(s, out) && s.expect(">");
  }
  if (s.accept("list")) {
    out.kind = TypeKind::list;
    return s.expect("<") && parse_tensor_type(s, out) && s.expect(",") &&
           parse_dim(s, out.length) && s.expect(">");
  }
  return parse_tensor_type(s, out);
}

// --- attributes ------------------------------------------------------------------------------

namespace {

bool parse_bool(TextScanner& s, bool& out) {
  out = s.accept("true");
  return out || s.accept("false") || s.fail("expected true or false", s.found());
}

bool parse_dtype(TextScanner& s, DType& out) {
  const std::size_t begin = s.pos();
  const auto dtype = dtype_from_name(s.word());
  if (!dtype) return s.fail_at(begin, "expected an element type");
  out = *dtype;
  return true;
}

template <class T, class Item>
bool scalar(Attribute& out, const Item& item) {
  T value{};
  if (!item(value)) return false;
  out = std::move(value);
  return true;
}

}  // namespace

bool parse_attribute(TextScanner& s, const AttrSpec& spec, Attribute& out) {
  const auto integer = [&](std::int64_t& v) { return s.integer(v); };
  const auto floating = [&](double& v) { return s.floating(v); };
  const auto boolean = [&](bool& v) { return parse_bool(s, v); };
  const auto string = [&](std::string& v) { return s.string(v); };
  if (spec.optional && s.accept("none")) {
    out = std::monostate{};
    return true;
  }
  switch (spec.kind) {
    case AttrKind::boolean: return scalar<bool>(out, boolean);
    case AttrKind::integer: return scalar<std::int64_t>(out, integer);
    case AttrKind::floating: return scalar<double>(out, floating);
    case AttrKind::string: return scalar<std::string>(out, string);
    case AttrKind::dtype: return scalar<DType>(out, [&](DType& v) { return parse_dtype(s, v); });
    case AttrKind::integers:
      return scalar<std::vector<std::int64_t>>(out,
                                               [&](auto& v) { return parse_list(s, v, integer); });
    case AttrKind::floats:
      return scalar<std::vector<double>>(out, [&](auto& v) { return parse_list(s, v, floating); });
    case AttrKind::booleans:
      return scalar<std::vector<bool>>(out, [&](auto& v) { return parse_list(s, v, boolean); });
    case AttrKind::strings:
      return scalar<std::vector<std::string>>(out,
                                              [&](auto& v) { return parse_list(s, v, string); });
    case AttrKind::none: break;
  }
  return s.fail("attribute '", spec.name, "' has no kind");
}

// --- constants -------------------------------------------------------------------------------

namespace {

void put_bits(std::byte* p, std::int64_t i, int width, std::uint64_t bits) {
  if (width % 8 == 0) {
    const auto size = static_cast<std::size_t>(width / 8);
    std::memcpy(p + static_cast<std::size_t>(i) * size, &bits, size);
    return;
  }
  for (int b = 0; b < width; ++b) {
    const std::int64_t at = i * width + b;
    if ((bits >> b) & 1u) p[at / 8] |= static_cast<std::byte>(1u << (at % 8));
  }
}

template <class T>
bool from_text(std::string_view text, T& value, int base) {
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return ec == std::errc() && end == text.data() + text.size();
}

bool float_bits(std::string_view text, DType dtype, std::uint64_t& bits) {
  const bool is_nan = text == "nan";
  if (dtype == DType::f32) {  // read as float: through double it could be rounded twice
    float f = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), f);
    if (ec != std::errc() || end != text.data() + text.size()) return false;
    bits = is_nan ? 0x7fc00000u : std::bit_cast<std::uint32_t>(f);
    return true;
  }
  double d = 0;
  if (!parse_double(text, d)) return false;
  switch (dtype) {
    case DType::f64:
      bits = is_nan ? 0x7ff8000000000000u : std::bit_cast<std::uint64_t>(d);
      return true;
    case DType::f16: bits = is_nan ? 0x7e00u : to_half(d).bits; return true;
    case DType::bf16: bits = is_nan ? 0x7fc0u : to_bfloat(static_cast<float>(d)).bits; return true;
    default: {
      Tensor one = Tensor::zeros(dtype, {1});
      one.set(0, d);
      std::byte code{};
      one.read(0, {&code, 1});
      bits = std::to_integer<std::uint64_t>(code);
      return true;
    }
  }
}

bool parse_element(TextScanner& s, DType dtype, std::uint64_t& bits) {
  const std::size_t begin = s.pos();
  const std::string_view text = s.number_text();
  const int width = bits_of(dtype);
  const auto bad = [&] { return s.fail_at(begin, "'", text, "' is no ", name_of(dtype)); };
  if (text.starts_with("0x")) {
    if (!from_text(text.substr(2), bits, 16)) return bad();
    return width == 64 || (bits >> width) == 0 || bad();
  }
  if (dtype == DType::boolean) {
    bits = text == "true" ? 1 : 0;
    return bits == 1 || text == "false" || bad();
  }
  if (is_floating(dtype)) return float_bits(text, dtype, bits) || bad();
  if (!is_signed(dtype))
    return from_text(text, bits, 10) && (width == 64 || (bits >> width) == 0) ? true : bad();
  std::int64_t value = 0;
  if (!parse_int(text, value) || value < min_of(dtype) || value > max_of(dtype)) return bad();
  bits = static_cast<std::uint64_t>(value);
  if (width < 64) bits &= (std::uint64_t{1} << width) - 1;
  return true;
}

bool parse_strings(TextScanner& s, const std::vector<std::int64_t>& dims, std::int64_t count,
                   Tensor& out) {
  std::vector<std::string> values;
  for (std::int64_t i = 0; i < count; ++i) {
    if (i && !s.expect(",")) return false;
    if (!s.string(values.emplace_back())) return false;
  }
  out = Tensor::strings(std::move(values), dims);
  return true;
}

bool parse_splat(TextScanner& s, Tensor& out) {
  std::uint64_t bits = 0;
  if (!parse_element(s, out.dtype(), bits)) return false;
  auto* p = static_cast<std::byte*>(out.mutable_bytes());
  const int width = bits_of(out.dtype());
  for (std::int64_t i = 0; i < out.count(); ++i) put_bits(p, i, width, bits);
  return true;
}

bool parse_seq(TextScanner& s, Tensor& out) {
  double start = 0, step = 0;
  if (!s.floating(start) || !s.expect(",") || !s.floating(step)) return false;
  for (std::int64_t i = 0; i < out.count(); ++i) out.set(i, start + step * static_cast<double>(i));
  return true;
}

bool parse_dense(TextScanner& s, Tensor& out) {
  auto* p = static_cast<std::byte*>(out.mutable_bytes());
  for (std::int64_t i = 0; i < out.count(); ++i) {
    std::uint64_t bits = 0;
    if (i && !s.expect(",")) return false;
    if (!parse_element(s, out.dtype(), bits)) return false;
    put_bits(p, i, bits_of(out.dtype()), bits);
  }
  return true;
}

bool parse_reference(TextScanner& s, const ParseOptions& options, const Type& type, Tensor& out) {
  const std::size_t begin = s.pos();
  const std::string_view text = s.number_text();
  std::uint64_t hash = 0;
  if (text.size() != 16 || !from_text(text, hash, 16))
    return s.fail_at(begin, "expected 16 hexadecimal digits");
  const Tensor* found = nullptr;
  if (options.references) {
    const auto it = options.references->find(hash);
    if (it != options.references->end()) found = &it->second;
  }
  if (!found) return s.fail_at(begin, "no constant with hash ", text, " is at hand");
  if (found->dtype() != type.dtype || make_shape(found->dims()) != type.shape) {
    return s.fail_at(begin, "constant ", text, " has another type");
  }
  out = *found;
  return true;
}

}  // namespace

bool parse_tensor(TextScanner& s, const ParseOptions& options, std::int64_t& bytes_left,
                  Tensor& out) {
  const std::size_t begin = s.pos();
  const std::string_view form = s.word();
  const bool known = form == "dense" || form == "splat" || form == "seq" || form == "ref";
  if (!known) return s.fail_at(begin, "expected dense, splat, seq or ref");
  Type type;
  if (!s.expect("<") || !parse_tensor_type(s, type) || !s.expect(":")) return false;
  if (!type.is_static()) return s.fail_at(begin, "a constant's sizes are numbers");
  const auto dims = static_dims(type.shape);
  const auto count = element_count(dims);
  if (!count) return s.fail_at(begin, "the constant is too large");
  if (form == "ref") return parse_reference(s, options, type, out) && s.expect(">");
  if (type.dtype == DType::string) {
    if (form != "dense") return s.fail_at(begin, "strings are written out");
    return parse_strings(s, dims, *count, out) && s.expect(">");
  }
  const auto bytes = packed_bytes(type.dtype, *count);
  if (!bytes || *bytes > static_cast<std::size_t>(bytes_left))
    return s.fail_at(begin, "the constants are too large");
  bytes_left -= static_cast<std::int64_t>(*bytes);
  out = Tensor::zeros(type.dtype, dims);
  const bool ok = form == "splat" ? parse_splat(s, out)
                  : form == "seq" ? parse_seq(s, out)
                                  : parse_dense(s, out);
  return ok && s.expect(">");
}

}  // namespace corecast::ir
