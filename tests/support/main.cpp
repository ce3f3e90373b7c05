// The main function of every test program. `--update` rewrites golden files instead of comparing.
#include <cstdlib>
#include <cstring>

#if __has_include(<catch2/catch_session.hpp>)
#include <catch2/catch_session.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

int main(int argc, char** argv) {
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--update") == 0)
      setenv("CORECAST_UPDATE_GOLDEN", "1", 1);
    else
      argv[kept++] = argv[i];
  }
  return Catch::Session().run(kept, argv);
}
