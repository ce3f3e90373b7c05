// What a case is put through, and what must hold at every stage.
#pragma once

#include <string>

namespace corecast::fuzz {

/// A broken rule; everything else that is thrown is one too.
struct Failure {
  std::string what;
};

/// How far a case came: most die early, and a fuzzer whose cases all do finds nothing.
struct Reached {
  bool read = false, converted = false, written = false, ran = false;
};

/// An ONNX file: import, verify, passes, write, read back, compile, run when small. `scratch` is a
/// folder to write to. `fp16` decides the pipeline. Throws Failure when an error has no code, a
/// module breaks an invariant, or a package of ours cannot be read back.
Reached try_onnx(const std::string& path, const std::string& scratch, bool fp16);

/// A package: read, verify, write again twice (the bytes must settle), compile, run when small.
Reached try_package(const std::string& path, const std::string& scratch);

}  // namespace corecast::fuzz
