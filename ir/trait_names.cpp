#include "ir/trait_names.h"

#include "base/check.h"

namespace corecast::ir {

std::string_view name_of(Moves m) {
  switch (m) {
    case Moves::nothing: return "nothing";
    case Moves::views: return "views";
    case Moves::permutes: return "permutes";
    case Moves::selects: return "selects";
    case Moves::picks: return "picks";
    case Moves::fills: return "fills";
  }
  CC_UNREACHABLE("moves");
}
std::string_view name_of(Accumulates a) {
  switch (a) {
    case Accumulates::nothing: return "nothing";
    case Accumulates::sums: return "sums";
    case Accumulates::products: return "products";
  }
  CC_UNREACHABLE("accumulates");
}
std::string_view name_of(Overflow o) {
  switch (o) {
    case Overflow::never: return "never";
    case Overflow::floats: return "floats";
    case Overflow::integers: return "integers";
    case Overflow::both: return "both";
  }
  CC_UNREACHABLE("overflow");
}
std::string_view name_of(Digits d) {
  switch (d) {
    case Digits::few: return "few";
    case Digits::random_numbers: return "random_numbers";
    case Digits::pixel_positions: return "pixel_positions";
    case Digits::counts: return "counts";
    case Digits::sums_of_squares: return "sums_of_squares";
    case Digits::angles: return "angles";
    case Digits::small_values: return "small_values";
  }
  CC_UNREACHABLE("digits");
}
std::string_view name_of(Saturates s) {
  switch (s) {
    case Saturates::never: return "never";
    case Saturates::as_limit: return "as_limit";
    case Saturates::as_addend: return "as_addend";
    case Saturates::as_factor: return "as_factor";
  }
  CC_UNREACHABLE("saturates");
}
std::string_view name_of(Scale s) {
  switch (s) {
    case Scale::of_operands: return "of_operands";
    case Scale::own: return "own";
    case Scale::unit: return "unit";
  }
  CC_UNREACHABLE("scale");
}
std::string_view name_of(Walk w) {
  switch (w) {
    case Walk::shapes: return "shapes";
    case Walk::scale: return "scale";
    case Walk::vocabulary: return "vocabulary";
    case Walk::positions: return "positions";
    case Walk::sign: return "sign";
  }
  CC_UNREACHABLE("walk");
}

std::vector<std::string> names_of(Walks walks) {
  std::vector<std::string> out;
  for (const Walk w : {Walk::shapes, Walk::scale, Walk::vocabulary, Walk::positions, Walk::sign}) {
    if (walks.contains(w)) out.emplace_back(name_of(w));
  }
  return out;
}

}  // namespace corecast::ir
