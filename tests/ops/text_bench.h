// Runs a function given as IR text through the interpreter, for tests of whole rooms.
#pragma once

#include "ir/parse.h"
#include "ir/verify.h"
#include "ops/interpret.h"
#include "ops/ops.h"

namespace corecast::test {

inline ir::Function parse(std::string_view text) {
  auto f = ir::parse_function(text, ops::registry());
  if (!f) throw std::runtime_error(f.error().message);
  if (auto ok = ir::verify(*f); !ok) throw std::runtime_error(ok.error().message);
  return std::move(f).value();
}

/// Why the text is rejected.
inline std::string rejection(std::string_view text) {
  auto f = ir::parse_function(text, ops::registry());
  return f ? "accepted" : f.error().message;
}

/// The results in order.
inline Result<std::vector<ir::Tensor>> try_run(std::string_view text,
                                               const ops::NamedTensors& inputs = {},
                                               const ops::InterpretOptions& options = {}) {
  const ir::Function f = parse(text);
  TRY(const auto outputs, ops::interpret(f, inputs, options));
  std::vector<ir::Tensor> out;
  for (const auto& feature : f.outputs) out.push_back(outputs.at(feature.name));
  return out;
}
inline std::vector<ir::Tensor> run(std::string_view text, const ops::NamedTensors& inputs = {}) {
  auto out = try_run(text, inputs);
  if (!out) throw std::runtime_error(out.error().to_string());
  return std::move(out).value();
}
/// The elements of the one result.
inline std::vector<double> numbers(std::string_view text, const ops::NamedTensors& inputs = {}) {
  return run(text, inputs).at(0).to_doubles();
}

/// The type of the function's first result, as inferred.
inline std::string type_of(std::string_view text) {
  const ir::Function f = parse(text);
  return to_string(f.type(f.block(f.entry()).results.at(0)));
}
/// The symbolic elements of the function's first result: "N+1, 4", or "unknown".
inline std::string known_of(std::string_view text) {
  const ir::Function f = parse(text);
  const auto& value = f.value(f.block(f.entry()).results.at(0));
  if (!value.known) return "unknown";
  std::string out;
  for (const auto& d : *value.known) out += (out.empty() ? "" : ", ") + d.to_string();
  return out;
}

}  // namespace corecast::test
