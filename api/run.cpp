#include "api/run.h"

#include <algorithm>
#include <cmath>

#include "base/strings.h"

namespace corecast::api {

Result<executor::Precision> precision_from_name(std::string_view name) {
  using executor::Precision;
  for (const auto p : {Precision::fp32, Precision::fp16, Precision::native}) {
    if (name == executor::name_of(p)) return p;
  }
  return Error(Code::E1009, cat("unknown precision ", quote(name)), "fp32, fp16 or native");
}

std::vector<std::string> engine_names() {
  std::vector<std::string> names;
  for (const auto& entry : executor::engine_list()) names.emplace_back(entry.name);
  return names;
}

Result<const executor::EngineEntry*> engine_from_name(std::string_view name) {
  if (const auto* entry = executor::find_engine(name)) return entry;
  return Error(Code::E1029, cat("unknown engine ", quote(name)),
               cat("known are ", join(engine_names())));
}

Result<ir::Tensor> lossless_cast(const ir::Tensor& t, ir::DType dtype, const std::string& name) {
  if (t.dtype() == dtype) return t;
  const bool to_float = ir::is_floating(dtype);
  const auto misfit = [&](std::int64_t i) {
    std::string at;
    std::int64_t rest = i;
    for (std::size_t d = t.dims().size(); d-- > 0;) {
      at = cat(rest % t.dims()[d], at.empty() ? "" : ",", at);
      rest /= t.dims()[d];
    }
    return Error(Code::E1007,
                 cat("input ", quote(name), ": element [", at, "] is ", t.at(i), ", which ",
                     ir::name_of(dtype), " cannot hold"),
                 cat("give the input as ", ir::name_of(dtype)));
  };
  if (t.dtype() == ir::DType::string)
    return Error(Code::E1007, cat("input ", quote(name), " is text"));
  if (!to_float) {
    const double low = static_cast<double>(ir::min_of(dtype)),
                 high = static_cast<double>(ir::max_of(dtype));
    for (std::int64_t i = 0; i < t.count(); ++i) {
      const double v = t.at(i);
      // The largest 64-bit integers have no double: theirs is the power of two above.
      const bool below = ir::bits_of(dtype) == 64 ? v < high : v <= high;
      if (!(v >= low && below) || v != std::trunc(v)) return misfit(i);
    }
  } else if (ir::is_floating(t.dtype())) {
    // Rounding is what a float is for; turning a number into infinity is not.
    const ir::Tensor cast = t.cast(dtype);
    for (std::int64_t i = 0; i < t.count(); ++i) {
      if (std::isfinite(t.at(i)) && !std::isfinite(cast.at(i))) return misfit(i);
    }
    return cast;
  }
  const ir::Tensor cast = t.cast(dtype);
  // Bytes always fit, and images are large.
  const int digits = dtype == ir::DType::f64 ? 53 : dtype == ir::DType::f32 ? 24 : 8;
  const bool exact = ir::bits_of(t.dtype()) <= digits;
  for (std::int64_t i = 0; to_float && !exact && i < t.count(); ++i) {
    if (cast.at(i) != t.at(i)) return misfit(i);
  }
  return cast;
}

Result<Session> Session::make(const ir::Module& module, const std::string& function,
                              executor::Precision precision, SharedPool pool,
                              const executor::EngineEntry* engine) {
  executor::Options options;
  options.precision = precision;
  options.engine = engine;
  options.pool = std::move(pool);
  if (!function.empty() && !module.find(function)) {
    std::vector<std::string> names;
    for (const auto& f : module.functions) names.push_back(f.name);
    return Error(Code::E1010, cat("the model has no function ", quote(function)),
                 cat("it has ", join(names)));
  }
  TRY(auto plan, executor::compile(module, function, options));
  return Session(std::move(plan));
}

namespace {

// Sizes that the interface's ranges leave out; the executor could run them, Core ML would not.
Status check_ranges(const ir::Function& f, const ir::Feature& feature, const ir::Type& type,
                    const ir::Tensor& t) {
  if (t.rank() != type.rank()) return {};  // the executor reports it
  for (std::size_t d = 0; d < type.shape.size(); ++d) {
    const auto symbol = type.shape[d].as_symbol();
    const auto range = symbol ? f.symbols.find(*symbol) : f.symbols.end();
    if (range == f.symbols.end()) continue;
    const auto [low, high] = range->second;
    const std::int64_t size = t.dims()[d];
    // The least size, 1, is a convention, and no reason to refuse an empty input.
    if ((low <= 1 || size >= low) && (high < 0 || size <= high)) continue;
    return Error(Code::E2102,
                 cat("input ", quote(feature.name), " has size ", size, " along dimension ", d,
                     ", which may be ", low, " to ", high < 0 ? "any" : cat(high)));
  }
  return {};
}

Status check_enumerated(const ir::Feature& feature, const ir::Tensor& t) {
  const auto& allowed = feature.enumerated;
  if (allowed.empty() || std::find(allowed.begin(), allowed.end(), t.dims()) != allowed.end())
    return {};
  std::vector<std::string> shapes;
  for (const auto& shape : allowed) shapes.push_back(cat("[", join(shape, ","), "]"));
  return Error(Code::E2102,
               cat("input ", quote(feature.name), " has shape [", join(t.dims(), ","),
                   "], which the model does not list"),
               cat("it takes ", join(shapes)));
}

}  // namespace

Result<NamedTensors> Session::run(const NamedTensors& inputs, NamedTensors* states, Stop stop) {
  const ir::Function& f = function();
  NamedTensors given;
  const auto& args = f.block(f.entry()).args;
  for (const auto& [name, tensor] : inputs) {
    std::size_t i = 0;
    while (i < f.inputs.size() && f.inputs[i].name != name) ++i;
    if (i == f.inputs.size()) {  // the executor names what is unknown
      given.emplace(name, tensor);
      continue;
    }
    TRY_VOID(check_enumerated(f.inputs[i], tensor));
    TRY_VOID(check_ranges(f, f.inputs[i], f.type(args[i]), tensor));
    TRY(ir::Tensor fitting, lossless_cast(tensor, f.type(args[i]).dtype, name));
    // Core ML has no scalar inputs: a source's became a vector of one. Either is given for the
    // other.
    const ir::Shape one = {ir::Dim(1)};
    const ir::Shape& wanted = f.type(args[i]).shape;
    if (fitting.rank() == 0 && wanted == one) fitting = fitting.reshaped({1});
    if (fitting.dims() == std::vector<std::int64_t>{1} && wanted.empty())
      fitting = fitting.reshaped({});
    given.emplace(name, std::move(fitting));
  }
  executor::RunOptions options;
  options.states = states;
  options.stop = stop;
  return plan_->run(given, options);
}

}  // namespace corecast::api
