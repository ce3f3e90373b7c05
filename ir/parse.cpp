#include "ir/parse.h"

#include <unordered_map>

#include "ir/parse_parts.h"

namespace corecast::ir {

namespace {

class FunctionParser {
 public:
  FunctionParser(TextScanner& s, const Registry& registry, const ParseOptions& options,
                 std::int64_t& bytes_left)
      : s_(s), registry_(registry), options_(options), bytes_left_(bytes_left) {}

  bool parse(Function& out) {
    f_ = &out;
    if (!s_.expect("func") || !s_.expect("@") || !s_.name(out.name) || !inputs() || !header() ||
        !s_.expect("{")) {
      return false;
    }
    return body(out.entry(), 0) && results() && s_.expect("}");
  }

 private:
  struct ValueName {
    std::string key;   // as written, the identity within the text
    std::string name;  // the source name; empty for a number
    std::size_t pos = 0;
  };

  bool inputs() {
    if (!s_.expect("(")) return false;
    if (s_.accept(")")) return true;
    do {
      if (!argument(f_->entry())) return false;
      Feature& feature = f_->inputs.emplace_back();
      feature.name = default_input_name(*f_, f_->inputs.size() - 1);
      if (!parse_feature(feature)) return false;
    } while (s_.accept(","));
    return s_.expect(")");
  }

  bool argument(BlockId block) {
    ValueName name;
    Type type;
    if (!value_name(name) || !s_.expect(":") || !parse_type(s_, type)) return false;
    return define(name, f_->add_arg(block, std::move(type), name.name));
  }

  bool header() {
    if (s_.accept("opset")) {
      f_->opset = s_.word();
      if (f_->opset.empty()) return s_.fail("expected the name of an opset");
    }
    if (!s_.accept("with")) return !s_.failed();
    do {
      SymbolRange range;
      s_.pos();
      const std::string symbol(s_.run([](char c) { return is_name_char(c) || c == '?'; }));
      if (symbol.empty()) return s_.fail("expected a symbol", s_.found());
      if (!s_.expect("=") || !s_.integer(range.lo) || !s_.expect("..")) return false;
      const char c = s_.peek();
      if (c >= '0' && c <= '9' && !s_.integer(range.hi)) return false;
      f_->symbols[symbol] = range;
    } while (s_.accept(","));
    return !s_.failed();
  }

  bool parse_feature(Feature& x) {
    if (!s_.accept("{")) return !s_.failed();
    do {
      const std::size_t begin = s_.pos();
      const std::string_view key = s_.word();
      if (!s_.expect("=")) return false;
      bool ok = true;
      if (key == "name")
        ok = s_.string(x.name);
      else if (key == "description")
        ok = s_.string(x.description);
      else if (key == "image")
        ok = parse_color(x);
      else if (key == "enumerated")
        ok = parse_list(s_, x.enumerated, [&](auto& shape) { return parse_ints(s_, shape); });
      else if (key == "default")
        ok = parse_ints(s_, x.default_shape);
      else if (key == "optional")
        x.optional = ok = s_.expect("true");
      else
        return s_.fail_at(begin, "unknown feature property '", key, "'");
      if (!ok) return false;
    } while (s_.accept(","));
    return s_.expect("}");
  }

  bool parse_color(Feature& x) {
    const std::size_t begin = s_.pos();
    const std::string_view word = s_.word();
    for (std::size_t i = 0; i < std::size(kColorNames); ++i) {
      if (word != kColorNames[i]) continue;
      x.image = ImageInfo{static_cast<ImageInfo::Color>(i)};
      return true;
    }
    return s_.fail_at(begin, "unknown image colour '", word, "'");
  }

  /// `%name`, `%"any name"`, either with `#2`, or `%7`.
  bool value_name(ValueName& out) {
    out.pos = s_.pos();
    if (!s_.expect("%")) return false;
    if (s_.adjacent('"')) {
      if (!s_.string(out.name)) return false;
      out.key = "\"" + out.name;
    } else {
      out.key = std::string(s_.run(is_name_char));
      if (out.key.empty()) return s_.fail("expected a value's name after %");
      out.name = is_name_start(out.key[0]) ? out.key : std::string();
      if (!out.name.empty()) out.key = "\"" + out.name;
    }
    if (s_.take_adjacent('#')) {
      const auto digits = s_.run([](char c) { return c >= '0' && c <= '9'; });
      if (digits.empty()) return s_.fail("expected a number after #");
      out.key += cat("\"#", digits);
    }
    return true;
  }

  bool define(const ValueName& name, ValueId v) {
    if (!values_.emplace(name.key, v).second) return s_.fail_at(name.pos, "value defined twice");
    if (f_->value(v).kind != ValueKind::constant) scope_.push_back(name.key);
    return true;
  }

