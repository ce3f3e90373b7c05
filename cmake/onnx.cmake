# The ONNX C++ library: operator schemas, function bodies, shape inference and the inliner.
#
# Its source distribution is fetched with pip, checked against a recorded hash and built once per
# compiler into a cache outside the source tree, by cmake/build_onnx.cmake, as a build step: targets
# that do not need ONNX never wait for it. Consumers link corecast::onnx_lib.
#
#   - ONNX_NAMESPACE is private, so C++ symbols and protobuf messages never meet those of the Python
#     onnx package or of torch in one process; the lite runtime keeps them out of the descriptor pool.
#   - Static registration is off: call RegisterOnnxOperatorSetSchema() when schemas are needed, which
#     keeps start-up short.

set(CORECAST_ONNX_VERSION 1.23.2)
set(CORECAST_ONNX_SHA256 008cb0467b2bbee41448acc7da8b6f4e704624cb0d327a2d5adafc7ce19bc5b8)
set(CORECAST_ONNX_FLAGS "-O2 -g0 -fPIC -fvisibility=hidden -fvisibility-inlines-hidden")
set(CORECAST_ONNX_NAMESPACE corecast_onnx)

if(DEFINED ENV{CORECAST_CACHE})
  set(_cache "$ENV{CORECAST_CACHE}")
else()
  set(_cache "$ENV{HOME}/.cache/corecast")
endif()
set(CORECAST_CACHE_DIR "${_cache}" CACHE PATH "Where downloads and the built ONNX library are kept")

find_package(Python3 REQUIRED COMPONENTS Interpreter)

file(SHA256 "${CMAKE_CURRENT_LIST_DIR}/build_onnx.cmake" _recipe)
string(SHA256 _key "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} \
${CMAKE_SYSTEM_PROCESSOR} ${CORECAST_ONNX_FLAGS} ${CORECAST_ONNX_NAMESPACE} ${Protobuf_VERSION} \
${_recipe}")
string(SUBSTRING "${_key}" 0 12 _key)
set(CORECAST_ONNX_PREFIX "${CORECAST_CACHE_DIR}/onnx-${CORECAST_ONNX_VERSION}-${_key}")
set(CORECAST_ONNX_ARCHIVE "${CORECAST_ONNX_PREFIX}/lib/libonnx.a")

add_custom_command(
  OUTPUT "${CORECAST_ONNX_ARCHIVE}"
  COMMAND
    "${CMAKE_COMMAND}" -DVERSION=${CORECAST_ONNX_VERSION} -DSHA256=${CORECAST_ONNX_SHA256}
    -DNAMESPACE=${CORECAST_ONNX_NAMESPACE} "-DFLAGS=${CORECAST_ONNX_FLAGS}"
    "-DPREFIX=${CORECAST_ONNX_PREFIX}" "-DCACHE=${CORECAST_CACHE_DIR}"
    "-DCXX=${CMAKE_CXX_COMPILER}" "-DGENERATOR=${CMAKE_GENERATOR}"
    "-DMAKE_PROGRAM=${CMAKE_MAKE_PROGRAM}" "-DPYTHON=${Python3_EXECUTABLE}"
    "-DSDIST=${CORECAST_ONNX_SDIST}" -P "${CMAKE_CURRENT_LIST_DIR}/build_onnx.cmake"
  COMMENT "ONNX ${CORECAST_ONNX_VERSION}: building the C++ library once (some minutes)"
  USES_TERMINAL VERBATIM)
add_custom_target(corecast_onnx_build DEPENDS "${CORECAST_ONNX_ARCHIVE}")

# The directories must exist before the imported target may name them.
file(MAKE_DIRECTORY "${CORECAST_ONNX_PREFIX}/include")
add_library(corecast_onnx_lib INTERFACE)
add_library(corecast::onnx_lib ALIAS corecast_onnx_lib)
add_dependencies(corecast_onnx_lib corecast_onnx_build)
target_include_directories(corecast_onnx_lib SYSTEM INTERFACE "${CORECAST_ONNX_PREFIX}/include")
target_compile_definitions(
  corecast_onnx_lib INTERFACE ONNX_NAMESPACE=${CORECAST_ONNX_NAMESPACE} ONNX_ML=1
                              ONNX_USE_LITE_PROTO=1 __ONNX_DISABLE_STATIC_REGISTRATION)
target_link_libraries(corecast_onnx_lib INTERFACE "${CORECAST_ONNX_ARCHIVE}" corecast::protobuf)
