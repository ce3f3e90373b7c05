// Numbers for the flexible sizes of a model, such that its ops fit together.
#pragma once

#include <string>
#include <vector>

#include "ir/function.h"
#include "ir/size_rules.h"

namespace corecast::validator {

struct SizeChoice {
  ir::SymbolValues values;
  std::string why;  ///< "seq=1, the least"
};

class Sizes {
 public:
  explicit Sizes(const ir::Function& f);

  /// What the model is used at; `variant` 0, 1, 2 give different sizes within their ranges, 3, 4
  /// and 5 others still, for models that refuse those. The shapes that the model itself names come
  /// first.
  ir::SymbolValues usual(int variant) const;
  /// The least and the most of every declared range, the other sizes as usual; every enumerated
  /// shape.
  std::vector<SizeChoice> corners() const;
  /// How many rules of the graph these sizes break; 0 where all is well.
  int broken(const ir::SymbolValues& values) const;

 private:
  enum class Kind : unsigned char { batch, length, picture, sound };
  Kind kind_of(const std::string& symbol) const;
  void find_kinds();
  void add_rules();
  ir::SymbolValues completed(ir::SymbolValues free) const;
  ir::SymbolValues mended(ir::SymbolValues free) const;
  bool improve(ir::SymbolValues& free, const std::string& symbol, int& worst) const;
  std::vector<std::int64_t> candidates(const std::string& symbol, std::int64_t near) const;
  std::int64_t within(const std::string& symbol, std::int64_t value) const;
  ir::SymbolValues bound_to(const std::vector<std::vector<std::int64_t>>& shapes) const;
  std::vector<ir::SymbolValues> enumerated() const;

  const ir::Function& f_;
  std::vector<ir::SizeRule> rules_;
  ir::SizeSolution solved_;
  std::vector<std::string> free_;  ///< the symbols that nothing decides
  std::vector<ir::Dim> positive_;  ///< must be at least 1
  std::map<std::string, Kind> kinds_;
};

/// "batch=1, seq=64".
std::string to_text(const ir::SymbolValues& values);

}  // namespace corecast::validator
