// Supervisor: runs numbered cases in a child process, one after another, so that a crash or a hang
// costs one case and is reported with its number.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/fuzz/cases.h"

namespace corecast::fuzz {

struct Limits {
  int cpu_seconds = 10;                                  ///< of one case
  std::uint64_t address_space = std::uint64_t{3} << 30;  ///< 0: none (the sanitizers need it all)
};

struct Report {
  std::uint64_t index = 0;
  std::string what;
};

struct Totals {
  std::uint64_t cases = 0, read = 0, converted = 0, written = 0, ran = 0;
  std::vector<Report> failures;
};

/// Cases [begin, end), until `seconds` have passed. `one` throws what it does not like.
Totals supervise(std::uint64_t begin, std::uint64_t end, double seconds, const Limits& limits,
                 const std::function<Reached(std::uint64_t)>& one);

}  // namespace corecast::fuzz
