#include "base/thread_pool.h"

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/background.h"
#include "tests/support/catch.h"

using corecast::ThreadPool;

TEST_CASE("thread pool: every index exactly once") {
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    CHECK(pool.threads() == threads);
    for (const std::int64_t count : {0, 1, 2, 7, 1000}) {
      for (const std::int64_t grain : {0, 1, 3, 64, 5000}) {
        std::vector<std::atomic<int>> hits(static_cast<std::size_t>(count));
        pool.parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i) ++hits[static_cast<std::size_t>(i)];
        });
        int wrong = 0;
        for (auto& h : hits) wrong += h != 1;
        CHECK(wrong == 0);
      }
    }
  }
}

TEST_CASE("thread pool: many short loops back to back") {
  ThreadPool pool(3);
  std::int64_t total = 0;
  for (int i = 0; i < 20000; ++i) {
    std::atomic<std::int64_t> sum{0};  // on the stack: a late worker would write freed memory
    pool.parallel_for(4, 1, [&](std::int64_t begin, std::int64_t end) { sum += end - begin; });
    total += sum;
  }
  CHECK(total == 80000);
}

TEST_CASE("thread pool: an exception comes back after the loop has drained") {
  ThreadPool pool(2);
  std::atomic<int> running{0};
  CHECK_THROWS_AS(pool.parallel_for(100, 1,
                                    [&](std::int64_t begin, std::int64_t) {
                                      ++running;
                                      if (begin == 3) {
                                        --running;
                                        throw std::runtime_error("three");
                                      }
                                      std::this_thread::sleep_for(std::chrono::microseconds(50));
                                      --running;
                                    }),
                  std::runtime_error);
  CHECK(running == 0);
  int calls = 0;  // and the pool still works
  pool.parallel_for(1, 1, [&](std::int64_t, std::int64_t) { ++calls; });
  CHECK(calls == 1);
}

TEST_CASE("thread pool: nested loops run inline") {
  ThreadPool pool(2);
  std::atomic<int> inner{0};
  std::atomic<int> moved{0};
  pool.parallel_for(8, 1, [&](std::int64_t, std::int64_t) {
    const auto self = std::this_thread::get_id();
    pool.parallel_for(5, 1, [&](std::int64_t begin, std::int64_t end) {
      inner += static_cast<int>(end - begin);
      moved += std::this_thread::get_id() != self;
    });
  });
  CHECK(inner == 40);
  CHECK(moved == 0);
}

TEST_CASE("thread pool: two callers at once") {
  ThreadPool pool(2);
  std::atomic<std::int64_t> sum{0};
  auto caller = [&] {
    for (int i = 0; i < 500; ++i)
      pool.parallel_for(10, 1, [&](std::int64_t b, std::int64_t e) { sum += e - b; });
  };
  std::thread other(caller);
  caller();
  other.join();
  CHECK(sum == 10000);
}

TEST_CASE("thread pool: who found it busy is joined once it is free") {
  using namespace std::chrono_literals;
  ThreadPool pool(2);
  std::atomic<bool> busy{false}, alone{false}, idle{false};
  std::thread other([&] {
    pool.parallel_for(2, 1, [&](std::int64_t, std::int64_t) {
      busy = true;
      while (!alone) std::this_thread::yield();
    });
    idle = true;
  });
  while (!busy) std::this_thread::yield();
  std::mutex mutex;
  std::set<std::thread::id> helpers;
  std::atomic<std::int64_t> sum{0};
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  pool.parallel_for(100, 1, [&](std::int64_t b, std::int64_t e) {
    sum += e - b;
    alone = true;
    while (!idle) std::this_thread::yield();
    std::size_t seen = 0;
    while (b > 0 && seen < 2 && std::chrono::steady_clock::now() < deadline) {
      const std::scoped_lock lock(mutex);
      helpers.insert(std::this_thread::get_id());
      seen = helpers.size();
    }
  });
  other.join();
  CHECK(sum == 100);
  CHECK(helpers.size() == 2);
}

TEST_CASE("thread pool: parked workers wake up") {
  ThreadPool pool(2);
  for (int i = 0; i < 3; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::atomic<int> n{0};
    pool.parallel_for(64, 1, [&](std::int64_t b, std::int64_t e) { n += static_cast<int>(e - b); });
    CHECK(n == 64);
  }
  CHECK(corecast::available_cores() >= 1);
}

TEST_CASE("alone: the calling thread does it all") {
  ThreadPool& pool = ThreadPool::alone();
  CHECK(pool.threads() == 1);
  CHECK(&pool == &ThreadPool::alone());
  const auto me = std::this_thread::get_id();
  bool mine = true;
  pool.parallel_for(
      100, 1, [&](std::int64_t, std::int64_t) { mine = mine && std::this_thread::get_id() == me; });
  CHECK(mine);
  CHECK(corecast::thread_count(3) == 3);
  CHECK(corecast::thread_count(0) == corecast::available_cores());
}

#if defined(__GLIBC__)
namespace {

/// While it lives no thread can be started: each would get a stack larger than the address space.
class NoMoreThreads {
 public:
  NoMoreThreads() {
    pthread_getattr_default_np(&before_);
    pthread_attr_t huge;
    pthread_attr_init(&huge);
    pthread_attr_setstacksize(&huge, std::size_t{1} << 47);
    CHECK(pthread_setattr_default_np(&huge) == 0);
    pthread_attr_destroy(&huge);
  }
  ~NoMoreThreads() {
    pthread_setattr_default_np(&before_);
    pthread_attr_destroy(&before_);
  }

 private:
  pthread_attr_t before_;
};

}  // namespace

TEST_CASE("thread pool: where no thread can be had the caller does the work") {
  const NoMoreThreads none;
  CHECK_THROWS_AS(std::thread([] {}), std::system_error);
  ThreadPool pool(8);
  CHECK(pool.threads() == 1);
  std::int64_t sum = 0;
  pool.parallel_for(1000, 1, [&](std::int64_t b, std::int64_t e) { sum += e - b; });
  CHECK(sum == 1000);
}

TEST_CASE("background work: done by the caller where no thread can be had") {
  const auto self = std::this_thread::get_id();
  CHECK(corecast::in_background([] { return std::this_thread::get_id(); }).get() != self);
  const NoMoreThreads none;
  CHECK(corecast::in_background([] { return std::this_thread::get_id(); }).get() == self);
  auto failing = corecast::in_background([]() -> int { throw std::runtime_error("no"); });
  CHECK_THROWS_AS(failing.get(), std::runtime_error);
}
#endif
