// Golden files: IR in and IR out in one text file.
//
//   # pipeline: fuse-gelu,dce
//   # target: ios17                (optional)
//   # numbers: 1e-5                (optional; `skip` with a reason behind it)
//   # --- title of a case
//   func @main(%x: f32[2]) { ... }
//   # expect
//   ...                            (written by running the test program with --update)
//
// Cases share the header. A case's expectation may also be `# error: text`.
#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "base/strings.h"

namespace corecast::golden {

struct Case {
  std::string title, input, expected;
};

struct File {
  std::map<std::string, std::string, std::less<>> header;
  std::string header_text;
  std::vector<Case> cases;
};

inline File read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  File f;
  std::string* part = &f.header_text;
  for (const std::string_view line : split(text, '\n')) {
    if (line.starts_with("# ---")) {
      f.cases.push_back({std::string(trim(line.substr(5))), {}, {}});
      part = &f.cases.back().input;
    } else if (line == "# expect") {
      part = &f.cases.back().expected;
    } else {
      *part += std::string(line) + "\n";
      const auto colon = line.find(": ");
      if (f.cases.empty() && line.starts_with("# ") && colon != std::string_view::npos) {
        f.header[std::string(line.substr(2, colon - 2))] =
            std::string(trim(line.substr(colon + 2)));
      }
    }
  }
  for (Case& c : f.cases) {
    c.input = std::string(trim(c.input)) + "\n";
    c.expected = std::string(trim(c.expected)) + "\n";
  }
  f.header_text = std::string(trim(f.header_text)) + "\n";
  return f;
}

inline void write(const std::string& path, const File& f) {
  std::ofstream out(path, std::ios::binary);
  out << f.header_text;
  for (const Case& c : f.cases)
    out << "# --- " << c.title << "\n" << c.input << "# expect\n" << c.expected;
}

/// Set by `--update` (tests/support/main.cpp).
inline bool updating() { return std::getenv("CORECAST_UPDATE_GOLDEN") != nullptr; }

}  // namespace corecast::golden
