#include "ops/ops.h"

#include "ops/op_kind.h"

namespace corecast::op {
#define OP(Struct, name) ir::OpSchema name##_schema();
#include "ops/ops.def"
#undef OP
}  // namespace corecast::op

namespace corecast::ops {

const ir::Registry& registry() {
  static const ir::Registry instance([] {
    std::vector<ir::OpSchema> rows;
#define OP(Struct, name) rows.push_back(op::name##_schema());
#include "ops/ops.def"
#undef OP
    return rows;
  }());
  return instance;
}

}  // namespace corecast::ops
