// What has to stay in fp32 so that a model's outputs are of use: measured, not foreseen.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ir/named_tensors.h"
#include "passes/precision/cast_fp16.h"
#include "validator/judge.h"

namespace corecast::api {

using KeptOps = std::map<ir::OpId, passes::precision::Kept>;

/// How good the outputs of an fp16 model are beside the same model in fp32.
struct Quality {
  double sqnr = 0;      ///< dB, of the worst output
  std::string why_not;  ///< the goal is not reached; empty: it is
  std::string output;   ///< the worst one
};

/// The goal: what a verdict asks for, and 10 dB more, as other samples may be harder.
validator::Ceilings precision_goal();

class PrecisionFit {
 public:
  /// `wide`: all fp32, ready to be cast; it must outlive this object. It runs on the samples here.
  /// Errors: those of running it.
  static Result<PrecisionFit> make(const ir::Module& wide, std::vector<ir::NamedTensors> samples,
                                   SharedPool pool, Stop stop);

  /// Of `narrow`, made from `wide`, as it declares. Errors: those of running it.
  Result<Quality> quality_of(const ir::Module& narrow) const;

  /// The smallest set of ops of `wide` that, left in fp32 beside those in `kept`, reaches the goal:
  /// by bisection (U. Junker's QuickXplain, 2004) on runs in which the results of all other ops are
  /// rounded to fp16. Empty where no set is found: the goal is reached without, or not even with
  /// all ops. Once `runs` are spent the set is not the smallest. Errors: those of running.
  Result<KeptOps> culprits(const KeptOps& kept, int runs) const;

 private:
  PrecisionFit(const ir::Module& wide, std::vector<ir::NamedTensors> samples, SharedPool pool,
               Stop stop)
      : wide_(&wide), samples_(std::move(samples)), pool_(std::move(pool)), stop_(stop) {}
  Result<Quality> compare(validator::Runner& runner) const;

  const ir::Module* wide_;
  std::vector<ir::NamedTensors> samples_, wanted_;
  SharedPool pool_;
  Stop stop_;
};

}  // namespace corecast::api
