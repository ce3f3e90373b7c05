#include "ir/print.h"

#include <unordered_map>

#include "base/strings.h"
#include "ir/text_names.h"

namespace corecast::ir {

namespace {

class Printer {
 public:
  Printer(const Function& f, const PrintOptions& options) : f_(f), options_(options) {}

  std::string function() {
    out_ = "func @" + name_text(f_.name) + "(";
    const auto& args = f_.block(f_.entry()).args;
    for (std::size_t i = 0; i < args.size(); ++i) {
      if (i) out_ += ", ";
      out_ += declared(args[i]) + ": " + to_string(f_.type(args[i]));
      if (i < f_.inputs.size()) feature(f_.inputs[i], default_input_name(f_, i));
    }
    out_ += ")";
    if (!f_.opset.empty()) out_ += cat(" opset ", f_.opset);
    bool first = true;
    for (const auto& [symbol, range] : f_.symbols) {
      out_ += first ? " with " : ", ";
      first = false;
      out_ += cat(symbol, "=", range.lo, "..");
      if (range.hi >= 0) append_to(out_, range.hi);
    }
    out_ += " {\n";
    body(f_.entry(), 1);
    results();
    out_ += "}\n";
    return std::move(out_);
  }

  std::string op_only(OpId id) {
    op_head(id);
    return std::move(out_);
  }

 private:
  void results() {
    const auto& values = f_.block(f_.entry()).results;
    for (const ValueId v : values) constant(v, 1);
    out_ += "  return";
    for (std::size_t i = 0; i < values.size(); ++i) {
      out_ += (i ? ", " : " ") + used(values[i]);
      if (i < f_.outputs.size()) feature(f_.outputs[i], default_output_name(f_, i));
    }
    out_ += "\n";
  }

  void feature(const Feature& x, const std::string& default_name) {
    std::vector<std::string> parts;
    if (x.name != default_name) parts.push_back("name=" + quote(x.name));
    if (!x.description.empty()) parts.push_back("description=" + quote(x.description));
    if (x.image) parts.push_back(cat("image=", color_name(x.image->color)));
    if (!x.enumerated.empty()) {
      std::vector<std::string> shapes;
      for (const auto& shape : x.enumerated) shapes.push_back(to_string(Attribute(shape)));
      parts.push_back("enumerated=[" + join(shapes, ",") + "]");
    }
    if (!x.default_shape.empty())
      parts.push_back("default=" + to_string(Attribute(x.default_shape)));
    if (x.optional) parts.push_back("optional=true");
    if (!parts.empty()) out_ += " {" + join(parts) + "}";
  }

  void body(BlockId b, int depth) {
    for (const OpId id : f_.ops(b)) {
      for (const ValueId v : f_.op(id).operands) constant(v, depth);
      indent(depth);
      op_head(id);
      blocks(f_.op(id), depth);
      out_ += "\n";
    }
  }

  void blocks(const OpData& d, int depth) {
    if (d.blocks.empty()) return;
    out_ += " {\n";
    for (std::size_t i = 0; i < d.blocks.size(); ++i) {
      const BlockData& inner = f_.block(d.blocks[i]);
      indent(depth + 1);
      out_ += cat(d.schema->blocks[i].name, "(");
      for (std::size_t k = 0; k < inner.args.size(); ++k) {
        out_ +=
            (k ? ", " : "") + declared(inner.args[k]) + ": " + to_string(f_.type(inner.args[k]));
      }
      out_ += ") {\n";
      body(d.blocks[i], depth + 2);
      for (const ValueId v : inner.results) constant(v, depth + 2);
      indent(depth + 2);
      out_ += "yield";
      for (std::size_t k = 0; k < inner.results.size(); ++k)
        out_ += (k ? ", " : " ") + used(inner.results[k]);
      out_ += "\n";
      indent(depth + 1);
      out_ += "}\n";
    }
    indent(depth);
    out_ += "}";
  }

