// Diagnostics: collects everything worth telling the user, so that one run reports all problems.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace corecast {

enum class Severity : unsigned char { note, warning, error };

const char* name_of(Severity severity);

struct Diagnostic {
  Severity severity = Severity::error;
  Error error;  ///< code, message, help, where
};

class Diagnostics {
 public:
  void error(Error e) { add(Severity::error, std::move(e)); }
  void warning(Error e) { add(Severity::warning, std::move(e)); }
  void note(Error e) { add(Severity::note, std::move(e)); }

  bool has_errors() const { return errors_ > 0; }
  std::size_t error_count() const { return errors_; }
  const std::vector<Diagnostic>& all() const { return all_; }
  void append(const Diagnostics& other);

  /// The most severe error (an `input` error outranks `unsupported`), summarising the count.
  /// Precondition: has_errors().
  Error summary() const;

 private:
  void add(Severity severity, Error e);
  std::vector<Diagnostic> all_;
  std::size_t errors_ = 0;
};

}  // namespace corecast