  bool use(ValueId& out) {
    if (s_.accept("_")) {
      out = ValueId();
      return true;
    }
    ValueName name;
    if (!value_name(name)) return false;
    const auto it = values_.find(name.key);
    if (it == values_.end()) {
      return s_.fail_at(name.pos, "value '", name.name.empty() ? name.key : name.name,
                        "' is not defined here");
    }
    out = it->second;
    return true;
  }

  bool used_value(ValueId& out) {
    const std::size_t begin = s_.pos();
    return use(out) && (out || s_.fail_at(begin, "a value is needed here"));
  }

  /// Ops until `return`, `yield` or a closing brace.
  bool body(BlockId block, int depth) {
    if (depth > options_.max_depth)
      return s_.fail("blocks are nested more than ", options_.max_depth, " deep");
    while (!s_.failed()) {
      const std::size_t begin = s_.pos();
      const char c = s_.peek();
      if (c == '%') {
        std::vector<ValueName> results;
        do {
          if (!value_name(results.emplace_back())) return false;
        } while (s_.accept(","));
        if (!s_.expect("=")) return false;
        if (s_.accept("const")) {
          Tensor tensor;
          if (results.size() != 1) return s_.fail_at(begin, "a constant is one value");
          if (!parse_tensor(s_, options_, bytes_left_, tensor)) return false;
          if (!define(results[0], f_->add_constant(std::move(tensor), results[0].name)))
            return false;
        } else if (!op(block, results, depth)) {
          return false;
        }
      } else if (is_name_start(c)) {
        if (s_.accept("return") || s_.accept("yield")) return true;
        if (!op(block, {}, depth)) return false;
      } else {
        return s_.fail("expected an op, 'return' or 'yield'", s_.found());
      }
    }
    return false;
  }

  bool results() {
    std::vector<ValueId> values;
    std::vector<Feature> features;
    if (s_.peek() == '%') {
      do {
        if (!used_value(values.emplace_back())) return false;
        Feature& x = features.emplace_back();
        x.name = default_feature_name(*f_, values.back(), "output_", values.size() - 1);
        if (!parse_feature(x)) return false;
      } while (s_.accept(","));
    }
    f_->set_results(f_->entry(), std::move(values));
    f_->outputs = std::move(features);
    return !s_.failed();
  }

  bool op(BlockId block, const std::vector<ValueName>& results, int depth) {
    const std::size_t begin = s_.pos();
    const std::string_view word = s_.word();
    const OpSchema* schema = registry_.find(word);
    if (!schema) return s_.fail_at(begin, "unknown op '", word, "'");
    std::vector<ValueId> operand_values;
    std::vector<Attribute> attrs;
    std::vector<Type> types;
    std::vector<BlockId> blocks;
    std::shared_ptr<const Location> location;
    for (const AttrSpec& spec : schema->attrs) attrs.push_back(spec.fallback);
    if (!operands(*schema, operand_values)) return false;
    // A brace opens attributes (`name=`) or blocks (`name(`).
    if (s_.accept("{") && !attributes_or_blocks(*schema, attrs, blocks, depth)) return false;
    if (s_.accept(":")) {
      do {
        if (!parse_type(s_, types.emplace_back())) return false;
      } while (s_.accept(","));
    }
    if (!parse_location(location)) return false;
    if (blocks.empty() && s_.accept("{") && !attributes_or_blocks(*schema, attrs, blocks, depth))
      return false;
    if (s_.failed()) return false;

    auto id = f_->insert({block, OpId()}, *schema, std::move(operand_values), std::move(attrs),
                         std::move(blocks), std::move(location));
    if (!id) return s_.fail_at(begin, id.error().message);
    const std::vector<ValueId> made = f_->op(*id).results;
    if (made.size() != results.size()) {
      return s_.fail_at(begin, schema->name, " has ", made.size(), " results, ", results.size(),
                        " are named");
    }
    if (!types.empty() && types.size() != made.size())
      return s_.fail_at(begin, "types and results differ in number");
    for (std::size_t i = 0; i < made.size(); ++i) {
      if (!types.empty() && !(types[i] == f_->type(made[i]))) {
        if (!compatible(types[i], f_->type(made[i]))) {
          return s_.fail_at(begin, schema->name, " gives ", to_string(f_->type(made[i])), ", not ",
                            to_string(types[i]));
        }
        f_->set_type(made[i], types[i]);
      }
      if (!results[i].name.empty()) f_->set_name(made[i], results[i].name);
      if (!define(results[i], made[i])) return false;
    }
    return true;
  }

