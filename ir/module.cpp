#include "ir/module.h"

namespace corecast::ir {

const Function* Module::find(std::string_view name) const {
  for (const auto& f : functions) {
    if (f.name == name) return &f;
  }
  return nullptr;
}

Function* Module::find(std::string_view name) {
  return const_cast<Function*>(static_cast<const Module*>(this)->find(name));
}

const Function& Module::main() const {
  const Function* f = find(default_function);
  CC_CHECK(f != nullptr, "module has no default function");
  return *f;
}

Function& Module::main() { return const_cast<Function&>(static_cast<const Module*>(this)->main()); }

}  // namespace corecast::ir
