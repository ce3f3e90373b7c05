#include "ops/source_rules.h"

#include "ir/function.h"
#include "ops/shape/slice_by_index.h"

namespace corecast::ops {

std::vector<ir::SizeRule> size_rules(const ir::Function& f) {
  std::vector<ir::SizeRule> rules = ir::size_rules(f);
  const std::vector<bool> needed = ir::needed_ops(f);
  ir::for_each_op(f, [&](ir::OpId id) {
    if (!needed[id.index()]) return;
    const auto slice = f.get_if<op::SliceByIndex>(id);
    const auto& location = f.op(id).location;
    if (!slice || !location || location->op != "Squeeze") return;
    const ir::Shape& shape = f.type(slice->x).shape;
    for (std::size_t i = 0; i < shape.size() && i < slice->squeeze_mask.size(); ++i) {
      if (slice->squeeze_mask[i] && !shape[i].is_constant())
        rules.push_back({shape[i], ir::Dim(1), false, f.op(id).block == f.entry(), id});
    }
  });
  return rules;
}

}  // namespace corecast::ops
