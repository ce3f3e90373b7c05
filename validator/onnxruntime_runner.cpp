// ONNX Runtime as a runner: a Python process for some samples, arrays exchanged as .npy files.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/mapped_file.h"
#include "base/strings.h"
#include "validator/npy.h"
#include "validator/process.h"
#include "validator/runner.h"

namespace corecast::validator {
namespace {

using json = nlohmann::json;

// argv: model, folder, threads. For each in0.json, in1.json, ... {name: file} writes out0.json
// likewise, or err0.txt. int64 and the like are restored from the session's own input types.
constexpr const char* kScript = R"PY(
import json, os, sys
import numpy as np
import onnxruntime as ort
model, folder, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
options = ort.SessionOptions()
options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
options.log_severity_level = 3
options.intra_op_num_threads = threads
session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
kinds = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16,
         "tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(int16)": np.int16,
         "tensor(int8)": np.int8, "tensor(uint8)": np.uint8, "tensor(uint16)": np.uint16,
         "tensor(uint32)": np.uint32, "tensor(uint64)": np.uint64, "tensor(bool)": np.bool_}
names = [o.name for o in session.get_outputs()]
def answer(n):
    with open(os.path.join(folder, f"in{n}.json")) as f:
        files = json.load(f)
    feeds = {i.name: np.load(os.path.join(folder, files[i.name])).astype(kinds[i.type])
             for i in session.get_inputs() if i.name in files}
    written = {}
    for k, (name, value) in enumerate(zip(names, session.run(names, feeds))):
        if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
            written[name] = f"out{n}_{k}.npy"
            np.save(os.path.join(folder, written[name]), value)
    with open(os.path.join(folder, f"out{n}.json"), "w") as f:
        json.dump(written, f)
n = 0
while os.path.exists(os.path.join(folder, f"in{n}.json")):
    try:
        answer(n)
    except Exception as e:
        with open(os.path.join(folder, f"err{n}.txt"), "w") as f:
            f.write(f"{type(e).__module__}.{type(e).__qualname__}: {e}")
    n += 1
)PY";

/// The interpreters that may have onnxruntime, the likeliest first: the one that was named, or else
/// the one that this program was installed beside and the one on the PATH.
std::vector<std::string> interpreters(const ForeignOptions& options) {
  if (!options.python.empty()) return {options.python};
  if (const char* env = std::getenv("CORECAST_PYTHON"); env && *env) return {env};
  std::vector<std::string> found;
  const std::filesystem::path folder = std::filesystem::path(program_path()).parent_path();
  std::error_code ignored;
  const auto beside = folder / "python3";
  if (!folder.empty() && std::filesystem::exists(beside, ignored)) found.push_back(beside.string());
  found.emplace_back("python3");
  return found;
}

std::string last_line(std::string_view text) {
  const auto lines = split(trim(text), '\n');
  return std::string(lines.back());
}

class OnnxRuntime final : public Runner {
 public:
  OnnxRuntime(std::string model, std::string version, ForeignOptions options)
      : model_(std::move(model)), version_(std::move(version)), options_(std::move(options)) {}

  std::string name() const override { return cat("onnxruntime ", version_); }

  Result<NamedTensors> run(const NamedTensors& inputs) override {
    return std::move(run_each({&inputs, 1}).front());
  }

  std::vector<Result<NamedTensors>> run_each(std::span<const NamedTensors> samples) override {
    auto all = run_all(samples);
    if (all) return *std::move(all);
    return std::vector<Result<NamedTensors>>(samples.size(), std::move(all).error());
  }

 private:
  Result<std::vector<Result<NamedTensors>>> run_all(std::span<const NamedTensors> samples) const {
    TRY(const TempFolder folder, TempFolder::make());
    for (std::size_t n = 0; n < samples.size(); ++n)
      TRY_VOID(write_inputs(folder.path(), n, samples[n]));
    TRY(const ProcessResult p,
        run_process({options_.python, "-c", kScript, model_, folder.path(), cat(options_.threads)},
                    options_.timeout_seconds *
                        static_cast<double>(std::max<std::size_t>(samples.size(), 1)),
                    options_.stop));
    std::vector<Result<NamedTensors>> answers;
    for (std::size_t n = 0; n < samples.size(); ++n)
      answers.push_back(read_answer(folder.path(), n, last_line(p.err)));
    return answers;
  }

  static Status write_inputs(const std::string& folder, std::size_t n, const NamedTensors& inputs) {
    const auto write = [&](const std::string& file, const std::string& bytes) {
      std::ofstream out(folder + "/" + file, std::ios::binary);
      out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
      return out.good();
    };
    json files = json::object();
    bool ok = true;
    for (const auto& [name, tensor] : inputs) {
      const std::string file = cat("in", n, "_", files.size(), ".npy");
      ok = ok && write(file, encode_npy(tensor));
      files[name] = file;
    }
    if (ok && write(cat("in", n, ".json"), files.dump())) return {};
    return Error(Code::E5002, cat("cannot write to ", folder), "the disk may be full");
  }

  /// `ended`: what the process said last, where it did not come to this sample.
  static Result<NamedTensors> read_answer(const std::string& folder, std::size_t n,
                                          const std::string& ended) {
    const std::string answered = cat(folder, "/out", n, ".json");
    std::error_code ignored;
    if (!std::filesystem::exists(answered, ignored)) {
      const auto said = MappedFile::open(cat(folder, "/err", n, ".txt"));
      const std::string why = said ? std::string(as_chars((*said)->bytes())) : ended;
      return Error(
          Code::E4002, cat("onnxruntime could not run the model: ", trim(why)),
          "the inputs may not suit the model: choose their sizes with --input, or give arrays "
          "with --data; --reference embedded compares with corecast's own executor instead");
    }
    TRY(const auto listing, MappedFile::open(answered));
    const json written = json::parse(as_chars(listing->bytes()), nullptr, false);
    NamedTensors outputs;
    for (const auto& [name, file] : written.items()) {
      TRY(const auto mapped, MappedFile::open(folder + "/" + file.get<std::string>()));
      TRY(auto tensor, decode_npy(mapped->bytes()));
      outputs.emplace(name, std::move(tensor));
    }
    return outputs;
  }

  std::string model_, version_;
  ForeignOptions options_;
};

}  // namespace

Result<std::unique_ptr<Runner>> onnxruntime_runner(const std::string& model_path,
                                                   const ForeignOptions& options) {
  const std::vector<std::string> candidates = interpreters(options);
  for (const std::string& python : candidates) {
    const auto probe =
        run_process({python, "-c", "import numpy, onnxruntime; print(onnxruntime.__version__)"}, 60,
                    options.stop);
    if (!probe && probe.error().code != Code::E4001) return probe.error();
    if (!probe || probe->exit_code != 0) continue;
    ForeignOptions chosen = options;
    chosen.python = python;
    return std::unique_ptr<Runner>(
        std::make_unique<OnnxRuntime>(model_path, last_line(probe->out), std::move(chosen)));
  }
  return Error(Code::E4001, cat("onnxruntime cannot be imported by ", join(candidates, " or ")),
               "pip install onnxruntime, or name an interpreter that has it in CORECAST_PYTHON");
}

}  // namespace corecast::validator
