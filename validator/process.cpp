#include "validator/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/strings.h"

#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

extern char** environ;

namespace corecast::validator {
namespace {

struct Pipe {
  int ends[2] = {-1, -1};
  bool open() { return ::pipe2(ends, O_CLOEXEC) == 0; }
  void close_end(int i) {
    if (ends[i] >= 0) ::close(ends[i]);
    ends[i] = -1;
  }
  ~Pipe() { close_end(0), close_end(1); }
};

/// Starts argv with its output going into the pipes; 0 or an errno value.
int start(const std::vector<std::string>& argv, Pipe& out, Pipe& err, pid_t& pid) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out.ends[1], 1);
  posix_spawn_file_actions_adddup2(&actions, err.ends[1], 2);
  std::vector<char*> args;
  for (const auto& a : argv) args.push_back(const_cast<char*>(a.c_str()));
  args.push_back(nullptr);
  const int spawned = ::posix_spawnp(&pid, args[0], &actions, nullptr, args.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  out.close_end(1);
  err.close_end(1);
  return spawned;
}

/// Reads both pipes to their ends, asking `over` ten times a second whether that is enough.
template <class Over>
void collect(Pipe& out, Pipe& err, ProcessResult& result, const Over& over) {
  pollfd fds[2] = {{out.ends[0], POLLIN, 0}, {err.ends[0], POLLIN, 0}};
  while (fds[0].fd >= 0 || fds[1].fd >= 0) {
    over();
    ::poll(fds, 2, 100);
    for (int i = 0; i < 2; ++i) {
      if (fds[i].fd < 0 || !(fds[i].revents & (POLLIN | POLLHUP | POLLERR))) continue;
      char buffer[4096];
      const ssize_t n = ::read(fds[i].fd, buffer, sizeof buffer);
      if (n <= 0) {
        fds[i].fd = -1;
        continue;
      }
      std::string& into = i == 0 ? result.out : result.err;
      into.append(buffer, static_cast<std::size_t>(n));
      if (i == 1 && into.size() > 1 << 17) into.erase(0, into.size() - (1 << 16));
    }
  }
}

}  // namespace

Result<ProcessResult> run_process(const std::vector<std::string>& argv, double timeout_seconds,
                                  const Stop& stop) {
  const auto failed = [&](int error) {
    return Error(Code::E4001,
                 cat("cannot run ", argv[0], ": ", std::generic_category().message(error)));
  };
  Pipe out, err;
  if (!out.open() || !err.open()) return failed(errno);
  pid_t pid = -1;
  if (const int error = start(argv, out, err, pid); error != 0) return failed(error);
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::duration<double>(timeout_seconds);
  bool late = false, stopped = false;
  ProcessResult result;
  collect(out, err, result, [&] {
    if (late || stopped) return;
    late = std::chrono::steady_clock::now() > deadline;
    stopped = stop.requested();
    if (late || stopped) ::kill(pid, SIGKILL);
  });
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (stopped) return interrupted_error();
  if (late)
    return Error(Code::E5003,
                 cat(argv[0], " ran longer than ", timeout_seconds, " s and was stopped"));
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

Result<TempFolder> TempFolder::make() {
  std::error_code ec;
  auto base = std::filesystem::temp_directory_path(ec);
  if (ec) base = "/tmp";
  std::string pattern = (base / "corecast-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) {
    return Error(Code::E5002, cat("cannot make a temporary folder in ", base.string()),
                 "set TMPDIR to a writable folder");
  }
  return TempFolder(std::move(pattern));
}

TempFolder::~TempFolder() {
  std::error_code ec;
  if (!path_.empty()) std::filesystem::remove_all(path_, ec);
}

std::string program_path() {
#ifdef __APPLE__
  std::string path(4096, '\0');
  auto size = static_cast<std::uint32_t>(path.size());
  if (::_NSGetExecutablePath(path.data(), &size) != 0) return {};
  return path.c_str();
#else
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).string();
#endif
}

}  // namespace corecast::validator
