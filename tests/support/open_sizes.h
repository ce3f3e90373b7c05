// A module from its text form in which every size without a range of its own is free.
#pragma once

#include "tests/support/parsed.h"

namespace corecast::test {

inline ir::Module parsed_with_open_sizes(const std::string& text) {
  ir::Module m = parsed(text);
  ir::Function& f = m.main();
  for (const ir::ValueId arg : f.block(f.entry()).args) {
    for (const ir::Dim& d : f.type(arg).shape) {
      for (const std::string& s : d.symbols()) f.symbols.try_emplace(s);
    }
  }
  return m;
}

}  // namespace corecast::test
