// What running an op costs: multiply-adds and bytes, as functions of shapes. Symbolic sizes give
// symbolic costs; `Dim::evaluate` makes numbers of them.
#pragma once

#include <functional>
#include <optional>

#include "ir/ids.h"
#include "ir/type.h"

namespace corecast::ir {

class Function;
struct OpData;

struct Cost {
  Dim multiply_adds = 0;
  Dim bytes = 0;  ///< of operands read and results written, each once
};

/// The op in its function.
class CostContext {
 public:
  /// Both must outlive this object.
  CostContext(const Function& f, const OpData& op) : f_(f), op_(op) {}
  const Type& type(ValueId v) const;
  const Shape& shape(ValueId v) const { return type(v).shape; }
  /// Elements of a tensor.
  Dim count(ValueId v) const { return element_count(shape(v)); }
  Dim result_count(std::size_t result = 0) const;
  /// Bytes of all operands, and of all results.
  Dim operand_bytes() const;
  Dim result_bytes() const;

 private:
  const Function& f_;
  const OpData& op_;
};

/// Empty where it depends on data.
std::optional<Cost> cost_of(const Function& f, OpId op);

/// A room's answer. Not default-constructible: each room has one.
template <class Op>
struct CostRow {
  std::function<std::optional<Cost>(const Op&, const CostContext&)> function;

  template <class F>
    requires std::is_invocable_r_v<std::optional<Cost>, F, const Op&, const CostContext&>
  CostRow(F f) : function(std::move(f)) {}
};

namespace cost {

/// It depends on data, or on what blocks do.
inline std::optional<Cost> unknown_cost() { return std::nullopt; }
inline constexpr auto unknown = [](const auto&, const CostContext&) { return unknown_cost(); };
/// Another name for the same bytes.
inline constexpr auto nothing = [](const auto&, const CostContext&) { return Cost{}; };
/// Every operand is read, every result written; no products worth counting.
inline constexpr auto traffic = [](const auto&, const CostContext& c) {
  return Cost{0, c.operand_bytes() + c.result_bytes()};
};
/// Results are written from nothing.
inline constexpr auto written = [](const auto&, const CostContext& c) {
  return Cost{0, c.result_bytes()};
};
/// As much is read as is written: parts of large operands.
inline constexpr auto of_results = [](const auto&, const CostContext& c) {
  return Cost{0, c.result_bytes() + c.result_bytes()};
};
/// Traffic, and `count(op, context)` multiply-adds, a Dim.
template <class F>
auto products(F count) {
  return [=](const auto& op, const CostContext& c) {
    return Cost{count(op, c), c.operand_bytes() + c.result_bytes()};
  };
}

}  // namespace cost

}  // namespace corecast::ir
