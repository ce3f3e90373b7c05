// What an input is for: told by what the graph does with it, and only then by its name.
#pragma once

#include <string>
#include <vector>

#include "ir/function.h"

namespace corecast::validator {

enum class Role : std::uint8_t {
  normal,      ///< numbers of mean 0 and deviation 1
  whole,       ///< whole numbers below `below`: ids, class labels, places
  mask,        ///< 0 and 1, false and true
  added_mask,  ///< 0, and -1e4 where scores are hidden
  length,      ///< how much of an axis of size `below` counts
  one_of,      ///< one of `choices`
  state,       ///< of a recurrent layer: small
  picture,     ///< smooth, from 0 to `top`
  audio,       ///< smooth, within -0.3 and 0.3
  share,       ///< between 0 and 1
  on,          ///< a switch: true, 1
};

struct InputRole {
  Role role = Role::normal;
  std::string how;              ///< how it was guessed, for people
  ir::Dim below = 0;            ///< whole, length
  bool hides = false;           ///< mask: 1 hides an element, where it usually keeps it
  std::vector<double> choices;  ///< one_of
  double top = 1;               ///< picture
};

/// Of input `index` of `f`.
InputRole role_of(const ir::Function& f, std::size_t index);

/// Whether `name` has the word in it, in any case.
bool says(std::string_view name, std::string_view word);

}  // namespace corecast::validator
