#include "base/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif

namespace corecast {

namespace {

// Set while this thread runs inside a loop body, of any pool: nested loops then run inline.
thread_local bool inside_loop = false;

// About 25-50 us: longer than the gap between two operators, much shorter than a user's pause.
constexpr int kSpins = 2000;

void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Waits until `a` differs from `old`: spins, then parks in the kernel.
void wait_while_equal(const std::atomic<int>& a, int old, int spins) {
  for (int i = 0; i < spins; ++i) {
    if (a.load(std::memory_order_acquire) != old) return;
    pause();
  }
  a.wait(old, std::memory_order_acquire);
}

}  // namespace

// One job at a time. A worker first announces itself in `active`, then looks at `open`; the caller
// first closes, then waits for `active` to fall to zero. Both orders are sequentially consistent,
// so no worker touches a job after its caller returned, and the caller never waits for a worker
// that is still asleep.
struct ThreadPool::Impl {
  explicit Impl(int threads) : spins(threads <= available_cores() ? kSpins : 0) {
    workers.reserve(static_cast<std::size_t>(threads) - 1);
    try {
      while (static_cast<int>(workers.size()) < threads - 1)
        workers.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      // The system grants no more (a limit on processes or memory): those there are do the work.
    }
  }

  ~Impl() {
    stop.store(true);
    epoch.fetch_add(1);
    epoch.notify_all();
    for (auto& w : workers) w.join();
  }

  void work() {
    inside_loop = true;
    int seen = 0;
    for (;;) {
      wait_while_equal(epoch, seen, spins);
      seen = epoch.load();
      if (stop.load()) return;
      active.fetch_add(1);
      if (open.load()) drain();
      if (active.fetch_sub(1) == 1) active.notify_all();
    }
  }

  void drain() {
    for (;;) {
      const std::int64_t begin = next.fetch_add(grain, std::memory_order_relaxed);
      if (begin >= count) return;
      try {
        (*fn)(begin, std::min(begin + grain, count));
      } catch (...) {
        const std::scoped_lock lock(error_mutex);
        if (!error) error = std::current_exception();
        next.store(count, std::memory_order_relaxed);  // nobody starts another chunk
      }
    }
  }

  /// f over [begin, n).
  void run(std::int64_t begin, std::int64_t n, std::int64_t chunk, const ChunkFn& f) {
    fn = &f;
    count = n;
    grain = chunk;
    next.store(begin);
    open.store(true);
    epoch.fetch_add(1);
    epoch.notify_all();
    drain();
    open.store(false);
    for (int a; (a = active.load()) != 0;) wait_while_equal(active, a, spins);
    if (error) std::rethrow_exception(std::exchange(error, nullptr));
  }

  std::vector<std::thread> workers;
  const int spins;
  std::mutex busy;  ///< held by the caller for the length of one loop

  std::atomic<int> epoch{0};
  std::atomic<bool> open{false};
  std::atomic<bool> stop{false};
  alignas(64) std::atomic<int> active{0};
  alignas(64) std::atomic<std::int64_t> next{0};

  const ChunkFn* fn = nullptr;
  std::int64_t count = 0;
  std::int64_t grain = 1;
  std::mutex error_mutex;
  std::exception_ptr error;
};

ThreadPool::ThreadPool(int threads) : impl_(std::make_unique<Impl>(std::max(threads, 1))) {}
ThreadPool::~ThreadPool() = default;

ThreadPool& ThreadPool::alone() {
  static ThreadPool instance(1);
  return instance;
}

int ThreadPool::threads() const { return static_cast<int>(impl_->workers.size()) + 1; }

void ThreadPool::run(std::int64_t count, std::int64_t grain, ChunkFn f) {
  if (count <= 0) return;
  grain = std::max<std::int64_t>(grain, 1);
  if (inside_loop || impl_->workers.empty() || count <= grain) {
    f(0, count);
    return;
  }
  // A second thread that uses the pool at the same time does its own work instead of queueing, and
  // has help with what is left of it as soon as the workers are free.
  std::unique_lock<std::mutex> lock(impl_->busy, std::defer_lock);
  std::int64_t begin = 0;
  while (!lock.try_lock()) {
    const std::int64_t end = std::min(begin + grain, count);
    f(begin, end);
    if (end == count) return;
    begin = end;
  }
  struct Inside {
    Inside() { inside_loop = true; }
    ~Inside() { inside_loop = false; }
  } const inside;
  impl_->run(begin, count, grain, f);
}

int available_cores() {
#if defined(__linux__)
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace corecast
