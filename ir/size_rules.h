// What a graph demands of the sizes of its inputs. Inference takes sizes to be equal where it
// cannot prove them different; here those assumptions are gathered, and solved for the symbols.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ir/dim.h"
#include "ir/ids.h"

namespace corecast::ir {

class Function;

/// Two sizes that some op takes to be equal.
struct SizeRule {
  Dim a, b;
  bool broadcasts = false;  ///< or one of them is 1
  /// The op runs whatever the data are, so no run succeeds against this rule. Those of blocks are
  /// not certain: the branch may never be taken.
  bool certain = true;
  OpId op;

  /// Empty where a symbol has no value.
  std::optional<bool> holds(const SymbolValues& values) const;
};

/// Of all ops that some output needs, in order; rules that are true for every size are left out.
std::vector<SizeRule> size_rules(const Function& f);

/// By the index of an op: whether an output, or an effect, needs it.
std::vector<bool> needed_ops(const Function& f);

/// What symbols must be: a number, another symbol, or an expression of others.
using SizeSolution = std::map<std::string, Dim, std::less<>>;

/// Solves rules for the symbols of f's inputs: the certain ones, and with `guess` then the others,
/// broadcasting taken as equality. Only what is linear in a symbol is solved; what cannot hold is
/// passed over. Of two symbols the one that the inputs name first is kept.
SizeSolution solve(const std::vector<SizeRule>& rules, const Function& f, bool guess);

}  // namespace corecast::ir
