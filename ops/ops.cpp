#include "ops/ops.h"

#include "ops/detail/room.h"
#include "ops/op_kind.h"

namespace corecast::op {
#define OP(Struct, name) ops::OpSchema name##_schema();
#include "ops/ops.def"
#undef OP
}  // namespace corecast::op

namespace corecast::ops {
namespace {

const std::vector<OpSchema>& rooms() {
  static const std::vector<OpSchema> instance = [] {
    std::vector<OpSchema> rows;
#define OP(Struct, name) rows.push_back(op::name##_schema());
#include "ops/ops.def"
#undef OP
    return rows;
  }();
  return instance;
}

}  // namespace

const ir::Registry& registry() {
  static const ir::Registry instance(std::vector<ir::OpSchema>(rooms().begin(), rooms().end()));
  return instance;
}

const std::vector<OpRule>& mil_rows() {
  static const std::vector<OpRule> instance = [] {
    std::vector<OpRule> rows(rooms().size());
    for (const OpSchema& room : rooms()) rows[static_cast<std::size_t>(room.kind)] = room.mil;
    return rows;
  }();
  return instance;
}

}  // namespace corecast::ops
