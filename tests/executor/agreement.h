// Makers and kernels against the rooms' reference evaluation: functions as IR text, whose symbolic
// sizes and inputs are random.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "executor/plan.h"
#include "ir/parse.h"
#include "tests/executor/random_data.h"

namespace corecast::test {

struct AgreementCase {
  const char* name;
  /// Inputs: floats are normal, integers in [0, 4), booleans either.
  const char* text;
  int reference_steps = 0;  ///< steps that are expected to have no fast kernel
  /// Range of the sizes that a symbol takes; else 1 to 9.
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> sizes = {};
};

ir::Module parsed_function(std::string_view text, const ir::TensorTable* table = nullptr);

/// Runs the first function both ways on the same random inputs, twice, and compares within `bound`
/// (absolute up to 1, relative above). Returns how many steps had no fast kernel.
int compare_with_rooms(const ir::Module& module, const AgreementCase& c, Random& random,
                       double bound, executor::Options options = {.pool = shared_pool(2)});

/// All cases on every instruction set, with a seed that a failure prints, and once on every other
/// engine. Cases with symbolic sizes are drawn `draws` times.
void check_agreement(const std::vector<AgreementCase>& cases, double bound = 2e-5, int draws = 3);

}  // namespace corecast::test
