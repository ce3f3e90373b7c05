// The blocks inside ops: branches and loop bodies.
#include "base/strings.h"
#include "converter/coreml/function_reader.h"
#include "converter/coreml/type_codec.h"

namespace corecast::coreml {

Result<FunctionReader::Outcome> FunctionReader::read_nested(const pb::Operation& op,
                                                            std::vector<ir::BlockId>& blocks) {
  Outcome all = Outcome::done;
  for (const auto& nested : op.blocks()) {
    blocks.push_back(f_.add_block());
    scopes_.emplace_back();
    auto outcome = read_block(nested, blocks.back());
    scopes_.pop_back();
    if (!outcome) return outcome;
    if (*outcome == Outcome::skipped) all = Outcome::skipped;
  }
  return all;
}

Result<FunctionReader::Outcome> FunctionReader::read_block(const pb::Block& block,
                                                           ir::BlockId into) {
  for (const auto& input : block.inputs()) {
    TRY(auto type,
        decode_type(input.type(), [&] { return ir::Dim::symbol(cat("loop.", next_symbol_++)); }));
    scopes_.back()[input.name()] = {f_.add_arg(into, std::move(type), input.name()), nullptr,
                                    false};
  }
  read_ops(block, into);
  std::vector<ir::ValueId> results;
  for (const auto& name : block.outputs()) {
    TRY(auto* binding, find(name));
    if (binding->poisoned) return Outcome::skipped;
    TRY(const auto value, value_of(*binding, name));
    results.push_back(value);
  }
  f_.set_results(into, std::move(results));
  return Outcome::done;
}

}  // namespace corecast::coreml
