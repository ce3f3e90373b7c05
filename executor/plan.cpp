#include "executor/plan.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <mutex>

#include "executor/frame.h"
#include "executor/reference.h"
#include "executor/specialize.h"

namespace corecast::executor {

using ir::Tensor;
using ir::ValueId;

namespace {

using Dims = std::vector<std::int64_t>;

Error input_error(std::string message) { return Error(Code::E2102, std::move(message)); }

std::string text_of(const Dims& dims) { return cat("[", join(dims, ","), "]"); }

/// Fits given dims to a declared shape, binding symbols as they are met.
bool fits(const ir::Shape& shape, const Dims& dims, ir::SymbolValues& symbols) {
  if (shape.size() != dims.size()) return false;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (const auto name = shape[i].as_symbol()) {
      const auto [at, fresh] = symbols.emplace(*name, dims[i]);
      if (!fresh && at->second != dims[i]) return false;
    } else if (const auto known = shape[i].evaluate(symbols); known && *known != dims[i]) {
      return false;
    }
  }
  return true;
}

struct Specialization {
  std::vector<Dims> dims;
  bool observed = false;
  std::unique_ptr<Program> program;
  std::unique_ptr<Frame> frame;
};

}  // namespace

struct Plan::Impl {
  Impl(ir::Function f, const Options& o, Engines engines)
      : model(std::move(f), o, std::move(engines)) {}

  Result<Specialization*> find(const std::vector<Dims>& dims, bool observed);
  Status execute(Specialization& s, const RunOptions& options);
  void observe(const Specialization& s, const Step& step, const RunOptions& options) const;
  Result<std::vector<Tensor>> gather_inputs(const NamedTensors& inputs,
                                            std::vector<Dims>& dims) const;

  Model model;
  std::deque<Specialization> specializations;  ///< most recently used first
  bool profiling = false;
  mutable std::mutex mutex;
};

Result<Specialization*> Plan::Impl::find(const std::vector<Dims>& dims, bool observed) {
  constexpr std::size_t kKept = 8;  // each owns an arena
  const auto at = std::find_if(specializations.begin(), specializations.end(), [&](const auto& s) {
    return s.observed == observed && s.dims == dims;
  });
  if (at != specializations.end()) {
    std::rotate(specializations.begin(), at, at + 1);
    return &specializations.front();
  }
  Specialization s;
  s.dims = dims;
  s.observed = observed;
  TRY(s.program, specialize(model, dims, observed));
  s.frame = std::make_unique<Frame>(*s.program, model.engine().allocate(s.program->arena_bytes));
  specializations.push_front(std::move(s));
  if (specializations.size() > kKept) specializations.pop_back();
  return &specializations.front();
}

Result<std::vector<Tensor>> Plan::Impl::gather_inputs(const NamedTensors& inputs,
                                                      std::vector<Dims>& dims) const {
  const auto& args = model.f.block(model.f.entry()).args;
  std::vector<Tensor> out(args.size());
  dims.resize(args.size());
  std::size_t used = 0;
  ir::SymbolValues symbols;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const ir::Type& type = model.f.type(args[i]);
    if (type.kind == ir::TypeKind::state) continue;
    const std::string& name = i < model.f.inputs.size() && !model.f.inputs[i].name.empty()
                                  ? model.f.inputs[i].name
                                  : model.f.value(args[i]).name;
    const auto given = inputs.find(name);
    if (given == inputs.end()) return input_error(cat("input ", quote(name), " is missing"));
    ++used;
    const Tensor& t = given->second;
    const bool floats = ir::is_floating(type.dtype) && ir::is_floating(t.dtype());
    if (t.dtype() != type.dtype && !floats)
      return input_error(cat("input ", quote(name), " has element type ", ir::name_of(t.dtype()),
                             "; the model takes ", ir::name_of(type.dtype)));
    if (!fits(type.shape, t.dims(), symbols))
      return input_error(cat("input ", quote(name), " has shape ", text_of(t.dims()),
                             "; the model takes ", ir::to_string(type.shape)));
    dims[i] = t.dims();
    out[i] = t;
  }
  if (used != inputs.size())
    for (const auto& [name, tensor] : inputs) {
      const bool known =
          std::any_of(args.begin(), args.end(), [&, n = std::string_view(name)](ValueId v) {
            const auto& value = model.f.value(v);
            return value.name == n ||
                   (value.index < model.f.inputs.size() && model.f.inputs[value.index].name == n);
          });
      if (!known) return input_error(cat("the model has no input ", quote(name)));
    }
  return out;
}

void Plan::Impl::observe(const Specialization& s, const Step& step,
                         const RunOptions& options) const {
  for (const SlotId w : step.writes) {
    const Slot& slot = s.program->slot(w);
    if (!slot.value || slot.layout != &kPlain || s.program->types.constant(slot.value)) continue;
    options.observe(slot.value, s.frame->copy(s.program->plain[slot.value.index()]));
  }
}

