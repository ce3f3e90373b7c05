#include "passes/replace.h"

#include "passes/refresh.h"

namespace corecast::passes {

void take_place(ir::Function& f, ir::ValueId from, ir::ValueId to, TakesOver takes_over) {
  if (takes_over.name && f.value(to).name.empty()) f.set_name(to, f.value(from).name);
  const bool retyped = !(f.type(from) == f.type(to));
  if (retyped && takes_over.sizes != Sizes::none) {
    const ir::Shape& old = f.type(from).shape;
    ir::Type now = f.type(to);
    for (std::size_t i = 0; i < now.shape.size(); ++i) {
      const bool wanted = takes_over.sizes == Sizes::all || old[i].is_constant();
      if (!now.shape[i].is_constant() && wanted) now.shape[i] = old[i];
    }
    f.set_type(to, std::move(now));
  }
  f.replace_all_uses(from, to);
  if (retyped) refresh_users(f, to);
}

void redirect(ir::Function& f, const std::vector<ir::Use>& uses, ir::ValueId to) {
  for (const ir::Use& use : uses) {
    if (use.op)
      f.set_operand(use.op, use.index, to);
    else
      f.set_block_result(use.block, use.index, to);
  }
}

std::int64_t become_constants(ir::Function& f, ir::OpId op, ir::Tensors tensors) {
  const std::vector<ir::ValueId> results = f.op(op).results;
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (f.value(results[i]).uses.empty()) continue;
    bytes += static_cast<std::int64_t>(tensors[i].byte_size());
    const ir::ValueId c = f.add_constant(std::move(tensors[i]), f.value(results[i]).name);
    f.replace_all_uses(results[i], c);
    refresh_users(f, c);
  }
  f.erase(op);
  return bytes;
}

}  // namespace corecast::passes
