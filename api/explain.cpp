#include "api/explain.h"

#include <algorithm>
#include <cctype>

#include "api/detail/explain_scheme.h"
#include "api/exit_code.h"
#include "api/targets.h"
#include "base/strings.h"
#include "converter/coreml/rules.h"

namespace corecast::api {
namespace {

std::string mapped(std::string_view text, int (*map)(int)) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(map(static_cast<unsigned char>(c)));
  return out;
}

const char* topic_of(std::string_view code) {
  return code[0] == 'E' ? "error" : code[0] == 'W' ? "warning" : "note";
}

Explanation explain_code(const CodeInfo& info) {
  Explanation e{std::string(info.name),
                topic_of(info.name),
                std::string(info.title),
                std::string(info.text),
                {}};
  if (info.kind == ErrorKind::notice) return e;
  e.facts = {{"exit code", cat(static_cast<int>(exit_code(info.kind)))},
             {"in Python", exception_name(info.kind)}};
  return e;
}

/// "ios17" as people write it: "iOS 17".
std::string system_name(std::string_view name) {
  const auto digits = name.find_first_of("0123456789");
  return cat(name.starts_with("ios") ? "iOS " : "macOS ", name.substr(digits));
}

/// The MIL ops that came with the target.
std::vector<std::string_view> ops_since(mil::Target target) {
  std::vector<std::string_view> names;
  for (const ops::OpRule& rule : coreml::rules().rows) {
    if (!rule.name.empty() && rule.since == mil::version_of(target)) names.push_back(rule.name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Explanation explain_target(mil::Target target) {
  const auto ios = mil::name_of(target), macos = mil::macos_name(target);
  Explanation e;
  e.name = ios;
  e.topic = "target";
  e.title = cat(system_name(ios), ", ", system_name(macos), " and the other systems of that year");
  e.text =
      cat("The package runs on ", system_name(ios), ", ", system_name(macos),
          " and everything later. Ask for it with --target ", ios, " or --target ", macos,
          "; without --target the lowest that the result needs is chosen, and printed with the "
          "reason. A lower target runs on more devices, a higher one has more ops and finer "
          "forms of compressed weights.");
  const bool first = target == *std::begin(mil::kTargets);
  const auto ops = ops_since(target);
  e.facts = {{"specification version", cat(mil::spec_version(target))},
             {"MIL opset", std::string(mil::opset_name(target))},
             {first ? "ops" : "ops that came with it", first ? cat(ops.size()) : join(ops)},
             {"schemes that came with it", join(schemes_since(target), "; ")}};
  std::erase_if(e.facts, [](const auto& fact) { return fact.second.empty(); });
  return e;
}

/// Adds `text` in lines that are broken at spaces: the first goes on at `column`, the others start
/// with `indent`.
void add_wrapped(std::string& out, std::string_view text, std::size_t column, std::size_t indent) {
  constexpr std::size_t kWidth = 80;
  bool first = true;  // of its line
  for (const std::string_view word : split(text, ' ')) {
    if (!first && column + 1 + word.size() > kWidth) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
      first = true;
    }
    if (!first) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    first = false;
  }
  out += '\n';
}

}  // namespace

std::vector<std::string> explained_names() {
  std::vector<std::string> names;
  for (const CodeInfo& info : all_codes()) names.emplace_back(info.name);
  for (const mil::Target target : mil::kTargets) {
    names.emplace_back(mil::name_of(target));
    names.emplace_back(mil::macos_name(target));
  }
  for (const auto& name : scheme_names()) names.push_back(name);
  return names;
}

Result<Explanation> explain(std::string_view name) {
  if (const auto code = code_from_name(mapped(name, std::toupper)))
    return explain_code(info_of(*code));
  if (const auto target = mil::target_from_name(name)) return explain_target(*target);
  if (auto scheme = explain_scheme(mapped(name, std::tolower))) return std::move(*scheme);
  const auto near = nearest(name, explained_names());
  return Error(Code::E1028, cat("there is nothing called ", quote(name), " to explain"),
               near.empty() ? cat("a code such as E2001, a target (", target_names(),
                                  ") or a scheme (", join(scheme_names()), ")")
                            : cat("did you mean ", quote(near), "?"));
}

std::string to_text(const Explanation& e) {
  std::string out = cat(e.name, ": ", e.title, "\n\n");
  add_wrapped(out, e.text, 0, 0);
  if (!e.facts.empty()) out += '\n';
  for (const auto& [key, value] : e.facts) {
    out += cat(key, "  ");
    add_wrapped(out, value, key.size() + 2, 4);
  }
  return out;
}

}  // namespace corecast::api
