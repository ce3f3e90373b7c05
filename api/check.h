// What a conversion of a model would meet: what is not supported, and what may go wrong with the
// numbers, told from the ranges of the inputs before anything is written.
#pragma once

#include "api/convert.h"
#include "api/ranges.h"

namespace corecast::api {

struct CheckOptions {
  ConvertOptions convert;
  std::vector<RangeOf> ranges;
  /// Run the model on a few made-up inputs, where ranges say too little of what is deep inside.
  bool measure = true;
};

/// The range of an input that the findings are told from.
struct InputRange {
  std::string name;
  double low = 0, high = 0;
  bool given = false;  ///< by the user or by the model itself; else it was assumed
  std::string reason;  ///< "given", "an image", "assumed", "assumed: it looks up 30522 rows"
};

/// A numeric hazard (passes/numerics/hazards.h) for people and for JSON.
struct Finding {
  Code code = Code::W4202;
  std::string kind;  ///< "exponential", ...: passes/numerics/kinds.def
  /// note: worth knowing; the conversion sees to it, or few models suffer. warning: all others.
  Severity severity = Severity::warning;
  std::string node, op, value;
  double low = 0, high = 0;         ///< of the value
  bool measured = false;            ///< the range is what runs have shown
  bool fp16_only = false;           ///< fp32 holds it
  bool handled = false;             ///< the conversion keeps it in fp32, or computes it otherwise
  std::vector<std::string> inputs;  ///< that the value depends on
  std::string message, remedy;
};

struct CheckReport {
  std::vector<InputRange> inputs;
  std::vector<Finding> findings;  ///< in the order of the ops, what is only assumed to be wide last
  std::size_t ops = 0;            ///< of the converted module
  bool measured = false;          ///< the model was run
  std::size_t warnings() const;
};

/// Reads and converts the model without writing anything, and looks for hazards. What cannot be
/// converted is the error, and the report is filled all the same as far as the model could be read.
/// Errors: of convert; E1002 a range of an input that the model does not have, or that its type
/// cannot hold.
Status check(const std::string& path, const CheckOptions& options, CheckReport& report,
             Diagnostics& diagnostics);

/// The finding as a diagnostic.
Error to_error(const Finding& finding);

/// What converting a model does to its integers of 64 bits: a note with their count (N3106), and a
/// warning (W4208) for each op that may leave 32 bits. `source` is the model as it was read.
void look_at_integers(const ir::Module& source, Stop stop, Diagnostics& diagnostics);

}  // namespace corecast::api
