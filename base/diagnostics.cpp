#include "base/diagnostics.h"

namespace corecast {

const char* name_of(Severity severity) {
  switch (severity) {
    case Severity::note: return "note";
    case Severity::warning: return "warning";
    case Severity::error: return "error";
  }
  return "error";
}

void Diagnostics::add(Severity severity, Error e) {
  if (severity == Severity::error) ++errors_;
  all_.push_back({severity, std::move(e)});
}

void Diagnostics::append(const Diagnostics& other) {
  errors_ += other.errors_;
  all_.insert(all_.end(), other.all_.begin(), other.all_.end());
}

Error Diagnostics::summary() const {
  CC_CHECK(has_errors());
  const Diagnostic* worst = nullptr;
  for (const auto& d : all_) {
    if (d.severity != Severity::error) continue;
    const bool outranks = worst && worst->error.kind() == ErrorKind::unsupported &&
                          d.error.kind() != ErrorKind::unsupported;
    if (!worst || outranks) worst = &d;
  }
  Error e = worst->error;
  e.is_summary = true;
  if (errors_ > 1) e.message += " (and " + std::to_string(errors_ - 1) + " more)";
  return e;
}

}  // namespace corecast
