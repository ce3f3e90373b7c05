// Work beside the caller's, where a thread can be had for it.
#pragma once

#include <future>
#include <system_error>
#include <utility>

namespace corecast {

/// Runs `work` on a thread of its own. Where the system grants none (a limit on processes or
/// memory), it runs here and is done when this returns: slower, never a failure. What it throws
/// comes out of the future's get().
template <class Work>
auto in_background(Work&& work) -> std::future<decltype(work())> {
  std::packaged_task<decltype(work())()> here(work);
  try {
    return std::async(std::launch::async, std::forward<Work>(work));
  } catch (const std::system_error&) {
    auto result = here.get_future();
    here();
    return result;
  }
}

}  // namespace corecast
