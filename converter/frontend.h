// A frontend: a format of model files that can be read. Every format is a row of
// converter/frontends.def, which names the folder of converter/ that gives it; nothing else in the
// tree lists formats. docs/add_a_frontend.md follows one from its first line to its tests.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/diagnostics.h"
#include "base/stop.h"
#include "ir/module.h"

namespace corecast::converter {

/// What the user says about one input of a model.
struct InputOverride {
  /// Replaces the declared shape (same rank where one is declared).
  std::optional<ir::Shape> shape;
  std::optional<ir::DType> dtype;
  std::optional<ir::Tensor> value;  ///< the input becomes this constant ("baked")
};

/// What the user says about a model's interface. Formats differ in what they declare, not in this.
/// And who may say that nobody waits for the module any more.
struct ImportOptions {
  std::map<std::string, InputOverride, std::less<>> inputs;  ///< by name
  std::map<std::string, std::int64_t, std::less<>> sizes;    ///< of named dimensions
  std::vector<std::string> outputs;  ///< keep only these (any value's name); empty: the model's own
  Stop stop;                         ///< asked before each node; the import then ends with E5104
};

enum class Support : unsigned char {
  none,
  row,       ///< its own row
  function,  ///< expanded by the body that the format gives
};
/// For documents: "no", "yes", "by its function body".
const char* name_of(Support support);

/// An operator of a format, for `corecast schema` and the generated documents.
struct Operator {
  std::string name;
  int since_version;  ///< of the newest definition
  Support support;
};

struct Frontend {
  std::string_view name;   ///< one lower-case word: api::Model::format, `corecast schema NAME`
  std::string_view title;  ///< the format's name as it is written: "ONNX"
  std::string_view noun;   ///< a model of it, for messages: "an ONNX file"

  /// Whether the file is of this format, by its path and its first bytes (`head` is empty for a
  /// folder and for what cannot be read). Says no rather than maybe: rows are asked in order.
  bool (*sniff)(const std::string& path, ByteView head);

  /// Names of the model's inputs, in order. Null: the interface is fixed, no options apply.
  /// Errors: as import.
  Result<std::vector<std::string>> (*interface)(const std::string& path);

  /// The module, verified types throughout. Every problem of the model is in `diagnostics`, not
  /// just the first; the result is then an error that sums them up.
  /// Errors: E2xxx unreadable or malformed, E3xxx not supported, E1xxx options that do not fit,
  /// E5104 stopped (and nothing is in `diagnostics`).
  Result<ir::Module> (*import)(const std::string& path, const ImportOptions& options,
                               Diagnostics& diagnostics);

  /// The operators of the format, for its document; null: it has no list of its own.
  std::vector<Operator> (*operators)() = nullptr;
  /// What that list covers: "operators of the standard domain ... from every version since 7".
  std::string_view coverage = {};
};

/// Pointers to rows; none is null, and every row lives as long as the program.
using Frontends = std::vector<const Frontend*>;

/// The rows of converter/frontends.def, in order.
const Frontends& frontends();

/// The first row of `more`, then of frontends(), that knows `path`. What none knows goes to the
/// last row of the table, whose reader says what is wrong with the file.
const Frontend& frontend_of(const std::string& path, const Frontends& more = {});

}  // namespace corecast::converter
