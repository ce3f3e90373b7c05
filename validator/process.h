// A child process with a time limit, its output captured; and a folder that removes itself.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/stop.h"

namespace corecast::validator {

struct ProcessResult {
  int exit_code = 0;  ///< 128 + signal when it was killed
  std::string out;    ///< standard output
  std::string err;    ///< the last 64 KiB of standard error
};

/// Runs argv[0] from the PATH with standard input closed. Errors: E4001 cannot be started; it was
/// killed: E5003 as it ran longer than `timeout_seconds`, E5104 when it was stopped.
Result<ProcessResult> run_process(const std::vector<std::string>& argv, double timeout_seconds,
                                  const Stop& stop = {});

/// The file of the program that is running; empty where the system does not tell.
std::string program_path();

class TempFolder {
 public:
  static Result<TempFolder> make();
  TempFolder(TempFolder&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  TempFolder& operator=(TempFolder&&) = delete;
  ~TempFolder();
  const std::string& path() const { return path_; }

 private:
  explicit TempFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace corecast::validator
