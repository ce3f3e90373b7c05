#include "converter/coreml/legalise/legalise.h"

#include "base/strings.h"
#include "converter/coreml/legalise/compressed.h"
#include "converter/coreml/legalise/lookups.h"
#include "converter/coreml/legalise/narrow.h"
#include "converter/coreml/legalise/site.h"
#include "converter/coreml/rules.h"

namespace corecast::coreml {

using namespace legal;

namespace {

/// MIL counts in 32 bits. A size beyond would be cut where it becomes a parameter.
void find_oversized(const ir::Function& f, Problems& problems) {
  ir::for_each_op(f, [&](OpId id) {
    const auto check = [&](ValueId v) {
      if (!v) return;
      for (const Dim& d : f.type(v).shape) {
        if (const auto size = d.constant(); size && (*size > INT32_MAX || *size < 0))
          problems.add(f, id, cat("a size of ", *size, "; Core ML's end at ", INT32_MAX));
      }
    };
    for (const ValueId v : f.op(id).operands) check(v);
    for (const ValueId v : f.op(id).results) check(v);
  });
}

Expansions all_expansions() {
  Expansions out;
  for (auto* add :
       {add_elementwise, add_bitwise, add_activations, add_norms, add_broadcasts, add_resizes,
        add_convolutions, add_pools, add_linear_algebra, add_einsum, add_attention, add_recurrent,
        add_reductions, add_shapes, add_wrapped_indices, add_indexing, add_images, add_random}) {
    add(out);
  }
  return out;
}

const passes::Mapping& mapping() {
  static const passes::Mapping instance = {
      .rules = rules(),
      .check = find_oversized,
      .steps = {trust_lookups, expand_compressed, expand_quantization, narrow_types,
                legalise_interface},
      .expansions = all_expansions()};
  return instance;
}

}  // namespace

bool has_expansion(ir::OpKind kind) {
  return kind == OpKind::Quantize || kind == OpKind::Dequantize ||
         passes::has_expansion(mapping(), kind);
}

passes::Pass legalise_pass() {
  return passes::mapping_pass(
      "legalise",
      "Maps the IR to what MIL of the target accepts: element types, inputs and outputs, ops.",
      mapping);
}

const passes::PassList& passes() {
  static const passes::PassList instance({legalise_pass()});
  return instance;
}

}  // namespace corecast::coreml
