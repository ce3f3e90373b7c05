// Loading any model, and the options that decide its interface.
#pragma once

#include "api/types.h"

namespace corecast::api {

/// The format of the packages that are written.
inline constexpr std::string_view kPackageFormat = "coreml";

struct Model {
  ir::Module module;
  std::string path;    ///< it was read from
  std::string format;  ///< the frontend's name: converter/frontend.h
};

/// Reads a model of any format that converter/frontends.def lists, or options.frontends brings.
/// Errors: E2001 to E2009 and E24xx unreadable, E3001 and E3002 unsupported (all of it in
/// `diagnostics`); E1001, E1002, E1014, E1019 options that do not fit the model, E1008 options for
/// a model whose interface is fixed; E5104 stopped.
Result<Model> load(const std::string& path, const LoadOptions& options, Diagnostics& diagnostics);

/// Whether `path` is a package (by its ending, or because it is a folder), and not a model file.
bool looks_like_package(const std::string& path);

/// Parsed --input texts.
struct InputSpec {
  std::string name;
  std::optional<ir::Shape> shape;
  std::optional<ir::DType> dtype;
  std::optional<double> value;           ///< "sr=16000" where sr is an input
  std::vector<std::int64_t> enumerated;  ///< "batch={1,4,8}"
  std::map<std::string, ir::SymbolRange, std::less<>> ranges;
};
/// "x[1,3,224,224]{f32}", "x[batch=1..8,seq]", "tokens=1..512", "batch={1,4,8}", "sr=16000".
/// Errors: E1001 with the part that cannot be read.
Result<InputSpec> parse_input(const std::string& text);

}  // namespace corecast::api
