#include "validator/divergence.h"

#include <set>
#include <thread>

#include "base/background.h"
#include "validator/meeting.h"

namespace corecast::validator {
namespace {

/// Calls visit(name) for every named value that an op outside of nested blocks makes.
template <class Visit>
void for_each_name(const ir::Function& f, const Visit& visit) {
  for (const ir::OpId op : f.ops(f.entry())) {
    for (const ir::ValueId v : f.op(op).results) {
      if (!f.value(v).name.empty()) visit(f.value(v).name);
    }
  }
}

/// The names of the source's values, by what the candidate calls them.
using SourceNames = std::map<std::string, std::string, std::less<>>;
SourceNames source_names(const ir::Function& source, Naming naming) {
  SourceNames names;
  for_each_name(source,
                [&](const std::string& name) { names.emplace(named_by(naming, name), name); });
  return names;
}

/// How many values of the candidate have each name that the source has as well, as it has it.
std::map<std::string, int, std::less<>> shared_names(const SourceNames& names,
                                                     const ir::Function& candidate) {
  std::map<std::string, int, std::less<>> shared;
  for_each_name(candidate, [&](const std::string& name) {
    if (const auto it = names.find(name); it != names.end()) ++shared[it->second];
  });
  return shared;
}

/// Says at the end of a scope that a run is over: the other must not wait, whatever happened.
struct Ending {
  ~Ending() { (meeting.*end)(); }
  Meeting& meeting;
  void (Meeting::*end)();
};

/// Runs the source, offering its values; whether it ran to its end.
bool run_source(executor::Plan& plan, const NamedTensors& inputs, const Stop& stop,
                Meeting& meeting) {
  const Ending ending{meeting, &Meeting::offering_ends};
  executor::RunOptions run;
  run.stop = stop;
  run.observe = [&](ir::ValueId v, const ir::Tensor& t) {
    meeting.offer(plan.function().value(v).name, t);
  };
  return plan.run(inputs, run).has_value();
}

/// Runs the candidate beside it; empty when that fails, else what it parted at, if anything.
std::optional<std::optional<Divergence>> run_candidate(executor::Plan& plan,
                                                       const NamedTensors& inputs,
                                                       const DivergenceOptions& options,
                                                       const SourceNames& names, Meeting& meeting) {
  const Ending ending{meeting, &Meeting::taking_ends};
  const ir::Function& f = plan.function();
  std::optional<Divergence> first;
  executor::RunOptions run;
  run.stop = options.stop;
  run.observe = [&](ir::ValueId v, const ir::Tensor& t) {
    const auto name = names.find(f.value(v).name);
    if (first || name == names.end()) return;
    const auto wanted = meeting.take(name->second);
    if (!wanted || wanted->count() != t.count() || !ir::is_floating(t.dtype())) return;
    const Metrics m = measure(wanted->reshaped(t.dims()), t);
    if (m.max_rel <= options.allowed && m.nan_mismatches == 0 && m.inf_mismatches == 0) return;
    const ir::OpId op = f.def(v);
    first = Divergence{name->second, op ? std::string(f.op(op).schema->name) : std::string(),
                       m.max_rel};
    meeting.taking_ends();
  };
  if (!plan.run(inputs, run)) return std::nullopt;
  return std::optional(first);
}

}  // namespace

std::optional<Divergence> first_divergence(const ir::Module& source,
                                           const NamedTensors& source_inputs,
                                           const ir::Module& candidate,
                                           const NamedTensors& candidate_inputs,
                                           const DivergenceOptions& options) {
  const auto a = executor::compile(source, {}, {.pool = options.pool});
  const auto b = executor::compile(
      candidate, {},
      {.precision = options.precision, .engine = options.engine, .pool = options.pool});
  if (!a || !b) return std::nullopt;
  const SourceNames names = source_names((*a)->function(), options.naming);
  Meeting meeting(shared_names(names, (*b)->function()));
  auto source_ran = in_background([&, here = std::this_thread::get_id()] {
    if (std::this_thread::get_id() == here) meeting.wait_for_none();
    return run_source(**a, source_inputs, options.stop, meeting);
  });
  const auto found = run_candidate(**b, candidate_inputs, options, names, meeting);
  return source_ran.get() && found ? *found : std::nullopt;
}

}  // namespace corecast::validator
