// Pass: a named change of a module. One function runs them all (passes/pipeline.h).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"
#include "base/stop.h"
#include "base/thread_pool.h"
#include "ir/module.h"
#include "ops/rules.h"

namespace corecast::passes {

/// How far a pass may move numbers.
enum class Numerics : std::uint8_t {
  exact,          ///< bit for bit
  reassociating,  ///< equal in real arithmetic; rounding differs
  lossy,          ///< changes values within a stated bound (fp16 cast)
};

struct PassContext {
  /// What the target can say; without a version, whatever some version may say.
  ops::Rules rules;
  Diagnostics* diagnostics = nullptr;
  ThreadPool* pool = &ThreadPool::alone();  ///< never null; what is made does not depend on it
  /// Passes look at it op by op and leave off; the pipeline then ends with E5104.
  Stop stop;
  /// Rewrites left before the rewriting stops (bisecting); negative: unlimited.
  std::int64_t rewrite_budget = -1;
  /// Rewrites done, by rule name.
  std::map<std::string, std::int64_t> hits;
};

struct Pass {
  std::string_view name;
  std::string_view doc;
  Numerics numerics = Numerics::exact;
  /// Returns whether anything changed.
  std::function<Result<bool>(ir::Module&, PassContext&)> run;
  /// Runs with an exhausted rewrite budget as well: the result would not be a model without it.
  bool required = false;
};

}  // namespace corecast::passes
