// A module from its text form; text that does not parse fails the test.
#pragma once

#include "ir/parse.h"
#include "ops/ops.h"
#include "tests/support/catch.h"

namespace corecast::test {

inline ir::Module parsed(const std::string& text) {
  auto module = ir::parse_module(text, ops::registry());
  if (!module) FAIL(module.error().to_string());
  return std::move(module).value();
}

}  // namespace corecast::test
