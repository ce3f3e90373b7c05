// The top level of the text form: functions and what stands beside them.
#include "ir/parse_parts.h"

namespace corecast::ir {

bool compatible(const Type& a, const Type& b) {
  if (a.kind != b.kind || a.dtype != b.dtype || a.shape.size() != b.shape.size()) return false;
  for (std::size_t i = 0; i < a.shape.size(); ++i) {
    if (a.shape[i].is_constant() && b.shape[i].is_constant() && !(a.shape[i] == b.shape[i]))
      return false;
  }
  return true;
}

namespace {

class ModuleParser {
 public:
  ModuleParser(TextScanner& s, const ParseOptions& options) : s_(s), options_(options) {}

  bool parse(Module& m) {
    std::int64_t bytes_left = options_.max_constant_bytes;
    while (!s_.failed() && !s_.at_end()) {
      if (s_.peek() == 'f') {
        Function f;
        if (!parse_function(s_, *m.registry, options_, bytes_left, f)) return false;
        if (m.find(f.name)) return s_.fail("two functions named '", f.name, "'");
        m.functions.push_back(std::move(f));
      } else if (!item(m)) {
        return false;
      }
    }
    return !s_.failed();
  }

 private:
  bool item(Module& m) {
    if (s_.accept("source")) return s_.string(m.source_format);
    if (s_.accept("default")) return s_.expect("@") && s_.name(m.default_function);
    if (s_.accept("metadata")) return metadata(m.metadata);
    if (s_.accept("state")) {
      StateFeature state;
      if (!s_.string(state.name) || !s_.expect(":") || !parse_type(s_, state.type)) return false;
      m.states.push_back(std::move(state));
      return true;
    }
    if (s_.accept("labels")) {
      ClassLabels labels;
      if (!s_.string(labels.output)) return false;
      if (!parse_list(s_, labels.labels, [&](std::string& text) { return s_.string(text); }))
        return false;
      m.class_labels = std::move(labels);
      return true;
    }
    return s_.fail("expected 'func'", s_.found());
  }

  bool metadata(Metadata& m) {
    if (!s_.expect("{")) return false;
    do {
      const std::size_t begin = s_.pos();
      const std::string_view key = s_.word();
      if (!s_.expect("=")) return false;
      if (key == "user") {
        if (!user(m.user)) return false;
        continue;
      }
      std::string* field = key == "author"        ? &m.author
                           : key == "license"     ? &m.license
                           : key == "version"     ? &m.version
                           : key == "description" ? &m.description
                                                  : nullptr;
      if (!field) return s_.fail_at(begin, "unknown metadata '", key, "'");
      if (!s_.string(*field)) return false;
    } while (s_.accept(","));
    return s_.expect("}");
  }

  bool user(std::map<std::string, std::string>& out) {
    if (!s_.expect("{")) return false;
    do {
      std::string key, value;
      if (!s_.string(key) || !s_.expect("=") || !s_.string(value)) return false;
      out[key] = std::move(value);
    } while (s_.accept(","));
    return s_.expect("}");
  }

  TextScanner& s_;
  const ParseOptions& options_;
};

}  // namespace

Result<Module> parse_module(std::string_view text, const Registry& registry,
                            const ParseOptions& options) {
  TextScanner s(text);
  Module m(registry);
  if (!ModuleParser(s, options).parse(m)) return s.take_error();
  return m;
}

Result<Function> parse_function(std::string_view text, const Registry& registry,
                                const ParseOptions& options) {
  TextScanner s(text);
  Function f;
  std::int64_t bytes_left = options.max_constant_bytes;
  if (!parse_function(s, registry, options, bytes_left, f)) return s.take_error();
  if (!s.at_end()) {
    s.fail("expected the end after the function", s.found());
    return s.take_error();
  }
  return f;
}

}  // namespace corecast::ir
