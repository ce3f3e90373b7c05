#include "executor/engine.h"

namespace corecast::executor {

namespace {

const EngineEntry& entry_of(const Options& options) {
  return options.engine ? *options.engine : engine_list().front();
}

}  // namespace

std::span<const EngineEntry> engine_list() {
  static const EngineEntry list[] = {cpu_entry()};
  return list;
}

const EngineEntry* find_engine(std::string_view name) {
  for (const EngineEntry& entry : engine_list())
    if (name == entry.name) return &entry;
  return nullptr;
}

Result<Engines> make_engines(const Options& options) {
  const EngineEntry& entry = entry_of(options);
  CC_CHECK(entry.info().available, entry.info().why_not);
  return entry.make(options);
}

}  // namespace corecast::executor
