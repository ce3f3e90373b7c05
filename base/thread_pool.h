// ThreadPool: persistent workers for data-parallel loops. Workers spin briefly, then park.
#pragma once

#include <cstdint>
#include <memory>

namespace corecast {

/// A borrowed callable: no allocation, valid for the duration of one call.
class ChunkFn {
 public:
  template <class F>
  ChunkFn(F& f)  // NOLINT(google-explicit-constructor)
      : object_(&f), call_([](void* o, std::int64_t begin, std::int64_t end) {
          (*static_cast<F*>(o))(begin, end);
        }) {}
  void operator()(std::int64_t begin, std::int64_t end) const { call_(object_, begin, end); }

 private:
  void* object_;
  void (*call_)(void*, std::int64_t, std::int64_t);
};

class ThreadPool {
 public:
  /// `threads` includes the calling thread; at least 1. Where the system grants fewer, the pool has
  /// those it got: threads() tells.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// The calling thread and nobody else: for those who were given no pool. Shared by all threads.
  static ThreadPool& alone();

  int threads() const;

  /// Calls f(begin, end) over chunks that cover [0, count) exactly once, taken in units of `grain`
  /// (>= 1). Blocks until all are done, then rethrows what f threw. Nested calls from inside f run
  /// inline; a caller that finds another's loop in its way works alone until that one is over.
  template <class F>
  void parallel_for(std::int64_t count, std::int64_t grain, F&& f) {
    run(count, grain, ChunkFn(f));
  }

 private:
  void run(std::int64_t count, std::int64_t grain, ChunkFn f);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Cores available to this process (affinity mask respected).
int available_cores();
/// `wanted`, or all there are where that is 0: what an option like --threads means.
inline int thread_count(int wanted) { return wanted > 0 ? wanted : available_cores(); }

}  // namespace corecast
