// Noise floors: the error that a precision must cause on a graph, whoever computes it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "validator/runner.h"

namespace corecast::validator {

class NoiseFloor {
 public:
  /// `source`: the reference graph, which must outlive this object.
  /// Errors: those of compiling it.
  static Result<NoiseFloor> make(const ir::Module& source, SharedPool pool, Stop stop = {});

  /// Raises the floors of `outputs`, as shares of their ranges, by what the sample shows.
  ///
  /// fp16: the distance between the graph in fp32 and the graph with every intermediate rounded to
  /// fp16; where that leaves fp16's range, rounded to fp16's digits only. fp32: the distance that a
  /// change of the inputs by one unit in the last place causes, times 8, because the roundings
  /// inside the graph add to it; inputs are changed up and down at random, from a fixed seed.
  /// Errors: those of running the graph.
  Status measure_fp16(const NamedTensors& sample, std::map<std::string, double>& floors);
  Status measure_fp32(const NamedTensors& sample, std::map<std::string, double>& floors);

 private:
  NoiseFloor(const ir::Module& source, SharedPool pool, Stop stop, std::unique_ptr<Runner> exact)
      : source_(&source), pool_(std::move(pool)), stop_(stop), exact_(std::move(exact)) {}

  const ir::Module* source_;
  SharedPool pool_;
  Stop stop_;
  std::unique_ptr<Runner> exact_, half_, digits_;
};

}  // namespace corecast::validator
