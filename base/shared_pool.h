// SharedPool: a pool of threads with several owners.
#pragma once

#include "base/thread_pool.h"

namespace corecast {

/// A pool that several work with, at the same time if they like. Where it is an option, null stands
/// for a pool of one's own with all cores.
using SharedPool = std::shared_ptr<ThreadPool>;

inline SharedPool shared_pool(int wanted) {
  return std::make_shared<ThreadPool>(thread_count(wanted));
}

}  // namespace corecast
