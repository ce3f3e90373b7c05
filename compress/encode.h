// Encoding: one weight under one scheme, as a coded form.
#pragma once

#include "compress/fit.h"
#include "compress/form/coded_form.h"
#include "compress/loaded_weight.h"
#include "compress/recipe/custom.h"
#include "compress/recipe/scheme.h"
#include "compress/weights.h"

namespace corecast::compress {

/// A weight's coded form, and what it loses.
struct Encoded {
  Scheme scheme;
  CodedForm form;
  double error = 0;       ///< sum of (weight - coded)^2, pruned elements included
  double signal = 0;      ///< sum of weight^2
  double bound = 0;       ///< no form of this kind and size has a smaller error; 0: unknown
  std::size_t bytes = 0;  ///< of everything stored, as the file aligns it
};

/// Precondition: check(scheme) and misfit() are content. `existing` is the mask of a weight that is
/// pruned already; `custom` makes the tables of schemes with a function. The result does not depend
/// on the pool's size. Errors: E4101 (unique).
Result<Encoded> encode(const LoadedWeight& loaded, const Weight& weight, const Scheme& scheme,
                       const Importance& importance, ThreadPool& pool,
                       const Mask* existing = nullptr, const CustomTables& custom = {});

}  // namespace corecast::compress
