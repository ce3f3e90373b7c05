// An op under the eyes of the rules that look for hazards.
#pragma once

#include "base/strings.h"
#include "passes/numerics/hazards.h"
#include "passes/pattern.h"

namespace corecast::passes::numerics {

inline constexpr double kLargestF16 = 65504;
inline constexpr double kSmallestF16 = 0x1p-24;
inline constexpr double kWholeF16 = 2048;      ///< whole numbers are exact up to it
inline constexpr double kWholeF32 = 16777216;  ///< likewise
inline constexpr double kFractionF16 = 1024;   ///< numbers from here on have no fraction
inline constexpr double kLargestI32 = 2147483647;
inline constexpr double kLargestF32 = 3.4028234663852886e38;

class Site {
 public:
  Site(const Ranges& ranges, const HazardOptions& options, ir::OpId op, std::vector<Hazard>& found)
      : ranges_(ranges), options_(options), op_(op), found_(found) {}

  const ir::Function& f() const { return ranges_.function(); }
  const Ranges& ranges() const { return ranges_; }
  const HazardOptions& options() const { return options_; }
  ir::OpId op() const { return op_; }
  const ir::OpData& data() const { return f().op(op_); }
  OpKind kind() const { return data().schema->kind; }
  template <class Op>
  std::optional<Op> get_if() const {
    return f().get_if<Op>(op_);
  }
  const Known& of(ValueId v) const { return ranges_.of(v); }
  bool is_float(ValueId v) const {
    return v && f().type(v).is_tensor() && ir::is_floating(f().type(v).dtype);
  }
  bool is_int(ValueId v) const {
    return v && f().type(v).is_tensor() && ir::is_integer(f().type(v).dtype);
  }
  /// Whether the range of v is one that inputs reach, as far as can be told.
  bool is_telling(ValueId v) const {
    const Known& k = of(v);
    const bool assumed = (k.inputs & ~options_.given) != 0;
    return k.loose < (assumed && !k.measured ? 1 : 2);
  }
  /// All operands that depend on inputs are within the limit.
  bool operands_within(double limit) const;
  /// The number that all elements of v equal.
  std::optional<double> number(ValueId v) const { return uniform_constant(f(), v); }

  enum class In : std::uint8_t { fp16, any };
  template <class... Text>
  void report(Kind kind, ValueId v, In in, const Text&... text) {
    add({kind, op_, v, of(v), cat(text...), in == In::fp16, false});
  }
  /// Worth a note only.
  template <class... Text>
  void mention(Kind kind, ValueId v, In in, const Text&... text) {
    add({kind, op_, v, of(v), cat(text...), in == In::fp16, true});
  }

 private:
  void add(Hazard h);

  const Ranges& ranges_;
  const HazardOptions& options_;
  ir::OpId op_;
  std::vector<Hazard>& found_;
};

/// "11.09": three or four digits.
std::string text_of(double number);

using Rule = void (*)(Site&);

// The rules, by what they look at. Each looks at an op and reports what it finds.
void exponentials(Site& s);
void domains(Site& s);
void divisors(Site& s);
void beyond_f16(Site& s);
void vanishing_numbers(Site& s);
void differences(Site& s);
void angles_and_positions(Site& s);
void whole_numbers(Site& s);
void narrowed_integers(Site& s);
void casts(Site& s);
void indices(Site& s);

}  // namespace corecast::passes::numerics
