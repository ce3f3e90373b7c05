#include "validator/random.h"

#include <cmath>

namespace corecast::validator {
namespace {

/// The natural logarithm of x > 0. std::log differs in its last digits between libraries.
double exact_log(double x) {
  constexpr double kLog2 = 0x1.62e42fefa39efp-1;
  int exponent = 0;
  const double m = std::frexp(x, &exponent);  // in [0.5, 1)
  const double t = (m - 1) / (m + 1), square = t * t;
  double sum = 0;
  for (int k = 33; k >= 1; k -= 2) sum = sum * square + 1.0 / k;
  return 2 * t * sum + exponent * kLog2;
}

}  // namespace

// The polar method of Marsaglia: no sine, no cosine.
double Random::normal() {
  for (;;) {
    const double u = within(-1, 1), v = within(-1, 1), s = u * u + v * v;
    if (s > 0 && s < 1) return u * std::sqrt(-2 * exact_log(s) / s);
  }
}

}  // namespace corecast::validator
