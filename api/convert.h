// Conversion: source model to a module ready to be written, and to a package.
#pragma once

#include "api/model.h"
#include "api/ranges.h"
#include "ops/mil/target.h"

namespace corecast::api {

enum class Precision : unsigned char { fp16, fp32, automatic };
/// "fp16", "fp32" or "auto". Errors: E1009.
Result<Precision> conversion_precision(std::string_view name);

struct ConvertOptions {
  LoadOptions load;
  std::optional<mil::Target> target;  ///< empty: the lowest that the result needs
  Precision precision = Precision::automatic;
  /// With `automatic`: run the model, to see that fp16 holds. Without it the rules alone decide.
  bool measure = true;
  std::optional<std::string> data;    ///< inputs for that: .npz, .npy or a folder; empty: made up
  std::uint64_t seed = 0;             ///< of inputs that are made up
  std::vector<RangeOf> ranges;        ///< likewise: what their numbers lie within
  std::optional<std::string> labels;  ///< file of class labels (api/detail/labels.h)
  std::vector<std::string> disabled_passes;
  std::int64_t rewrite_limit = -1;                ///< bisects a bad rewrite
  std::string print_ir_after;                     ///< a pass name, or "all"
  std::function<void(const std::string&)> print;  ///< receives what print_ir_after asks for
  int threads = 0;                                ///< 0: all cores
  /// Run the model before and after every pass, and compare (E4005): for finding a bug in one.
  bool check_passes = false;
  Progress progress;
};

struct PassTime {
  std::string name;
  double milliseconds = 0;
  std::int64_t ops_removed = 0;
};

/// What --precision auto found out.
struct PrecisionReport {
  std::string not_measured;  ///< why the model was not run; empty: it was
  double sqnr = 0;           ///< dB, of the worst output beside fp32
  std::string lost;          ///< what was wrong before `kept` ops were left in fp32; empty: nothing
  std::size_t kept = 0;      ///< ops that were left in fp32 for it; 0 though `lost`: none help
};
/// One line: "fp16: 61.3 dB beside fp32".
std::string to_text(const PrecisionReport& report);

struct Conversion {
  ir::Module source;  ///< as imported, before any pass: the validator's reference
  ir::Module converted;
  std::optional<PrecisionReport> precision = {};  ///< with Precision::automatic
  std::vector<PassTime> passes = {};
  double import_ms = 0, passes_ms = 0;  ///< import_ms is 0 for a model that was loaded already
  std::int64_t passes_checked = 0;      ///< with check_passes: how often one was
};

/// Imports, optimises, legalises for the target, casts. Nothing is written. Errors: those of load;
/// E1015 labels, E1200 an unknown pass, E4005 one that changes numbers, E3003 what the target
/// cannot express (all of it in `diagnostics`), E5104 cancelled.
Result<Conversion> convert(const std::string& path, const ConvertOptions& options,
                           Diagnostics& diagnostics);
/// The same for a model that is loaded already.
Result<Conversion> convert(const Model& model, const ConvertOptions& options,
                           Diagnostics& diagnostics);

/// Of a model as it is to be written: a package's as it is, any other converted. Errors: of
/// convert.
Result<ir::Module> converted(Model model, const ConvertOptions& options, Diagnostics& diagnostics);

struct SaveOptions {
  std::optional<mil::Target> target;  ///< empty: the lowest that the module needs
  bool force = false;                 ///< replace an older package
  /// Read back what was written and compare every part of every compressed weight, bit for bit.
  bool read_back = true;
  int threads = 0;  ///< 0: all cores
  const std::atomic<bool>* cancelled = nullptr;
};

struct Saved {
  std::string path;
  mil::Target target = mil::Target::ios15;
  std::string target_reason;
  std::uint64_t bytes = 0;         ///< of the program and its weights
  std::uint64_t weight_bytes = 0;  ///< of weight.bin
  std::size_t ops = 0;             ///< of the program, constants left out
  std::size_t read_back = 0;       ///< compressed weights that were compared
  double write_ms = 0;             ///< without reading back
};

/// Writes the package, whole or not at all, and checks what was written. A difference is our bug:
/// InternalError. Errors: E25xx, E51xx; E24xx what was written cannot be read.
Result<Saved> save(const ir::Module& module, const std::string& path, const SaveOptions& options,
                   Diagnostics& diagnostics);

}  // namespace corecast::api
