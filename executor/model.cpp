#include "executor/model.h"

namespace corecast::executor {

using ir::Tensor;

const char* name_of(Precision precision) {
  switch (precision) {
    case Precision::fp32: return "fp32";
    case Precision::fp16: return "fp16";
    case Precision::native: return "native";
    case Precision::fp16_digits: return "fp16 digits";
  }
  CC_UNREACHABLE("precision");
}

Model::Model(ir::Function function, const Options& o, Engines used)
    : f(std::move(function)), options(o), engines(std::move(used)) {
  CC_CHECK(!engines.empty(), "a plan without an engine");
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
  return entry.put(stored(*t, f.type(v).dtype));
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
