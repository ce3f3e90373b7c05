// Plan: a function made ready to run on an engine. The executor's public face.
//
// Compilation decides what does not depend on input shapes. The rest (schedule, layouts, memory) is
// decided once per set of input shapes and kept, so flexible inputs cost one specialisation each.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/shared_pool.h"
#include "base/stop.h"
#include "ir/module.h"
#include "ir/named_tensors.h"

namespace corecast::executor {

enum class Precision : unsigned char {
  fp32,  ///< floats are computed and kept in fp32 whatever the model declares; weights widened once
  fp16,  ///< every intermediate is rounded to fp16 after fp32 accumulation
  native,  ///< the declared types; fp16 values accumulate in fp32 and are rounded where they are
           ///< made
};
const char* name_of(Precision precision);

struct EngineEntry;  // executor/engine.h
struct Rounding;     // executor/rounding.h

struct Options {
  Precision precision = Precision::fp32;
  const EngineEntry* engine = nullptr;  ///< null: the processor
  SharedPool pool;                      ///< plans that share one may run at the same time
  bool reference_only = false;  ///< use no fast kernel: every op by its room's reference evaluation
  /// With Precision::fp32, on an engine that keeps floats in fp32: values of fewer digits. A plan
  /// with it fuses nothing. Null: none.
  std::shared_ptr<const Rounding> rounding;
};

using ir::NamedTensors;

struct RunOptions {
  /// Called with every value that an op makes, in order, while it is valid; the tensor is a copy. A
  /// run that is observed fuses nothing, so every value of the function exists.
  std::function<void(ir::ValueId, const ir::Tensor&)> observe;
  /// State features by name, read and written; null: zeros, dropped after the call.
  NamedTensors* states = nullptr;
  Stop stop;  ///< asked between steps
};

/// Time spent in one step of a specialisation, summed over runs.
struct StepTime {
  ir::OpId op;
  std::string value;    ///< name of the first result
  std::string op_name;  ///< as the IR spells it
  std::string engine;   ///< that ran it; "reference" when none has a kernel for it
  std::string kernel;   ///< as its engine names it, or "reference"
  double seconds = 0;
  std::int64_t runs = 0;
};

class Plan {
 public:
  ~Plan();
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  /// Runs on inputs by feature name. Floating inputs are converted to what the plan computes in;
  /// others must have the declared type. Outputs are f32 (fp32 and fp16 modes) or as declared
  /// (native). Errors: E2102 a missing, unknown or misshapen input; E2101 data that violate an op's
  /// contract; E5104 stopped. One run at a time: concurrent calls queue.
  Result<NamedTensors> run(const NamedTensors& inputs, const RunOptions& options = {});

  /// Per-step times of the latest specialisation; collected from the first call on.
  void start_profile();
  std::vector<StepTime> profile() const;

  /// Slots and steps of the latest specialisation as text (executor/program.h), for tests and
  /// debugging.
  std::string program_text() const;

  /// Of the latest specialisation: bytes of the arena, and the largest sum of sizes alive at once.
  std::int64_t arena_bytes() const;
  std::int64_t live_bytes() const;

  const ir::Function& function() const;

 private:
  friend Result<std::unique_ptr<Plan>> compile(const ir::Module&, std::string_view, const Options&);
  struct Impl;
  explicit Plan(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Makes a plan of one function (empty: the default one). The plan copies what it needs of the
/// module; constants stay shared. Errors: E2103 there is no such function; E4006 the engine is not
/// here.
Result<std::unique_ptr<Plan>> compile(const ir::Module& module, std::string_view function = {},
                                      const Options& options = {});

}  // namespace corecast::executor
