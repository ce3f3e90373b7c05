# Third-party libraries, each under one name. Link them PRIVATE.

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)

# The shared library: Debian's static one is not position independent.
set(Protobuf_USE_STATIC_LIBS OFF)
find_package(Protobuf 3.21 REQUIRED)
add_library(corecast_protobuf INTERFACE)
add_library(corecast::protobuf ALIAS corecast_protobuf)
# The lite runtime: every message of ours declares optimize_for = LITE_RUNTIME. It keeps descriptors out of
# the pool that other libraries in the process share, and starts faster.
target_link_libraries(corecast_protobuf INTERFACE protobuf::libprotobuf-lite)

find_package(CLI11 REQUIRED)
if(CORECAST_TESTS)
  find_package(Catch2 REQUIRED)
endif()

include(onnx)
