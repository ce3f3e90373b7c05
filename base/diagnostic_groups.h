// Diagnostics in short: one group for each kind, for people who do not want a line for each node.
#pragma once

#include "base/diagnostics.h"

namespace corecast {

/// Diagnostics of one severity and code that give the same reason: what follows the first ": " of a
/// message, apart from names in quotes and numbers. Messages without one are all of one kind.
struct DiagnosticGroup {
  std::vector<const Diagnostic*> members;  ///< in order, never empty; of the list that was grouped

  const Diagnostic& first() const { return *members.front(); }
  /// One line without severity and code: the message and node of the only member, else a count and
  /// what the messages share: "12 ops stay in f32: its positions need more digits (first: node
  /// 'x')".
  std::string to_string() const;
};

/// In the order of their first members; `all` must outlive the result.
std::vector<DiagnosticGroup> grouped(const std::vector<Diagnostic>& all);

}  // namespace corecast