Status Plan::Impl::execute(Specialization& s, const RunOptions& options) {
  using Clock = std::chrono::steady_clock;
  Frame& frame = *s.frame;
  if (options.observe)  // folded values have no step
    for (const ir::OpId op : model.f.ops(model.f.entry()))
      for (const ValueId r : model.f.op(op).results)
        if (const Tensor* t = s.program->types.constant(r)) options.observe(r, *t);
  Engine* at_work = nullptr;  // may not have finished all of its steps
  for (Step& step : s.program->steps) {
    TRY_VOID(options.stop.check());
    const auto start = profiling ? Clock::now() : Clock::time_point();
    if (at_work && at_work != step.engine) TRY_VOID(at_work->finish());
    at_work = step.engine;
    TRY_VOID(at_work ? at_work->run(step, frame) : run_reference(model, frame, step));
    if (profiling) {
      if (at_work) TRY_VOID(at_work->finish());
      step.seconds += std::chrono::duration<double>(Clock::now() - start).count();
      ++step.runs;
    }
    if (options.observe) {
      if (at_work) TRY_VOID(at_work->finish());
      observe(s, step, options);
    }
    for (const SlotId r : step.release) frame.release(r);
  }
  return at_work ? at_work->finish() : Status();
}

Plan::Plan(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Plan::~Plan() = default;

Result<NamedTensors> Plan::run(const NamedTensors& inputs, const RunOptions& options) {
  const std::scoped_lock lock(impl_->mutex);
  Model& model = impl_->model;
  std::vector<Dims> dims;
  TRY(const std::vector<Tensor> given, impl_->gather_inputs(inputs, dims));
  TRY(Specialization* const s, impl_->find(dims, static_cast<bool>(options.observe)));
  Frame& frame = *s->frame;
  for (const auto& [slot, arg] : s->program->inputs) {
    const ValueId v = model.f.block(model.f.entry()).args[arg];
    frame.set(slot, model.stored(given[arg], v));
  }
  NamedTensors own_states;
  frame.states = options.states ? options.states : &own_states;
  TRY_VOID(impl_->execute(*s, options));

  NamedTensors out;
  const auto& results = model.f.block(model.f.entry()).results;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const std::string& name = i < model.f.outputs.size() && !model.f.outputs[i].name.empty()
                                  ? model.f.outputs[i].name
                                  : model.f.value(results[i]).name;
    Tensor t = frame.copy(s->program->outputs[i]);
    const ir::DType declared = model.f.type(results[i]).dtype;
    if (model.options.precision == Precision::native && t.dtype() != declared) t = t.cast(declared);
    out.insert_or_assign(name, std::move(t));
  }
  for (const auto& [slot, arg] : s->program->inputs) frame.release(slot);
  return out;
}

void Plan::start_profile() {
  const std::scoped_lock lock(impl_->mutex);
  impl_->profiling = true;
  for (Specialization& s : impl_->specializations)
    for (Step& step : s.program->steps) {
      step.seconds = 0;
      step.runs = 0;
    }
}

std::vector<StepTime> Plan::profile() const {
  const std::scoped_lock lock(impl_->mutex);
  std::vector<StepTime> out;
  if (impl_->specializations.empty()) return out;
  const ir::Function& f = impl_->model.f;
  for (const Step& step : impl_->specializations.front().program->steps) {
    StepTime t;
    t.op = step.op;
    if (step.op) {
      const ir::OpData& d = f.op(step.op);
      t.op_name = d.schema->name;
      if (!d.results.empty()) t.value = f.value(d.results[0]).name;
    }
    t.engine = step.engine ? step.engine->name() : "reference";
    t.kernel = step.engine ? step.engine->kernel_name(step.kernel) : "reference";
    t.seconds = step.seconds;
    t.runs = step.runs;
    out.push_back(std::move(t));
  }
  return out;
}

std::string Plan::program_text() const {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->specializations.empty()
             ? std::string()
             : to_text(*impl_->specializations.front().program, impl_->model.f);
}

std::int64_t Plan::arena_bytes() const {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->specializations.empty() ? 0 : impl_->specializations.front().program->arena_bytes;
}
std::int64_t Plan::live_bytes() const {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->specializations.empty() ? 0 : impl_->specializations.front().program->live_bytes;
}
const ir::Function& Plan::function() const { return impl_->model.f; }

Result<std::unique_ptr<Plan>> compile(const ir::Module& module, std::string_view function,
                                      const Options& options) {
  const std::string_view name =
      function.empty() ? std::string_view(module.default_function) : function;
  const ir::Function* f = module.find(name);
  if (!f && function.empty() && module.functions.size() == 1) f = &module.functions.front();
  if (!f) return Error(Code::E2103, cat("the model has no function ", quote(name)));
  TRY(Engines engines, make_engines(options));
  return std::unique_ptr<Plan>(
      new Plan(std::make_unique<Plan::Impl>(*f, options, std::move(engines))));
}

}  // namespace corecast::executor
