#include "api/detail/op_traits.h"

#include "base/strings.h"
#include "ir/trait_names.h"

namespace corecast::api {
namespace {

using json = nlohmann::ordered_json;

/// A fact that is yes or no, and its word.
struct Flag {
  const char* name;
  const char* word;
};
constexpr Flag kFlags[] = {{"elementwise", "elementwise"},
                           {"commutative", "commutative"},
                           {"impure", "has state"},
                           {"data_dependent", "sized by data"},
                           {"constexpr", "constant"},
                           {"bounded", "bounded"},
                           {"scales", "scales"}};
/// A fact with several answers, and the usual one.
struct Choice {
  const char* name;
  const char* usual;
};
constexpr Choice kChoices[] = {{"moves", "nothing"},   {"accumulates", "nothing"},
                               {"overflow", "never"},  {"digits", "few"},
                               {"saturates", "never"}, {"scale", "of_operands"}};

}  // namespace

json op_traits(const ir::OpSchema& schema) {
  const ir::OpTraits& t = schema.traits;
  return {{"elementwise", static_cast<bool>(t.elementwise)},
          {"commutative", static_cast<bool>(t.commutative)},
          {"impure", !t.pure},
          {"data_dependent", static_cast<bool>(t.data_dependent)},
          {"constexpr", static_cast<bool>(t.constexpr_op)},
          {"bounded", static_cast<bool>(schema.bounds)},
          {"scales", static_cast<bool>(t.scales)},
          {"moves", ir::name_of(t.moves)},
          {"accumulates", ir::name_of(t.accumulates)},
          {"overflow", ir::name_of(t.overflow)},
          {"digits", ir::name_of(t.digits)},
          {"saturates", ir::name_of(t.saturates)},
          {"scale", ir::name_of(t.scale)},
          {"looked_through_for", ir::names_of(t.walks)}};
}

std::string traits_line(const json& traits) {
  std::vector<std::string> parts;
  for (const auto& [name, word] : kFlags) {
    if (traits[name]) parts.emplace_back(word);
  }
  for (const auto& [name, usual] : kChoices) {
    const auto answer = traits[name].get<std::string>();
    if (answer != usual) parts.push_back(cat(name, ": ", answer));
  }
  const auto walks = traits["looked_through_for"].get<std::vector<std::string>>();
  if (!walks.empty()) parts.push_back(cat("looked through for ", join(walks, " and ")));
  return join(parts, ", ");
}

std::string traits_legend() {
  return "The last line of an op says what passes and tools may rely on, where it is not the usual "
         "answer:\n\n"
         "- *elementwise*: a result element depends on the operands' elements at its place alone.\n"
         "- *bounded*: limits of its results are known, perhaps from those of its operands.\n"
         "- *moves*: results hold elements of operands; all in row-major order (views), each once "
         "(permutes), some by place (selects) or by value (picks; of nothing, the last number of "
         "the type), between other numbers (fills).\n"
         "- *accumulates*: an element adds up (multiplies) many.\n"
         "- *overflow*: floats may leave the range of f16, integers that of their type.\n"
         "- *digits*: what needs more of them than f16 has.\n"
         "- *scales*: a constant operand is a factor. *saturates*: how a constant beyond f16 may "
         "become f16's largest number. *scale*: results have one of their own; unit: computed next "
         "to 1.\n"
         "- *looked through*: by analyses that go from results to operands.\n";
}

}  // namespace corecast::api
