#include "api/schema.h"

#include <functional>
#include <nlohmann/json.hpp>

#include "api/detail/op_traits.h"
#include "api/exit_code.h"
#include "api/explain.h"
#include "base/strings.h"
#include "compress/recipe/recipe.h"
#include "converter/coreml/legalise/legalise.h"
#include "converter/coreml/rules.h"
#include "converter/frontend.h"
#include "ops/ops.h"
#include "passes/pipeline.h"

namespace corecast::api {
namespace {

using json = nlohmann::ordered_json;

const char* name_of(ir::OperandKind kind) {
  switch (kind) {
    case ir::OperandKind::required: return "required";
    case ir::OperandKind::optional: return "optional";
    case ir::OperandKind::variadic: return "any number";
  }
  CC_UNREACHABLE("operand kind");
}

const char* name_of(passes::Numerics numerics) {
  switch (numerics) {
    case passes::Numerics::exact: return "exact";
    case passes::Numerics::reassociating: return "equal in real arithmetic";
    case passes::Numerics::lossy: return "changes values within a bound";
  }
  CC_UNREACHABLE("numerics");
}

json ops() {
  json all = json::array();
  for (const ir::OpSchema& s : ops::registry().all()) {
    json op = {{"name", s.name}, {"doc", s.doc}};
    const ops::OpRule& rule = coreml::rules().row(s.kind);
    op["mil"] = rule.name.empty() ? json() : json(rule.name);
    op["since"] = coreml::rules().versions[rule.since];
    op["operands"] = json::array();
    for (const auto& o : s.operands) {
      op["operands"].push_back({{"name", o.name},
                                {"kind", name_of(o.kind)},
                                {"dtypes", o.dtypes.to_string()},
                                {"constant", rule.operand(o.name).computed_since == ops::kNever},
                                {"doc", o.doc}});
    }
    op["attributes"] = json::array();
    for (const auto& a : s.attrs) {
      op["attributes"].push_back({{"name", a.name},
                                  {"type", ir::name_of(a.kind)},
                                  {"default", a.optional ? "unset" : ir::to_string(a.fallback)},
                                  {"mil", rule.parameter(a.name).since != ops::kNever},
                                  {"doc", a.doc}});
    }
    op["traits"] = op_traits(s);
    all.push_back(std::move(op));
  }
  return all;
}

json passes_table() {
  json all = json::array();
  const passes::PassList& list = coreml::passes();
  for (const passes::Pass& p : list.all())
    all.push_back({{"name", p.name}, {"doc", p.doc}, {"numerics", name_of(p.numerics)}});
  return {{"passes", all},
          {"pipeline_fp32", passes::standard_pipeline(list, false)},
          {"pipeline_fp16", passes::standard_pipeline(list, true)}};
}

json operators_table(const converter::Frontend& frontend) {
  json all = json::array();
  for (const auto& op : frontend.operators()) {
    all.push_back({{"name", op.name},
                   {"since", op.since_version},
                   {"supported", converter::name_of(op.support)}});
  }
  return all;
}

/// A cell of a table: no pipes, no line ends.
std::string cell(const json& value) {
  std::string out;
  for (const char c : value.is_string() ? value.get<std::string>() : value.dump()) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string table(const json& rows,
                  const std::vector<std::pair<const char*, const char*>>& columns) {
  std::string out = "|", line = "|";
  for (const auto& [title, key] : columns) {
    out += cat(" ", title, " |");
    line += "---|";
  }
  out += "\n" + line + "\n";
  for (const json& row : rows) {
    out += "|";
    for (const auto& [title, key] : columns) out += cat(" ", cell(row.at(key)), " |");
    out += "\n";
  }
  return out;
}

std::string ops_page(const json& all) {
  std::string out =
      cat("# Ops of the IR\n\n", all.size(),
          " ops. `corecast schema ops` prints this table as JSON.\n\n", traits_legend());
  for (const json& op : all) {
    const auto name = op["name"].get<std::string>();
    out += cat("\n## ", name, "\n\n", op["doc"].get<std::string>(), "\n\n");
    out += op["mil"].is_null() ? std::string("No MIL op: expanded by `legalise`.\n")
                               : cat("MIL: `", op["mil"].get<std::string>(), "`, since ",
                                     op["since"].get<std::string>(), ".\n");
    if (!op["operands"].empty()) {
      out += "\n" +
             table(op["operands"],
                   {{"operand", "name"}, {"", "kind"}, {"element types", "dtypes"}, {"", "doc"}});
    }
    if (!op["attributes"].empty()) {
      out += "\n" +
             table(op["attributes"],
                   {{"attribute", "name"}, {"type", "type"}, {"default", "default"}, {"", "doc"}});
    }
    const std::string line = traits_line(op["traits"]);
    if (!line.empty()) out += cat("\nTraits: ", line, ".\n");
  }
  return out;
}

std::string passes_page(const json& all) {
  return cat("# Passes\n\n",
             table(all["passes"], {{"pass", "name"}, {"", "doc"}, {"numbers", "numerics"}}),
             "\nWith `--precision fp16` they run as\n\n    ",
             all["pipeline_fp16"].get<std::string>(),
             "\n\n`fix(...)` repeats a group until nothing changes.\n");
}

std::string operators_page(const converter::Frontend& frontend) {
  const json all = operators_table(frontend);
  std::size_t yes = 0;
  for (const json& op : all) {
    yes += op["supported"] != converter::name_of(converter::Support::none);
  }
  return cat(
      "# ", frontend.title, " operators\n\n", yes, " of the ", all.size(), " ", frontend.coverage,
      ".\nWhat is special about one form of an operator is reported by `corecast check`.\n\n",
      table(all, {{"operator", "name"}, {"newest version", "since"}, {"supported", "supported"}}));
}

json recipe() { return json::parse(compress::recipe_schema()); }

std::string recipe_page(const json& schema) {
  return cat(
      "# Compression recipes\n\nThe JSON Schema of recipe files; docs/compression.md explains "
      "them. `corecast schema recipe` prints it.\n\n```json\n",
      schema.dump(2), "\n```\n");
}

json errors() {
  json all = json::array();
  for (const CodeInfo& info : all_codes()) {
    const auto e = explain(info.name);
    CC_CHECK(e, "every code is explained");
    json row = {{"code", e->name}, {"severity", e->topic}, {"title", e->title}, {"text", e->text}};
    row["exit_code"] = json();
    row["exception"] = json();
    if (info.kind != ErrorKind::notice) {
      row["exit_code"] = static_cast<int>(exit_code(info.kind));
      row["exception"] = exception_name(info.kind);
    }
    all.push_back(std::move(row));
  }
  return all;
}

std::string errors_page(const json& all) {
  std::string out =
      "# Codes\n\nErrors end the run with the exit code, and are the exception in Python. Warnings "
      "and\n"
      "notes do not. `corecast explain CODE` prints one of these, `corecast schema errors` all as "
      "JSON.\n";
  for (const json& row : all) {
    out += cat("\n## ", row["code"].get<std::string>(), ": ", row["title"].get<std::string>(),
               "\n\n", row["text"].get<std::string>(), "\n\n");
    out += row["exit_code"].is_null() ? cat("A ", row["severity"].get<std::string>(), ".\n")
                                      : cat("Exit code ", row["exit_code"].get<int>(), ", `",
                                            row["exception"].get<std::string>(), "`.\n");
  }
  return out;
}

struct Schema {
  std::string name;
  std::function<json()> make;
  std::function<std::string()> page;
};

/// In the order in which they are named to the user.
const std::vector<Schema>& schemas() {
  static const std::vector<Schema> all = [] {
    std::vector<Schema> s = {{"ops", ops, [] { return ops_page(ops()); }},
                             {"passes", passes_table, [] { return passes_page(passes_table()); }}};
    for (const converter::Frontend* frontend : converter::frontends()) {
      if (!frontend->operators) continue;
      s.push_back({std::string(frontend->name), [=] { return operators_table(*frontend); },
                   [=] { return operators_page(*frontend); }});
    }
    s.push_back({"recipe", recipe, [] { return recipe_page(recipe()); }});
    s.push_back({"errors", errors, [] { return errors_page(errors()); }});
    return s;
  }();
  return all;
}

Result<const Schema*> find(const std::string& name) {
  for (const Schema& s : schemas()) {
    if (name == s.name) return &s;
  }
  return Error(Code::E1013, cat("there is no schema ", quote(name)),
               cat("there are ", join(schema_names())));
}

}  // namespace

std::vector<std::string> schema_names() {
  std::vector<std::string> names;
  for (const Schema& s : schemas()) names.push_back(s.name);
  return names;
}

Result<std::string> schema_json(const std::string& name) {
  TRY(const Schema* schema, find(name));
  return schema->make().dump();
}

Result<std::string> schema_markdown(const std::string& name) {
  TRY(const Schema* schema, find(name));
  return "<!-- Written by scripts/gen-docs. -->\n" + schema->page();
}

}  // namespace corecast::api
