// The leaves of the text form: types, attributes, constants. For the parser's own files.
#pragma once

#include "ir/parse.h"
#include "ir/text_scanner.h"

namespace corecast::ir {

bool parse_type(TextScanner& s, Type& out);
bool parse_attribute(TextScanner& s, const AttrSpec& spec, Attribute& out);
/// `dense<...>`, `splat<...>`, `seq<...>` or `ref<...>`; `bytes_left` is what may still be
/// allocated.
bool parse_tensor(TextScanner& s, const ParseOptions& options, std::int64_t& bytes_left,
                  Tensor& out);

/// One `func`; `out` is fresh.
bool parse_function(TextScanner& s, const Registry& registry, const ParseOptions& options,
                    std::int64_t& bytes_left, Function& out);

/// "[a,b]" of whatever `item` reads into a T.
template <class T, class Item>
bool parse_list(TextScanner& s, std::vector<T>& out, const Item& item) {
  out.clear();
  if (!s.expect("[")) return false;
  if (s.accept("]")) return true;
  do {
    T value{};
    if (!item(value)) return false;
    out.push_back(std::move(value));
  } while (s.accept(","));
  return s.expect("]");
}
inline bool parse_ints(TextScanner& s, std::vector<std::int64_t>& out) {
  return parse_list(s, out, [&](std::int64_t& v) { return s.integer(v); });
}

}  // namespace corecast::ir
