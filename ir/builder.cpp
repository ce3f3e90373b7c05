#include "ir/builder.h"

namespace corecast::ir {

ValueId Builder::ints(const std::vector<std::int64_t>& values) {
  Tensor t = Tensor::empty(DType::i32, {static_cast<std::int64_t>(values.size())});
  auto out = t.mutable_data<std::int32_t>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    CC_CHECK(values[i] >= INT32_MIN && values[i] <= INT32_MAX, "integer parameter outside int32");
    out[i] = static_cast<std::int32_t>(values[i]);
  }
  return constant(std::move(t));
}

ValueId Builder::int_scalar(std::int64_t value) {
  CC_CHECK(value >= INT32_MIN && value <= INT32_MAX, "integer parameter outside int32");
  return constant(Tensor::scalar(static_cast<std::int32_t>(value)));
}

Result<OpId> Builder::add_data(const OpSchema& schema, OpData d, std::string name) {
  TRY(const OpId id, f_->insert(at_, schema, std::move(d.operands), std::move(d.attrs),
                                std::move(d.blocks), location_));
  if (!name.empty() && !f_->op(id).results.empty())
    f_->set_name(f_->op(id).results[0], std::move(name));
  return id;
}

}  // namespace corecast::ir
