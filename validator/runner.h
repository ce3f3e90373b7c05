// Runner: something that computes a model's outputs. Every number is stamped with the runner's
// name.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/stop.h"
#include "executor/plan.h"
#include "ir/module.h"
#include "ir/named_tensors.h"

namespace corecast::validator {

using ir::NamedTensors;

class Runner {
 public:
  virtual ~Runner() = default;
  /// For people: "corecast fp32", "corecast metal fp32", "onnxruntime 1.30.0".
  virtual std::string name() const = 0;
  virtual Result<NamedTensors> run(const NamedTensors& inputs) = 0;
  /// Each of several, one answer for each: in a process of its own, all in one.
  virtual std::vector<Result<NamedTensors>> run_each(std::span<const NamedTensors> samples) {
    std::vector<Result<NamedTensors>> answers;
    for (const NamedTensors& sample : samples) answers.push_back(run(sample));
    return answers;
  }
};

/// corecast's own executor on a module's default function; runs end with E5104 when stopped.
/// `engine`: null is the processor. Errors: E4006 the engine is not here.
Result<std::unique_ptr<Runner>> embedded_runner(const ir::Module& module,
                                                executor::Precision precision, SharedPool pool,
                                                Stop stop = {},
                                                const executor::EngineEntry* engine = nullptr);

/// The same in fp32 with values of fewer digits, as `rounding` says at each run. CHECKs that there
/// is one.
Result<std::unique_ptr<Runner>> rounding_runner(const ir::Module& module,
                                                std::shared_ptr<const executor::Rounding> rounding,
                                                SharedPool pool, Stop stop = {});

struct ForeignOptions {
  std::string python;  ///< interpreter; empty: $CORECAST_PYTHON, else the first that has
                       ///< the runtime: python3 beside this program, python3 on the PATH
  int threads = 0;
  double timeout_seconds = 600;
  Stop stop;  ///< ends the process
};

/// A runtime of others that says what files of one format compute, in a process of its own.
struct Reference {
  std::string_view name;    ///< one lower-case word, as `--reference` takes it
  std::string_view format;  ///< of the files that it runs: converter::Frontend::name
  /// `model_path` may be empty, to learn whether the runtime is here and its version. Errors: E4001
  /// no interpreter, or the runtime cannot be imported there; E5003 the time limit; E5104 stopped.
  Result<std::unique_ptr<Runner>> (*open)(const std::string& model_path,
                                          const ForeignOptions& options);
};

/// All there are; the first of a format is the one that is asked unless told otherwise.
std::span<const Reference> references();
/// By name, by format. Null: none.
const Reference* find_reference(std::string_view name);
const Reference* reference_of(std::string_view format);

/// ONNX Runtime, graph optimisations off: a row of references().
Result<std::unique_ptr<Runner>> onnxruntime_runner(const std::string& model_path,
                                                   const ForeignOptions& options = {});

}  // namespace corecast::validator
