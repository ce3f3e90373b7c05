// Dim: an integer expression over named symbols ("N", "2*N+1", "(N+1)/2"), kept canonical so that
// equal expressions compare equal. Shape arithmetic of flexible models stays exact through it.
//
// Canonical form: a sum of terms, each an integer times a product of atoms; an atom is a symbol or
// one of floor_div, max, min of canonical operands. `a % b` is kept as a - b * (a / b). Of nested
// maxima and minima only the operands that matter are kept, in the order of their text:
// max(a,max(b,c)).
// Symbols stand for sizes: positive integers.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace corecast::ir {

struct DimExpr;

/// Values of symbols, for evaluation and substitution.
using SymbolValues = std::map<std::string, std::int64_t, std::less<>>;

class Dim {
 public:
  Dim() = default;
  Dim(std::int64_t value) : value_(value) {}  // NOLINT(google-explicit-constructor)
  static Dim symbol(std::string_view name);
  /// Parses the printed form: + - * / % max(,) min(,) ( ). Empty when malformed.
  static std::optional<Dim> parse(std::string_view text);

  bool is_constant() const { return !expr_; }
  /// Precondition: is_constant().
  std::int64_t value() const;
  std::optional<std::int64_t> constant() const {
    return expr_ ? std::nullopt : std::optional(value_);
  }
  /// The name, when the expression is one symbol and nothing else.
  std::optional<std::string> as_symbol() const;
  std::string to_string() const;
  /// All symbols it depends on, sorted, without duplicates.
  std::vector<std::string> symbols() const;

  /// Numeric value under `values`; empty when a symbol is missing, on overflow or division by 0.
  std::optional<std::int64_t> evaluate(const SymbolValues& values) const;
  /// Replaces symbols by expressions; symbols without an entry stay.
  Dim substitute(const std::map<std::string, Dim, std::less<>>& replacements) const;

  /// Bounds that hold for all symbols >= 1; empty ends are unbounded.
  std::optional<std::int64_t> lower_bound() const;
  std::optional<std::int64_t> upper_bound() const;

  friend Dim operator+(const Dim& a, const Dim& b);
  friend Dim operator-(const Dim& a, const Dim& b);
  friend Dim operator*(const Dim& a, const Dim& b);
  friend Dim operator-(const Dim& a) { return Dim(0) - a; }
  friend bool operator==(const Dim& a, const Dim& b);
  friend bool operator<(const Dim& a, const Dim& b);  ///< total: numbers, then expressions by text

 private:
  friend struct DimExpr;
  explicit Dim(std::shared_ptr<const DimExpr> expr) : expr_(std::move(expr)) {}
  std::int64_t value_ = 0;
  std::shared_ptr<const DimExpr> expr_;  ///< null: the constant value_
};

/// Rounds towards minus infinity, as shape arithmetic does. b must not be the constant 0.
Dim floor_div(const Dim& a, const Dim& b);
Dim ceil_div(const Dim& a, const Dim& b);
Dim mod(const Dim& a, const Dim& b);
Dim max(const Dim& a, const Dim& b);
Dim min(const Dim& a, const Dim& b);

/// a / b when b divides a for every value of the symbols (provably), else empty.
std::optional<Dim> exact_div(const Dim& a, const Dim& b);

using Shape = std::vector<Dim>;

Shape make_shape(const std::vector<std::int64_t>& dims);
bool is_static(const Shape& shape);
/// Precondition: is_static(shape).
std::vector<std::int64_t> static_dims(const Shape& shape);
/// Product of all dims; 1 for rank 0.
Dim element_count(const Shape& shape);
std::string to_string(const Shape& shape);  ///< "[N,3,224,224]"
/// Numpy broadcasting; empty when two known dims clash. A symbol against 1 gives the symbol; a
/// symbol against another size is taken to equal it at run time, and the known size is kept.
std::optional<Shape> broadcast(const Shape& a, const Shape& b);

}  // namespace corecast::ir
