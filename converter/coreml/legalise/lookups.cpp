#include "converter/coreml/legalise/lookups.h"

#include "ir/builder.h"
#include "ops/elementwise/cast.h"
#include "ops/indexing/gather.h"

namespace corecast::coreml::legal {
namespace {

bool is_lookup(const ir::Function& f, const op::Gather& g) {
  const auto cast = f.def_if<op::Cast>(g.indices);
  const ir::ValueId source = cast ? cast->x : g.indices;
  return f.is_constant(g.x) && f.type(g.x).rank() == 2 &&
         f.value(source).kind == ir::ValueKind::block_arg;
}

}  // namespace

bool trust_lookups(ir::Function& f, const ir::Registry&, const ops::Rules&, passes::PassContext&) {
  bool changed = false;
  ir::for_each_op(f, [&](ir::OpId id) {
    const auto gather = f.get_if<op::Gather>(id);
    if (!gather || !gather->wraps || !is_lookup(f, *gather)) return;
    f.set_attr(id, static_cast<std::size_t>(f.op(id).schema->attr_index("wraps")), false);
    changed = true;
  });
  return changed;
}

}  // namespace corecast::coreml::legal
