#include "executor/cpu/call.h"

namespace corecast::cpu {

// Several kernels may share a function: repeated declarations are harmless.
#define KERNEL(id, name, function, A) \
  struct A;                           \
  Status run_##function(const A& a, const Call& call);
#include "executor/cpu/kernels.def"
#undef KERNEL

namespace {

template <class A, Status (*run)(const A&, const Call&)>
constexpr KernelEntry entry(std::string_view name) {
  return {name, executor::arguments_type<A>(),
          [](const Call& call) { return run(call.arguments().as<A>(), call); }};
}

constexpr KernelEntry kTable[] = {
#define KERNEL(id, name, function, A) entry<A, run_##function>(name),
#include "executor/cpu/kernels.def"
#undef KERNEL
};

}  // namespace

const KernelEntry& kernel_entry(Kernel kernel) { return kTable[static_cast<std::size_t>(kernel)]; }

}  // namespace corecast::cpu
