#include "validator/divergence.h"

namespace corecast::validator {

std::optional<Divergence> first_divergence(const ir::Module& source,
                                           const NamedTensors& source_inputs,
                                           const ir::Module& candidate,
                                           const NamedTensors& candidate_inputs,
                                           executor::Precision precision, int threads,
                                           double allowed) {
  executor::Options exact;
  exact.threads = threads;
  executor::Options like_candidate;
  like_candidate.threads = threads;
  like_candidate.precision = precision;
  auto a = executor::compile(source, {}, exact);
  auto b = executor::compile(candidate, {}, like_candidate);
  if (!a || !b) return std::nullopt;
  NamedTensors wanted;
  executor::RunOptions keep;
  keep.observe = [&](ir::ValueId v, const ir::Tensor& t) {
    const std::string& name = (*a)->function().value(v).name;
    if (!name.empty()) wanted.emplace(name, t);
  };
  if (!(*a)->run(source_inputs, keep)) return std::nullopt;
  std::optional<Divergence> first;
  executor::RunOptions compare;
  compare.observe = [&](ir::ValueId v, const ir::Tensor& t) {
    if (first) return;
    const ir::Function& f = (*b)->function();
    const auto it = wanted.find(f.value(v).name);
    if (it == wanted.end() || it->second.count() != t.count() || !ir::is_floating(t.dtype()))
      return;
    const Metrics m = measure(it->second.reshaped(t.dims()), t);
    if (m.max_rel <= allowed && m.nan_mismatches == 0 && m.inf_mismatches == 0) return;
    const ir::OpId op = f.def(v);
    first = Divergence{f.value(v).name, op ? std::string(f.op(op).schema->name) : std::string(),
                       m.max_rel};
  };
  if (!(*b)->run(candidate_inputs, compare)) return std::nullopt;
  return first;
}

}  // namespace corecast::validator
