# Run as a script by cmake/onnx.cmake: fetches, checks, builds and installs ONNX into PREFIX.
# A lock lets several build trees ask for it at once; the result appears whole or not at all.

cmake_minimum_required(VERSION 3.25)

set(archive "${PREFIX}/lib/libonnx.a")
set(work "${PREFIX}.work")
set(downloads "${CACHE}/downloads")
file(MAKE_DIRECTORY "${downloads}")
file(LOCK "${PREFIX}.lock" GUARD PROCESS TIMEOUT 3600)
if(EXISTS "${archive}")
  file(TOUCH "${archive}")
  return()
endif()

function(run what)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "ONNX ${VERSION}: ${what} failed (${code})")
  endif()
endfunction()

# 1. The sources, by pip: the hash is required by pip and checked again here.
set(sdist "${downloads}/onnx-${VERSION}.tar.gz")
if(SDIST)
  set(sdist "${SDIST}")
elseif(NOT EXISTS "${sdist}")
  message(STATUS "ONNX ${VERSION}: fetching the sources")
  file(REMOVE_RECURSE "${downloads}/onnx-sdist")
  file(WRITE "${downloads}/onnx-sdist/requirements.txt"
       "onnx==${VERSION} --hash=sha256:${SHA256}\n")
  set(arguments download --quiet --no-deps --no-binary onnx --require-hashes --dest
                "${downloads}/onnx-sdist" --requirement "${downloads}/onnx-sdist/requirements.txt")
  foreach(pip IN ITEMS "${PYTHON};-m;pip" "pip3" "pip")
    execute_process(COMMAND ${pip} ${arguments} RESULT_VARIABLE code)
    if(code EQUAL 0)
      break()
    endif()
  endforeach()
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "ONNX ${VERSION}: pip could not fetch the source distribution. Run "
                        "scripts/setup, or pass -DCORECAST_ONNX_SDIST=FILE.")
  endif()
  file(RENAME "${downloads}/onnx-sdist/onnx-${VERSION}.tar.gz" "${sdist}")
  file(REMOVE_RECURSE "${downloads}/onnx-sdist")
endif()
file(SHA256 "${sdist}" actual)
if(NOT actual STREQUAL SHA256)
  message(FATAL_ERROR "${sdist}: sha256 is ${actual}, expected ${SHA256}")
endif()

# 2. Build. ONNX asks for CMake 3.26 but uses nothing that 3.25 lacks.
file(REMOVE_RECURSE "${work}")
file(ARCHIVE_EXTRACT INPUT "${sdist}" DESTINATION "${work}")
set(source "${work}/onnx-${VERSION}")
file(READ "${source}/CMakeLists.txt" text)
string(REPLACE "cmake_minimum_required(VERSION 3.26)" "cmake_minimum_required(VERSION 3.25)" text
               "${text}")
file(WRITE "${source}/CMakeLists.txt" "${text}")
cmake_host_system_information(RESULT cores QUERY NUMBER_OF_LOGICAL_CORES)

# gersemi: off
run("configuring" "${CMAKE_COMMAND}" -S "${source}" -B "${work}/build" -G "${GENERATOR}"
  "-DCMAKE_MAKE_PROGRAM=${MAKE_PROGRAM}" "-DCMAKE_CXX_COMPILER=${CXX}"
  -DCMAKE_CXX_STANDARD=20 -DCMAKE_BUILD_TYPE=Release "-DCMAKE_CXX_FLAGS=-w ${FLAGS}"
  -DCMAKE_CXX_FLAGS_RELEASE=-DNDEBUG -DCMAKE_INSTALL_LIBDIR=lib "-DCMAKE_INSTALL_PREFIX=${work}/install"
  -DBUILD_SHARED_LIBS=OFF -DONNX_USE_PROTOBUF_SHARED_LIBS=ON -DONNX_USE_LITE_PROTO=ON
  -DONNX_DISABLE_STATIC_REGISTRATION=ON -DONNX_NAMESPACE=${NAMESPACE} -DONNX_ML=ON
  -DONNX_BUILD_PYTHON=OFF -DONNX_USE_UNITY_BUILD=ON
  "-DPython3_EXECUTABLE=${PYTHON}" "-DPython_EXECUTABLE=${PYTHON}")
# gersemi: on
run("building" "${CMAKE_COMMAND}" --build "${work}/build" --parallel ${cores})
run("installing" "${CMAKE_COMMAND}" --install "${work}/build")

# 3. Publish. The prefix may already exist with an empty include folder.
file(REMOVE_RECURSE "${PREFIX}")
file(RENAME "${work}/install" "${PREFIX}")
file(REMOVE_RECURSE "${work}")
file(TOUCH "${archive}")
