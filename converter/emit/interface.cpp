#include "converter/emit/interface.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "base/strings.h"
#include "converter/emit/emit.h"

namespace corecast::emit {

using converter::InputOverride;

Error Inputs::problem(Code code, std::string message, std::string help) const {
  return Error(code, std::move(message), std::move(help), Where{draft_.path(), graph_, {}, {}, {}});
}

Status Inputs::check_names(const std::vector<std::string>& names) const {
  for (const auto& [name, override] : options_.inputs) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const auto near = nearest(name, names);
    return Error(Code::E1002, cat("the model has no input named ", quote(name)),
                 near.empty() ? cat("its inputs are ", join(names))
                              : cat("did you mean ", quote(near), "?"));
  }
  return {};
}

// A name that the text form can read, a different one for every name of the file's.
std::string Inputs::symbol_for(const std::string& name) {
  if (const auto it = symbols_.find(name); it != symbols_.end()) return it->second;
  std::string clean;
  for (const char c : name)
    clean += std::isalnum(static_cast<unsigned char>(c)) || c == '_' ? c : '_';
  if (clean.empty() || std::isdigit(static_cast<unsigned char>(clean[0])) || clean == "max" ||
      clean == "min") {
    clean.insert(0, "s_");
  }
  const auto taken = [&](const std::string& s) {
    return std::any_of(symbols_.begin(), symbols_.end(),
                       [&](const auto& e) { return e.second == s; });
  };
  std::string unique = clean;
  for (int i = 1; taken(unique); ++i) unique = cat(clean, "_", i);
  return symbols_[name] = unique;
}

Result<ir::Shape> Inputs::declared_shape(const DeclaredInput& input) {
  ir::Shape shape;
  if (static_cast<std::int64_t>(input.shape->size()) > kLargestRank) {
    return problem(Code::E3002, cat("input ", quote(input.name), " has rank ", input.shape->size(),
                                    ", at most ", kLargestRank, " is read"));
  }
  for (std::size_t i = 0; i < input.shape->size(); ++i) {
    const DeclaredSize& size = (*input.shape)[i];
    if (size.value && *size.value > INT32_MAX) {
      return problem(Code::E3002, cat("input ", quote(input.name), " has size ", *size.value,
                                      " in dimension ", i, ", Core ML's sizes end at ", INT32_MAX));
    }
    if (size.value) {
      shape.emplace_back(*size.value);
      continue;
    }
    const bool named = std::any_of(size.name.begin(), size.name.end(),
                                   [](unsigned char c) { return std::isalnum(c); });
    shape.push_back(ir::Dim::symbol(symbol_for(named ? size.name : cat(input.name, "_dim", i))));
  }
  return shape;
}

Status Inputs::declare(DeclaredInput input) {
  const auto it = options_.inputs.find(input.name);
  const InputOverride* given = it == options_.inputs.end() ? nullptr : &it->second;
  if (!input.shape && !(given && given->shape)) {
    return problem(Code::E2006, cat("input ", quote(input.name), " has no declared shape"),
                   cat("give it one: --input \"", input.name, "[1,3,224,224]\""));
  }
  ir::Type type(input.dtype, {});
  if (input.shape) {
    TRY(type.shape, declared_shape(input));
  }
  if (given && given->shape) {
    if (input.shape && given->shape->size() != type.shape.size()) {
      return problem(Code::E1002, cat("input ", quote(input.name), " has rank ", type.rank(),
                                      ", the given shape ", ir::to_string(*given->shape),
                                      " has rank ", given->shape->size()));
    }
    for (std::size_t i = 0; i < type.shape.size(); ++i) {
      const ir::Dim &has = type.shape[i], &wants = (*given->shape)[i];
      if (has.is_constant() && !(has == wants)) {
        return problem(Code::E1002, cat("input ", quote(input.name), " has size ", has.to_string(),
                                        " in dimension ", i, ", not ", wants.to_string()));
      }
    }
    type.shape = *given->shape;
  }
  // A symbol that one input fixes is fixed for all.
  for (std::size_t i = 0; input.shape && i < input.shape->size(); ++i) {
    const std::string& name = (*input.shape)[i].name;
    const auto symbol = symbols_.find(name);
    if (!name.empty() && symbol != symbols_.end() && type.shape[i].as_symbol() != symbol->second)
      fixed_[symbol->second] = type.shape[i];
  }
  inputs_.emplace_back(std::move(input), std::move(type));
  return {};
}

Result<Values> Inputs::add() {
  std::map<std::string, ir::Dim, std::less<>> fixed;
  for (const auto& [name, size] : options_.sizes) fixed[name] = ir::Dim(size);
  for (const auto& [name, size] : fixed_) fixed[name] = size;
  ir::Function& f = draft_.function();
  Values values;
  for (auto& [input, type] : inputs_) {
    for (ir::Dim& d : type.shape) d = d.substitute(fixed);
    const auto it = options_.inputs.find(input.name);
    if (it != options_.inputs.end() && it->second.value) {
      const ir::Tensor value = it->second.value->cast(type.dtype);
      if (value.rank() != type.rank() && !(value.count() == 1 && type.rank() == 0)) {
        return Error(Code::E1002,
                     cat("the value given for ", quote(input.name), " has the wrong rank"));
      }
      values.push_back(draft_.builder().constant(value));
      continue;
    }
    for (const ir::Dim& d : type.shape) {
      for (const auto& s : d.symbols()) f.symbols.try_emplace(s);
    }
    values.push_back(f.add_arg(f.entry(), type, input.name));
    ir::Feature feature;
    feature.name = input.name;
    feature.description = input.description;
    f.inputs.push_back(std::move(feature));
  }
  return values;
}

Status set_outputs(Draft& draft, const converter::ImportOptions& options, const std::string& graph,
                   std::vector<std::string> own,
                   const std::function<const ValueId*(const std::string&)>& find) {
  const auto problem = [&](std::string message, std::string help = {}) {
    return Error(Code::E2005, std::move(message), std::move(help),
                 Where{draft.path(), graph, {}, {}, {}});
  };
  const std::vector<std::string> names = options.outputs.empty() ? std::move(own) : options.outputs;
  if (names.empty()) return problem("the model has no outputs");
  // Outputs that the user chose are the user's fault.
  const auto refuse = [&](std::string message, std::string help = {}) {
    Error e = problem(std::move(message), std::move(help));
    if (!options.outputs.empty()) e.code = Code::E1002;
    return e;
  };
  Values results;
  std::set<std::string_view> seen;
  for (const auto& name : names) {
    if (!seen.insert(name).second)
      return refuse(cat("output ", quote(name), " is named twice"),
                    "every output needs a name of its own");
    const ValueId* v = find(name);
    if (!v || !*v) return refuse(cat("output ", quote(name), " is not computed by any node"));
    results.push_back(*v);
    ir::Feature feature;
    feature.name = name;
    draft.function().outputs.push_back(std::move(feature));
  }
  draft.function().set_results(draft.function().entry(), std::move(results));
  return {};
}

}  // namespace corecast::emit