  bool operands(const OpSchema& schema, std::vector<ValueId>& out) {
    std::vector<std::vector<ValueId>> by_spec(schema.operands.size());
    std::vector<bool> seen(schema.operands.size(), false);
    if (!s_.expect("(")) return false;
    std::size_t next = 0;
    while (!s_.accept(")")) {
      if (s_.failed() || (next > 0 && !s_.expect(","))) return false;
      const std::size_t begin = s_.pos();
      std::size_t index = next++;
      if (is_name_start(s_.peek()) && s_.peek() != '_') {
        const std::string_view word = s_.word();
        const int found = schema.operand_index(word);
        if (found < 0) return s_.fail_at(begin, schema.name, " has no operand '", word, "'");
        if (!s_.expect("=")) return false;
        index = static_cast<std::size_t>(found);
      }
      if (index >= schema.operands.size()) return s_.fail_at(begin, "too many operands");
      if (seen[index])
        return s_.fail_at(begin, "operand '", schema.operands[index].name, "' is given twice");
      seen[index] = true;
      auto& values = by_spec[index];
      if (schema.operands[index].kind != OperandKind::variadic) {
        if (!use(values.emplace_back())) return false;
        continue;
      }
      if (!s_.expect("(")) return false;
      if (s_.accept(")")) continue;
      do {
        if (!use(values.emplace_back())) return false;
      } while (s_.accept(","));
      if (!s_.expect(")")) return false;
    }
    for (std::size_t i = 0; i < by_spec.size(); ++i) {
      if (by_spec[i].empty() && schema.operands[i].kind != OperandKind::variadic)
        by_spec[i].emplace_back();
      out.insert(out.end(), by_spec[i].begin(), by_spec[i].end());
    }
    return !s_.failed();
  }

  /// After the opening brace.
  bool attributes_or_blocks(const OpSchema& schema, std::vector<Attribute>& attrs,
                            std::vector<BlockId>& blocks, int depth) {
    if (s_.accept("}")) return true;
    std::vector<bool> seen(schema.attrs.size(), false);
    while (!s_.failed()) {
      const std::size_t begin = s_.pos();
      const std::string_view word = s_.word();
      if (s_.peek() == '(') {
        const bool next =
            blocks.size() < schema.blocks.size() && schema.blocks[blocks.size()].name == word;
        if (!next) return s_.fail_at(begin, schema.name, ": unexpected block '", word, "'");
        if (!nested(blocks, depth)) return false;
        if (s_.accept("}")) return true;
        continue;
      }
      const int index = schema.attr_index(word);
      if (index < 0) return s_.fail_at(begin, schema.name, " has no attribute '", word, "'");
      const auto i = static_cast<std::size_t>(index);
      if (seen[i]) return s_.fail_at(begin, "attribute '", word, "' is given twice");
      seen[i] = true;
      if (!s_.expect("=") || !parse_attribute(s_, schema.attrs[i], attrs[i])) return false;
      if (s_.accept("}")) {
        // Blocks may follow in braces of their own.
        if (s_.peek() == '{' && !schema.blocks.empty() && blocks.empty() && s_.accept("{")) {
          return attributes_or_blocks(schema, attrs, blocks, depth);
        }
        return true;
      }
      if (!s_.expect(",")) return false;
    }
    return false;
  }

  bool nested(std::vector<BlockId>& blocks, int depth) {
    const std::size_t mark = scope_.size();
    const BlockId block = f_->add_block();
    blocks.push_back(block);
    if (!s_.expect("(")) return false;
    if (!s_.accept(")")) {
      do {
        if (!argument(block)) return false;
      } while (s_.accept(","));
      if (!s_.expect(")")) return false;
    }
    if (!s_.expect("{") || !body(block, depth + 1)) return false;
    std::vector<ValueId> values;
    if (s_.peek() == '%') {
      do {
        if (!used_value(values.emplace_back())) return false;
      } while (s_.accept(","));
    }
    if (!s_.expect("}")) return false;
    f_->set_results(block, std::move(values));
    for (; scope_.size() > mark; scope_.pop_back()) values_.erase(scope_.back());
    return true;
  }

  bool parse_location(std::shared_ptr<const Location>& out) {
    if (!s_.accept("@")) return !s_.failed();
    Location l;
    if (!s_.string(l.node)) return false;
    if (s_.accept(":") && !s_.string(l.op)) return false;
    if (s_.accept(":") && !s_.string(l.source)) return false;
    // Ops of one source node stand together: share its location.
    if (!last_location_ || !(*last_location_ == l))
      last_location_ = std::make_shared<const Location>(std::move(l));
    out = last_location_;
    return true;
  }

  TextScanner& s_;
  const Registry& registry_;
  const ParseOptions& options_;
  std::int64_t& bytes_left_;
  Function* f_ = nullptr;
  std::unordered_map<std::string, ValueId> values_;
  std::vector<std::string> scope_;  // keys to forget when a block ends
  std::shared_ptr<const Location> last_location_;
};

}  // namespace

bool parse_function(TextScanner& s, const Registry& registry, const ParseOptions& options,
                    std::int64_t& bytes_left, Function& out) {
  return FunctionParser(s, registry, options, bytes_left).parse(out);
}

}  // namespace corecast::ir
