# Build options, compiler flags common to all our targets, and the compiler cache.

option(CORECAST_WERROR "Treat warnings as errors" OFF)
option(CORECAST_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(CORECAST_PYTHON "Build the Python module" OFF)
option(CORECAST_TIDY "Run clang-tidy while compiling" OFF)
if(DEFINED SKBUILD)
  set(CORECAST_PYTHON ON)
  set(CORECAST_TESTS OFF)
endif()

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(CORECAST_CCACHE ccache)
if(CORECAST_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CORECAST_CCACHE}")
endif()

add_library(corecast_flags INTERFACE)
target_compile_options(
  corecast_flags
  INTERFACE
    -Wall -Wextra -Wshadow -Wconversion
    # Ops and options are written with designated initializers; what is left out has its default.
    -Wno-missing-field-initializers
    # a * b + c means two roundings everywhere; kernels ask for fused ones by name.
    -ffp-contract=off
    # Paths of this machine stay out of messages and debug information.
    "-ffile-prefix-map=${PROJECT_SOURCE_DIR}/="
    # g++ 12 gives false alarms on variants of vectors.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
    # clang's -Wconversion brings this one along, g++'s does not.
    $<$<CXX_COMPILER_ID:Clang,AppleClang>:-Wno-sign-conversion>
    $<$<BOOL:${CORECAST_WERROR}>:-Werror>)

if(CORECAST_TIDY)
  find_program(CORECAST_CLANG_TIDY NAMES clang-tidy-16 clang-tidy REQUIRED)
  set(CMAKE_CXX_CLANG_TIDY "${CORECAST_CLANG_TIDY}")
endif()
