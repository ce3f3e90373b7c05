// Compressed weights that the target has no form for: expanded, with a warning.
#include "converter/coreml/legalise/compressed.h"

#include "base/strings.h"
#include "converter/coreml/legalise/site.h"
#include "ops/interpret.h"

namespace corecast::coreml::legal {

bool expand_compressed(ir::Function& f, const ir::Registry&, const ops::Rules& rules,
                       PassContext& context) {
  std::vector<OpId> ops;
  for_each_op(f, [&](OpId id) {
    const ir::OpSchema& schema = *f.op(id).schema;
    // One that feeds another of its kind is expanded with it.
    if (schema.traits.constexpr_op && !rules.may_have(schema.kind)) ops.push_back(id);
  });
  std::int64_t count = 0;
  for (const OpId id : ops) {
    if (context.stop.requested()) return count > 0;
    auto tensors = ops::evaluate_constant(f, id);
    if (!tensors) continue;  // reported as an op that is too new
    become_constants(f, id, std::move(*tensors));
    ++count;
  }
  if (count > 0 && context.diagnostics) {
    Error e(Code::W3104,
            cat(count, count == 1 ? " compressed weight was" : " compressed weights were",
                " expanded: ", rules.name(), " has no form for ", count == 1 ? "it" : "them"),
            "raise the deployment target");
    e.where.graph = f.name;
    context.diagnostics->warning(std::move(e));
  }
  return count > 0;
}

}  // namespace corecast::coreml::legal
