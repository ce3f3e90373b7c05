#include "api/run.h"

#include <cmath>

#include "base/strings.h"

namespace corecast::api {

Result<executor::Precision> precision_from_name(std::string_view name) {
  using executor::Precision;
  for (const auto p : {Precision::fp32, Precision::fp16, Precision::native}) {
    if (name == executor::name_of(p)) return p;
  }
  return Error(ErrorKind::usage, "E1009", cat("unknown precision ", quote(name)),
               "fp32, fp16 or native");
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
    return Error(ErrorKind::usage, "E1007",
                 cat("input ", quote(name), ": element [", at, "] is ", t.at(i), ", which ",
                     ir::name_of(dtype), " cannot hold"),
                 cat("give the input as ", ir::name_of(dtype)));
  };
  if (t.dtype() == ir::DType::string)
    return Error(ErrorKind::usage, "E1007", cat("input ", quote(name), " is text"));
  if (!to_float) {
    const double low = static_cast<double>(ir::min_of(dtype)),
                 high = static_cast<double>(ir::max_of(dtype));
    for (std::int64_t i = 0; i < t.count(); ++i) {
      const double v = t.at(i);
      if (!(v >= low && v <= high) || v != std::trunc(v)) return misfit(i);
    }
  } else if (ir::is_floating(t.dtype())) {
    // Rounding is what a float is for; turning a number into infinity is not.
    const ir::Tensor cast = t.cast(dtype);
    for (std::int64_t i = 0; i < t.count(); ++i) {
      if (std::isfinite(t.at(i)) && !std::isfinite(cast.at(i))) return misfit(i);
    }
    return cast;
  }
  return t.cast(dtype);
}

Result<Session> Session::make(const ir::Module& module, const std::string& function,
                              executor::Precision precision, int threads) {
  executor::Options options;
  options.precision = precision;
  options.threads = threads;
  if (!function.empty() && !module.find(function)) {
    std::vector<std::string> names;
    for (const auto& f : module.functions) names.push_back(f.name);
    return Error(ErrorKind::usage, "E1010", cat("the model has no function ", quote(function)),
                 cat("it has ", join(names)));
  }
  TRY(auto plan, executor::compile(module, function, options));
  return Session(std::move(plan));
}

Result<NamedTensors> Session::run(const NamedTensors& inputs, NamedTensors* states) {
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
    TRY(ir::Tensor fitting, lossless_cast(tensor, f.type(args[i]).dtype, name));
    given.emplace(name, std::move(fitting));
  }
  executor::RunOptions options;
  options.states = states;
  return plan_->run(given, options);
}

}  // namespace corecast::api
