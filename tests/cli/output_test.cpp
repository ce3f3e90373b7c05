// Outputs appear whole or not at all, whatever happens on the way.
#include "tests/cli/program.h"
#include "tests/support/catch.h"

namespace corecast::test {
namespace {

namespace fs = std::filesystem;

/// As `ulimit -f`: no file may grow beyond so many bytes.
Surroundings full_disk(rlim_t bytes) {
  return {[bytes] {
            std::signal(SIGXFSZ, SIG_IGN);
            const rlimit limit{bytes, bytes};
            ::setrlimit(RLIMIT_FSIZE, &limit);
          },
          {}};
}

}  // namespace

TEST_CASE("an output that exists is kept, unless forced") {
  TempFolder folder;
  const std::string model = folder / "m.onnx", package = folder / "m.mlpackage",
                    y = folder / "y.npz";
  write_model(model);
  write_text(y, "precious");
  CHECK(corecast({"run", model, "-o", y}).code == 2);
  CHECK(read_text(y) == "precious");
  CHECK(corecast({"run", model, "-o", y, "--force"}).code == 0);
  CHECK(read_text(y).starts_with("PK"));
  fs::create_directory(package);
  write_text(package + "/precious.txt", "x");
  CHECK(corecast({"convert", model, "-o", package, "--no-validate"}).code == 2);
  CHECK(corecast({"convert", model, "-o", package, "--no-validate", "--force"}).code == 2);
  CHECK(read_text(package + "/precious.txt") == "x");
  CHECK(folder.entries() == 3);
}

TEST_CASE("a full disk leaves the old output and nothing else") {
  TempFolder folder;
  const std::string model = folder / "m.onnx", package = folder / "m.mlpackage",
                    y = folder / "y.npz";
  write_model(model, 5000);
  REQUIRE(corecast({"convert", model, "-o", package, "--no-validate"}).code == 0);
  REQUIRE(corecast({"run", model, "-o", y}).code == 0);
  const std::string old = read_text(package + "/Manifest.json"), old_y = read_text(y);
  for (const rlim_t bytes : {rlim_t{0}, rlim_t{100}, rlim_t{20000}}) {
    CAPTURE(bytes);
    const Ended e = corecast(
        {"convert", model, "-o", package, "--no-validate", "--force", "--precision", "fp32"},
        full_disk(bytes));
    CHECK(e.code == 5);
    const Ended r = corecast({"run", model, "-o", y, "--force", "--seed", "7"}, full_disk(bytes));
    CHECK(r.code == 5);
    CHECK(folder.entries() == 3);
    CHECK(read_text(package + "/Manifest.json") == old);
    CHECK(read_text(y) == old_y);
  }
  // The message says so. Limits hold for its file too, so only where they are roomy.
  CHECK(corecast({"convert", model, "-o", package, "--no-validate", "--force"}, full_disk(20000))
            .err.find("E5103") != std::string::npos);
  CHECK(corecast({"run", package}).code == 0);
}

TEST_CASE("a folder that may not be written to") {
  TempFolder folder;
  const std::string model = folder / "m.onnx", closed = folder / "closed";
  write_model(model);
  fs::create_directory(closed);
  fs::permissions(closed, fs::perms::owner_read | fs::perms::owner_exec);
  // Root may write anywhere: be somebody else.
  const Surroundings nobody{
      [&] {
        if (::geteuid() == 0 && (::setegid(65534) != 0 || ::seteuid(65534) != 0)) ::_exit(99);
      },
      {}};
  fs::permissions(folder.path(),
                  fs::perms::owner_all | fs::perms::others_exec | fs::perms::others_read);
  fs::permissions(closed, fs::perms::others_exec | fs::perms::others_read, fs::perm_options::add);
  fs::permissions(model, fs::perms::others_read, fs::perm_options::add);
  const Ended package =
      corecast({"convert", model, "-o", closed + "/m.mlpackage", "--no-validate"}, nobody);
  CHECK(package.code == 2);
  const Ended arrays = corecast({"run", model, "-o", closed + "/y.npz"}, nobody);
  CHECK(arrays.code == 2);
  fs::permissions(closed, fs::perms::owner_all);
  CHECK(fs::is_empty(closed));
}

TEST_CASE("an output on no disk at all") {
  TempFolder folder;
  write_model(folder / "m.onnx");
  CHECK(corecast({"run", folder / "m.onnx", "-o", "/dev/full", "--force"}).code != 0);
  CHECK(fs::is_character_file("/dev/full"));
}

TEST_CASE("a signal at any moment leaves the old package or the new one") {
  TempFolder folder;
  const std::string model = folder / "m.onnx", package = folder / "m.mlpackage";
  write_model(model, 1 << 20);  // 16 MiB of weights
  int stopped = 0;
  for (int step = 0; step < 16; ++step) {
    const int number = step % 2 ? SIGTERM : SIGINT;
    const Ended e = corecast({"convert", model, "-o", package, "--no-validate", "--force"},
                             {{}, [&](pid_t pid) {
                                ::usleep(static_cast<useconds_t>(4000 * step));
                                ::kill(pid, number);
                              }});
    CAPTURE(step, e.code, e.err);
    CHECK((e.code == 0 || e.code == 130 || e.code == 143));
    stopped += e.code != 0;
    const std::size_t entries = folder.entries();
    CHECK(entries == (fs::exists(package) ? 2u : 1u));
    if (fs::exists(package)) CHECK(corecast({"inspect", package}).code == 0);
  }
  CHECK(stopped > 0);
  CHECK(corecast({"convert", model, "-o", package, "--no-validate", "--force"}).code == 0);
}

TEST_CASE("standard output that is full is no success") {
  TempFolder folder;
  write_model(folder / "m.onnx");
  const Surroundings full{[] {
                            const int fd = ::open("/dev/full", O_WRONLY);
                            ::dup2(fd, 1);
                          },
                          {}};
  CHECK(corecast({"inspect", folder / "m.onnx", "--json"}, full).code == 5);
}

}  // namespace corecast::test
