#include "executor/engine.h"

#include "base/strings.h"

namespace corecast::executor {

namespace {

EngineInfo metal_info() { return {.why_not = "this build has no Metal engine"}; }

const EngineEntry& entry_of(const Options& options) {
  return options.engine ? *options.engine : engine_list().front();
}

}  // namespace

std::span<const EngineEntry> engine_list() {
  // A name without an engine is understood, and refused with the reason.
  static const EngineEntry list[] = {cpu_entry(), {"metal", metal_info, nullptr}};
  return list;
}

const EngineEntry* find_engine(std::string_view name) {
  for (const EngineEntry& entry : engine_list())
    if (name == entry.name) return &entry;
  return nullptr;
}

Status check_available(const EngineEntry& engine) {
  const EngineInfo info = engine.info();
  if (info.available) return {};
  return Error(Code::E4006, cat("the engine ", quote(engine.name), " is not here: ", info.why_not));
}

Result<Engines> make_engines(const Options& options) {
  const EngineEntry& entry = entry_of(options);
  TRY_VOID(check_available(entry));
  return entry.make(options);
}

}  // namespace corecast::executor
