#include "executor/model.h"

#include "executor/rounding.h"

namespace corecast::executor {

using ir::Tensor;

const char* name_of(Precision precision) {
  switch (precision) {
    case Precision::fp32: return "fp32";
    case Precision::fp16: return "fp16";
    case Precision::native: return "native";
  }
  CC_UNREACHABLE("precision");
}

Model::Model(ir::Function function, const Options& o, Engines used)
    : f(std::move(function)), options(o), engines(std::move(used)) {
  CC_CHECK(!engines.empty(), "a plan without an engine");
}

bool Model::rounds(ir::ValueId v) const {
  const ir::DType declared = f.type(v).dtype;
  if (options.rounding) return ir::is_floating(declared) && storage(declared) == ir::DType::f32;
  return engine().rounds(declared);
}

Tensor Model::stored(const Tensor& t, ir::ValueId v) const {
  Tensor out = engine().stored(t, f.type(v).dtype);
  const Rounding* r = options.rounding.get();
  const bool constant = f.is_constant(v);
  if (!r || !r->rounds(v) || out.dtype() != ir::DType::f32 || (constant && !r->constants))
    return out;
  Tensor rounded = Tensor::from_bytes(out.dtype(), out.dims(), out.bytes());
  Rounding how = *r;
  if (constant) how.seed = 0, how.range = false;  // a weight is finite, or was not before
  round_values(how, r->made++, rounded.mutable_data<float>().data(), 0, rounded.count());
  return rounded;
}

const Tensor* Derived::get() {
  if (held_) return &tensor_;
  const auto bytes = bytes_.lock();
  if (!bytes) return nullptr;
  tensor_ = Tensor(dtype_, dims_, bytes);
  held_ = true;
  return &tensor_;
}

const Tensor& Derived::put(Tensor t) {
  tensor_ = std::move(t);
  held_ = true;
  return tensor_;
}

void Derived::let_go() {
  constexpr std::size_t kSmall = 4096;  // bytes
  if (!held_ || !tensor_.buffer() || tensor_.byte_size() <= kSmall) return;
  bytes_ = tensor_.buffer();
  dtype_ = tensor_.dtype();
  dims_ = tensor_.dims();
  tensor_ = Tensor();
  held_ = false;
}

const Tensor& Model::constant(ir::ValueId v) {
  Derived& entry = constants_[v.raw];
  if (const Tensor* t = entry.get()) return *t;
  const Tensor* t = f.constant(v);
  CC_CHECK(t != nullptr, "not a constant");
  return entry.put(stored(*t, v));
}

void Model::let_go(ir::ValueId v) {
  for (auto* derived : {&constants_, &folded})
    if (const auto at = derived->find(v.raw); at != derived->end()) at->second.let_go();
}

void Model::let_go() {
  for (auto& [value, derived] : constants_) derived.let_go();
  for (auto& [value, derived] : folded) derived.let_go();
}

}  // namespace corecast::executor
