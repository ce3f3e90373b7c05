// Forms of ops that older or other targets use, brought to the one that the IR has.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "converter/coreml/package_reader.h"
#include "converter/coreml/proto/mil.pb.h"
#include "ir/builder.h"

namespace corecast::coreml {

/// The argument of a parameter, wherever the op keeps it: among its inputs, or among its attributes
/// as early compressed weights do. Empty when absent.
std::optional<pb::Argument> argument_of(const pb::Operation& op, const std::string& name);

/// Constants to use in place of an op's own parameters of these names. Covers compressed weights
/// whose indices or mask are packed bytes with a shape beside them. Errors: E2405, and those of the
/// files.
using Replacements = std::map<std::string, ir::Tensor>;
Result<Replacements> replacements_for(const pb::Operation& op, PackageFiles& files);

/// Before iOS 17 a negative index counts from the end; in the IR it is out of range. Constant
/// indices are replaced, others get `select(i < 0, i + size, i)` in front. Does nothing for other
/// ops, or where a size is unknown: the executor then says which index is out of range.
void wrap_negative_indices(ir::Builder& builder, const ir::OpSchema& schema,
                           const std::vector<ir::Attribute>& attributes,
                           std::vector<ir::ValueId>& operands);

/// Parameters that change nothing in the IR's meaning of the op, or that replacements_for consumed.
bool is_ignorable(const pb::Operation& op, const std::string& name);

}  // namespace corecast::coreml
