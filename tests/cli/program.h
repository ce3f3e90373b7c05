// The command line in a process of its own: exit code, both outputs, resource limits, signals.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "cli/command.h"
#include "tests/coreml/temp_folder.h"
#include "tests/onnx/graph_builder.h"

namespace corecast::test {

struct Ended {
  int code = -1;  ///< 128 + n when signal n ended it
  std::string out, err;
  nlohmann::json json() const { return nlohmann::json::parse(out); }
};

struct Surroundings {
  std::function<void()> before;          ///< in the child, first
  std::function<void(pid_t)> meanwhile;  ///< in the parent
};

inline Ended corecast(std::vector<std::string> arguments, const Surroundings& around = {}) {
  TempFolder logs;
  const std::string out = logs / "out", err = logs / "err";
  arguments.insert(arguments.begin(), "corecast");
  std::fflush(nullptr);
  // What comes before the child has its own handlers waits.
  sigset_t asked;
  ::sigemptyset(&asked);
  ::sigaddset(&asked, SIGINT);
  ::sigaddset(&asked, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &asked, nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) {
    const auto redirect = [](const std::string& path, int to) {
      const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      ::dup2(fd, to);
      ::close(fd);
    };
    redirect(out, 1);
    redirect(err, 2);
    for (const int number : {SIGINT, SIGTERM, SIGSEGV, SIGABRT, SIGFPE, SIGILL})
      std::signal(number, SIG_DFL);  // not the test framework's
    ::sigprocmask(SIG_UNBLOCK, &asked, nullptr);
    if (around.before) around.before();
    std::vector<const char*> argv;
    for (const auto& a : arguments) argv.push_back(a.c_str());
    const int code = cli::run(static_cast<int>(argv.size()), argv.data());
    std::cout.flush();
    std::fflush(nullptr);
    ::_exit(code);
  }
  ::sigprocmask(SIG_UNBLOCK, &asked, nullptr);
  if (around.meanwhile) around.meanwhile(pid);
  int status = 0;
  ::waitpid(pid, &status, 0);
  Ended e;
  e.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  e.out = read_text(out);
  e.err = read_text(err);
  return e;
}

/// y = relu(x) * w, x f32[n,4]. `weights` elements in a second output make the package large.
inline void write_model(const std::string& path, std::int64_t weights = 4,
                        const std::string& dim = "2") {
  using namespace onnx_build;
  ModelBuilder m;
  m.graph.input("x", {dim, "4"})
      .constant(ramp("w", {4, weights}))
      .node("Relu", {"x"}, {"r"})
      .node("MatMul", {"r", "w"}, {"y"})
      .output("y");
  write_text(path, m.bytes());
}

}  // namespace corecast::test
