// Text and equality of the IR's small value types: Type and Attribute.
#include <algorithm>
#include <bit>

#include "base/check.h"
#include "base/strings.h"
#include "ir/attribute.h"
#include "ir/type.h"

namespace corecast::ir {

std::string to_string(const Type& t) {
  const std::string tensor = cat(name_of(t.dtype), to_string(t.shape));
  switch (t.kind) {
    case TypeKind::tensor: return tensor;
    case TypeKind::list: return cat("list<", tensor, ",", t.length.to_string(), ">");
    case TypeKind::state: return cat("state<", tensor, ">");
  }
  CC_UNREACHABLE("type kind");
}

std::string_view name_of(AttrKind kind) {
  static constexpr std::string_view names[] = {"none",      "bool",       "int",      "float",
                                               "string",    "dtype",      "int list", "float list",
                                               "bool list", "string list"};
  return names[static_cast<std::size_t>(kind)];
}

namespace {

std::string float_text(double v) {
  std::string s = cat(v);
  if (s.find_first_not_of("-0123456789") == std::string::npos) s += ".0";
  return s;
}

template <class V, class F>
std::string list_text(const V& values, F&& item) {
  std::string out = "[";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i) out += ',';
    out += item(values[i]);
  }
  return out + "]";
}

bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

}  // namespace

std::string to_string(const Attribute& a) {
  struct Printer {
    std::string operator()(std::monostate) const { return "none"; }
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(std::int64_t v) const { return cat(v); }
    std::string operator()(double v) const { return float_text(v); }
    std::string operator()(const std::string& v) const { return quote(v); }
    std::string operator()(DType v) const { return std::string(name_of(v)); }
    std::string operator()(const std::vector<std::int64_t>& v) const {
      return list_text(v, [](std::int64_t x) { return cat(x); });
    }
    std::string operator()(const std::vector<double>& v) const { return list_text(v, float_text); }
    std::string operator()(const std::vector<bool>& v) const {
      return list_text(v, [](bool x) { return std::string(x ? "true" : "false"); });
    }
    std::string operator()(const std::vector<std::string>& v) const {
      return list_text(v, [](const std::string& x) { return quote(x); });
    }
  };
  return std::visit(Printer{}, a);
}

bool identical(const Attribute& a, const Attribute& b) {
  if (a.index() != b.index()) return false;
  if (const auto* x = std::get_if<double>(&a)) return same_bits(*x, std::get<double>(b));
  if (const auto* x = std::get_if<std::vector<double>>(&a)) {
    const auto& y = std::get<std::vector<double>>(b);
    return x->size() == y.size() && std::equal(x->begin(), x->end(), y.begin(), same_bits);
  }
  return a == b;
}

}  // namespace corecast::ir
