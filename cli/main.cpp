#include <cstdlib>  // defines __GLIBC__ where it is glibc
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "cli/command.h"

int main(int argc, char** argv) {
#ifdef __GLIBC__
  // Large blocks go back to the system when they are freed. Left to itself the allocator starts to
  // keep blocks of a size after the first of them.
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
  return corecast::cli::run(argc, argv);
}
