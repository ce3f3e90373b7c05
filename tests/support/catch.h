// Catch2 of either major version. Tests include this and never Catch2's own headers.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif

#include "base/code.h"

/// Codes print as what they are called.
template <>
struct Catch::StringMaker<corecast::Code> {
  static std::string convert(corecast::Code code) { return std::string(name_of(code)); }
};