  void op_head(OpId id) {
    const OpData& d = f_.op(id);
    for (std::size_t i = 0; i < d.results.size(); ++i)
      out_ += (i ? ", " : "") + declared(d.results[i]);
    out_ += cat(d.results.empty() ? "" : " = ", d.schema->name, "(");
    bool first = true;
    for (std::size_t i = 0; i < d.schema->operands.size(); ++i) {
      const OperandSpec& spec = d.schema->operands[i];
      const auto values = d.schema->operand(d, i);
      if (spec.kind == OperandKind::optional && !values[0]) continue;
      out_ += cat(first ? "" : ", ", spec.name, "=");
      first = false;
      if (spec.kind != OperandKind::variadic) {
        out_ += used(values[0]);
        continue;
      }
      out_ += "(";
      for (std::size_t k = 0; k < values.size(); ++k) out_ += (k ? ", " : "") + used(values[k]);
      out_ += ")";
    }
    out_ += ")";
    attributes(d);
    for (std::size_t i = 0; i < d.results.size(); ++i)
      out_ += (i ? ", " : " : ") + to_string(f_.type(d.results[i]));
    if (options_.locations) location(d.location.get());
  }

  void attributes(const OpData& d) {
    bool first = true;
    for (std::size_t i = 0; i < d.attrs.size(); ++i) {
      const AttrSpec& spec = d.schema->attrs[i];
      if (identical(d.attrs[i], spec.fallback)) continue;
      out_ += cat(first ? " {" : ", ", spec.name, "=", to_string(d.attrs[i]));
      first = false;
    }
    if (!first) out_ += "}";
  }

  void location(const Location* l) {
    if (!l || *l == Location{}) return;
    out_ += " @" + quote(l->node);
    if (!l->op.empty() || !l->source.empty()) out_ += ":" + quote(l->op);
    if (!l->source.empty()) out_ += ":" + quote(l->source);
  }

  /// Defines a constant at its first use.
  void constant(ValueId v, int depth) {
    if (!f_.is_constant(v) || names_.contains(v.raw)) return;
    indent(depth);
    out_ += declared(v) + " = const " + print(*f_.constant(v), options_) + "\n";
  }

  std::string declared(ValueId v) {
    const std::string& base = f_.value(v).name;
    std::string text;
    if (base.empty()) {
      text = cat("%", next_number_++);
    } else {
      const int count = ++uses_of_name_[base];
      text = "%" + name_text(base);
      if (count > 1) text += cat("#", count);
    }
    return names_[v.raw] = text;
  }

  std::string used(ValueId v) {
    if (!v) return "_";
    const auto it = names_.find(v.raw);
    if (it != names_.end()) return it->second;
    // Only for broken functions and for single ops, where the definition was not printed.
    const std::string& base = f_.value(v).name;
    return base.empty() ? cat("%v", v.raw) : "%" + name_text(base);
  }

  void indent(int depth) { out_.append(static_cast<std::size_t>(depth) * 2, ' '); }

  const Function& f_;
  const PrintOptions& options_;
  std::string out_;
  std::unordered_map<std::uint32_t, std::string> names_;
  std::unordered_map<std::string, int> uses_of_name_;
  int next_number_ = 0;
};

void print_metadata(const Metadata& m, std::string& out) {
  std::vector<std::string> parts;
  auto field = [&](const char* key, const std::string& value) {
    if (!value.empty()) parts.push_back(cat(key, "=", quote(value)));
  };
  field("author", m.author);
  field("license", m.license);
  field("version", m.version);
  field("description", m.description);
  if (!m.user.empty()) {
    std::vector<std::string> pairs;
    for (const auto& [key, value] : m.user) pairs.push_back(quote(key) + "=" + quote(value));
    parts.push_back("user={" + join(pairs) + "}");
  }
  if (!parts.empty()) out += "metadata {" + join(parts) + "}\n";
}

}  // namespace

std::string print(const Function& f, const PrintOptions& options) {
  return Printer(f, options).function();
}

std::string print(const Function& f, OpId op) {
  PrintOptions options;
  options.locations = false;
  return Printer(f, options).op_only(op);
}

std::string print(const Module& m, const PrintOptions& options) {
  std::string out;
  if (!m.source_format.empty()) out += "source " + quote(m.source_format) + "\n";
  if (m.default_function != "main") out += "default @" + name_text(m.default_function) + "\n";
  print_metadata(m.metadata, out);
  for (const auto& s : m.states) out += "state " + quote(s.name) + " : " + to_string(s.type) + "\n";
  if (m.class_labels) {
    out += "labels " + quote(m.class_labels->output) + " " +
           to_string(Attribute(m.class_labels->labels)) + "\n";
  }
  for (const auto& f : m.functions) {
    if (!out.empty()) out += "\n";
    out += print(f, options);
  }
  return out;
}

}  // namespace corecast::ir
