// What running a function once takes, as far as its shapes tell.
#pragma once

#include "ir/module.h"

namespace corecast::api {

struct Work {
  double multiply_adds = 0, bytes = 0;  ///< bytes read or written
  double all() const { return multiply_adds + bytes / 4; }
};

/// At these sizes. Loops count as many turns; what depends on data counts nothing.
Work work_at(const ir::Function& f, const ir::SymbolValues& sizes);

}  // namespace corecast::api
