// What a program says about the tool that made it. corecast adds what the format has no place for:
// how the unknown sizes of inputs hang together, and what features were called in the source model
// where their names are no identifiers. Other tools ignore it.
#pragma once

#include <map>
#include <string>

#include "converter/coreml/proto/mil.pb.h"
#include "ir/function.h"

namespace corecast::coreml {

using BuildInfo = std::map<std::string, std::string>;

/// Empty when the program has none or it is no dictionary of texts.
BuildInfo read_build_info(const pb::Program& program);
void write_build_info(const BuildInfo& info, pb::Program& program);

/// Adds the symbolic shapes of a function's inputs under the names that they are written as.
void add_symbols(const ir::Function& f, const std::string& function,
                 const std::vector<std::string>& input_names, BuildInfo& info);

/// The shape of an input as add_symbols recorded it; empty when there is none.
std::optional<ir::Shape> recorded_shape(const BuildInfo& info, const std::string& function,
                                        const std::string& input);
/// The symbols' ranges likewise.
std::map<std::string, ir::SymbolRange, std::less<>> recorded_ranges(const BuildInfo& info,
                                                                    const std::string& function);

/// Adds the source name of a feature that is written under another name.
void add_source_name(const std::string& function, const std::string& feature,
                     const std::string& source, BuildInfo& info);
/// What add_source_name recorded; `feature` itself when there is nothing.
std::string recorded_source_name(const BuildInfo& info, const std::string& function,
                                 const std::string& feature);

}  // namespace corecast::coreml
