#include "tests/fuzz/supervisor.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>

#include "base/strings.h"

namespace corecast::fuzz {
namespace {

using Clock = std::chrono::steady_clock;

// Shared with the child; plain numbers, written by the child alone while it lives.
struct Board {
  std::uint64_t at;  // the case under way
  std::uint64_t cases, read, converted, written, ran;
  char what[2000];
};

constexpr int kFailed = 99;

void arm(int cpu_seconds) {
  itimerval timer{};
  timer.it_value.tv_sec = cpu_seconds;
  setitimer(ITIMER_PROF, &timer, nullptr);
}

void say(Board& board, const std::string& what) {
  std::snprintf(board.what, sizeof board.what, "%s", what.c_str());
}

[[noreturn]] void child(Board& board, std::uint64_t end, Clock::time_point deadline,
                        const Limits& limits, const std::function<Reached(std::uint64_t)>& one) {
  if (limits.address_space > 0) {
    rlimit limit{limits.address_space, limits.address_space};
    setrlimit(RLIMIT_AS, &limit);
  }
  for (; board.at < end && Clock::now() < deadline; ++board.at) {
    arm(limits.cpu_seconds);
    try {
      const Reached r = one(board.at);
      ++board.cases;
      board.read += r.read;
      board.converted += r.converted;
      board.written += r.written;
      board.ran += r.ran;
    } catch (const Failure& f) {
      say(board, f.what);
      _exit(kFailed);
    } catch (const std::exception& e) {
      say(board, cat("exception: ", e.what()));
      _exit(kFailed);
    }
  }
  _exit(0);
}

std::string describe(int status, const Board& board) {
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    return number == SIGPROF ? "takes too long" : cat("killed by ", strsignal(number));
  }
  return WEXITSTATUS(status) == kFailed ? std::string(board.what)
                                        : cat("exits with ", WEXITSTATUS(status));
}

}  // namespace

Totals supervise(std::uint64_t begin, std::uint64_t end, double seconds, const Limits& limits,
                 const std::function<Reached(std::uint64_t)>& one) {
  Totals totals;
  const auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                           std::chrono::duration<double>(seconds));
  void* memory =
      mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    totals.failures.push_back({begin, "no shared memory"});
    return totals;
  }
  Board& board = *static_cast<Board*>(memory);
  board.at = begin;
  while (board.at < end && Clock::now() < deadline) {
    std::fflush(nullptr);
    const pid_t pid = fork();
    if (pid == 0) child(board, end, deadline, limits, one);
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) != pid) {
      totals.failures.push_back({board.at, "no process"});
      break;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) break;
    totals.failures.push_back({board.at, describe(status, board)});
    ++board.cases;
    ++board.at;
  }
  totals.cases = board.cases;
  totals.read = board.read;
  totals.converted = board.converted;
  totals.written = board.written;
  totals.ran = board.ran;
  munmap(memory, sizeof(Board));
  return totals;
}

}  // namespace corecast::fuzz
