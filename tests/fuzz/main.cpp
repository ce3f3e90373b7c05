// fuzz [--cases N] [--from N] [--seconds S] [--seed N] [--corpus DIR] [--save DIR] [--replay PATH]
//
// Mutates small models and packages and puts them through reading, passes, writing, compiling and
// running. Everything follows from the seed and the number of the case: `--from 123 --cases 1`
// repeats case 123. `--corpus` adds the .onnx files below a folder to the seeds; `--save` keeps the
// files of the cases that fail; `--replay` tries one file or package as it is. `--sweep 1` instead
// cuts every seed at every byte and sets every byte to 0x00, 0x7f, 0x80 and 0xff.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "base/strings.h"
#include "converter/coreml/legalise/legalise.h"
#include "converter/coreml/mil_writer.h"
#include "converter/coreml/rules.h"
#include "converter/onnx/import.h"
#include "passes/pipeline.h"
#include "tests/fuzz/mutate.h"
#include "tests/fuzz/seeds.h"
#include "tests/fuzz/supervisor.h"

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
extern "C" const char* __asan_default_options() {
  return "detect_leaks=0:max_allocation_size_mb=3000";
}
#else
constexpr bool kSanitized = false;
#endif

namespace corecast::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kForEver = UINT64_MAX;

struct Options {
  std::uint64_t cases = 0, from = 0, seed = 20250607;
  double seconds = 0;
  bool sweep = false;
  std::string corpus, save, replay;
};

struct PackageSeed {
  std::string name, manifest, model, weights;
};

constexpr const char* kManifest = "/Manifest.json";
constexpr const char* kModel = "/Data/com.apple.CoreML/model.mlmodel";
constexpr const char* kWeights = "/Data/com.apple.CoreML/weights/weight.bin";

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_text(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

std::vector<Seed> corpus_seeds(const std::string& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".onnx" && entry.file_size() < 20000)
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<Seed> seeds;
  for (const auto& f : files) seeds.push_back({f.string(), read_text(f), false});
  return seeds;
}

/// The package of a seed; empty when it has none (what it needs may be beyond Core ML).
std::vector<PackageSeed> packaged(const Seed& seed, const std::string& scratch, bool fp16) {
  const std::string onnx = scratch + "/seed.onnx", package = scratch + "/seed.mlpackage";
  write_text(onnx, seed.bytes);
  Diagnostics diagnostics;
  auto module = onnx::import_model(onnx, {}, diagnostics);
  if (!module) {
    if (seed.own) throw Failure{module.error().to_string()};
    return {};
  }
  passes::PassContext context;
  context.rules = coreml::rules_for({});
  context.diagnostics = &diagnostics;
  if (!passes::run_pipeline(*module, passes::standard_pipeline(coreml::passes(), fp16), context, {},
                            coreml::passes()))
    return {};
  coreml::WriteOptions write;
  write.force = true;
  const auto report = coreml::write_package(*module, package, write, diagnostics);
  if (!report) return {};
  return {{seed.name, read_text(package + kManifest), read_text(package + kModel),
           read_text(package + kWeights)}};
}

class Fuzzer {
 public:
  Fuzzer(const Options& options, std::string scratch)
      : options_(options), scratch_(std::move(scratch)), words_(operator_names()) {
    for (auto list : {network_seeds(), operator_seeds()})
      models_.insert(models_.end(), list.begin(), list.end());
    if (!options.corpus.empty()) {
      const auto more = corpus_seeds(options.corpus);
      models_.insert(models_.end(), more.begin(), more.end());
    }
    for (const Seed& s : models_) {
      try {
        const auto p = packaged(s, scratch_, packages_.size() % 2 == 0);
        packages_.insert(packages_.end(), p.begin(), p.end());
      } catch (const Failure& f) {
        broken(s, f.what);
      } catch (const std::exception& e) {
        broken(s, e.what());
      }
    }
    fs::create_directories(scratch_ + "/case.mlpackage/Data/com.apple.CoreML/weights");
  }

  /// Seeds that fail as they are.
  int broken_count() const { return broken_; }
  std::uint64_t sweep_size() const {
    std::uint64_t size = 0;
    for (const Seed& s : models_) size += kSweeps * s.bytes.size();
    for (const PackageSeed& p : packages_)
      size += kSweeps * (p.model.size() + p.weights.size() + p.manifest.size());
    return size;
  }
  std::size_t model_count() const { return models_.size(); }
  std::size_t package_count() const { return packages_.size(); }

  Reached one(std::uint64_t index) {
    if (prepare(index)) return try_package(scratch_ + "/case.mlpackage", scratch_);
    return try_onnx(scratch_ + "/case.onnx", scratch_, index % 2 == 0);
  }

  /// Writes the files of case `index`; whether it is a package.
  bool prepare(std::uint64_t index) const {
    if (options_.sweep) return prepare_sweep(index);
    Random random(options_.seed * 0x2545f4914f6cdd1du + index);
    random.next();
    if (!packages_.empty() && index % 3 == 2) {
      prepare_package(random);
      return true;
    }
    const std::string& base = models_[random.below(models_.size())].bytes;
    const std::string& donor = models_[random.below(models_.size())].bytes;
    write_text(scratch_ + "/case.onnx", message(base, donor, random));
    return false;
  }

 private:
  void broken(const Seed& seed, const std::string& why) {
    ++broken_;
    std::printf("seed %s FAILED: %s\n", seed.name.c_str(), why.c_str());
  }

  std::string message(const std::string& base, const std::string& donor, Random& random) const {
    const std::size_t kind = random.below(10);
    if (kind < 2) return mutate_bytes(base, donor, random);
    std::string changed = mutate_message(base, donor, words_, random);
    return kind < 9 ? changed : mutate_bytes(std::move(changed), donor, random);
  }

  static constexpr std::uint64_t kSweeps = 5;

  /// Whether `index` lies in this part; it is counted down when not.
  static bool sweep(std::string& part, std::uint64_t& index) {
    if (index >= kSweeps * part.size()) {
      index -= kSweeps * part.size();
      return false;
    }
    const auto at = static_cast<std::size_t>(index / kSweeps);
    if (index % kSweeps == 4)
      part.resize(at);
    else
      part[at] = "\x00\x7f\x80\xff"[index % kSweeps];
    return true;
  }

  bool prepare_sweep(std::uint64_t index) const {
    for (Seed s : models_) {
      if (!sweep(s.bytes, index)) continue;
      write_text(scratch_ + "/case.onnx", s.bytes);
      return false;
    }
    for (PackageSeed p : packages_) {
      if (sweep(p.model, index) || sweep(p.weights, index) || sweep(p.manifest, index)) {
        write_package(p);
        break;
      }
    }
    return true;
  }

  void prepare_package(Random& random) const {
    PackageSeed p = packages_[random.below(packages_.size())];
    const PackageSeed& donor = packages_[random.below(packages_.size())];
    const std::size_t part = random.below(8);
    if (part == 0) p.manifest = mutate_bytes(p.manifest, donor.manifest, random);
    if (part == 1 || part == 7) p.weights = mutate_bytes(p.weights, donor.weights, random);
    if (part >= 2) p.model = message(p.model, donor.model, random);
    write_package(p);
  }

  void write_package(const PackageSeed& p) const {
    const std::string place = scratch_ + "/case.mlpackage";
    write_text(place + kManifest, p.manifest);
    write_text(place + kModel, p.model);
    write_text(place + kWeights, p.weights);
  }

  const Options& options_;
  std::string scratch_;
  std::vector<std::string> words_;
  std::vector<Seed> models_;
  std::vector<PackageSeed> packages_;
  int broken_ = 0;
};

int replay(const std::string& path, const std::string& scratch) {
  try {
    Reached r;
    if (fs::is_directory(path)) {
      r = try_package(path, scratch);
    } else {
      r = try_onnx(path, scratch, true);
      try_onnx(path, scratch, false);
    }
    std::printf("read %d, converted %d, written %d, ran %d\n", r.read, r.converted, r.written,
                r.ran);
    return 0;
  } catch (const Failure& f) {
    std::printf("FAILED: %s\n", f.what.c_str());
  } catch (const std::exception& e) {
    std::printf("FAILED: exception: %s\n", e.what());
  }
  return 1;
}

int fuzz(const Options& options, const std::string& scratch) {
  Fuzzer fuzzer(options, scratch);
  std::printf("seed %llu, %zu models, %zu packages\n",
              static_cast<unsigned long long>(options.seed), fuzzer.model_count(),
              fuzzer.package_count());
  Limits limits;
  if (kSanitized) limits = {.cpu_seconds = 60, .address_space = 0};
  const std::uint64_t end = options.sweep   ? fuzzer.sweep_size()
                            : options.cases ? options.from + options.cases
                                            : kForEver;
  const Totals t = supervise(options.from, end, options.seconds > 0 ? options.seconds : 1e9, limits,
                             [&](std::uint64_t i) { return fuzzer.one(i); });
  const auto n = [](std::uint64_t v) { return static_cast<unsigned long long>(v); };
  std::map<std::string, std::vector<std::uint64_t>> kinds;
  for (const Report& f : t.failures) {
    std::string kind;  // numbers aside
    for (const char c : f.what.substr(0, f.what.find("\n"))) kind += c >= '0' && c <= '9' ? '#' : c;
    auto& list = kinds[kind];
    list.push_back(f.index);
    if (list.size() == 1) std::printf("case %llu FAILED: %s\n", n(f.index), f.what.c_str());
    if (options.save.empty() || list.size() > 3) continue;
    const bool package = fuzzer.prepare(f.index);
    const std::string to = cat(options.save, "/", f.index, package ? ".mlpackage" : ".onnx");
    fs::create_directories(options.save);
    fs::copy(scratch + (package ? "/case.mlpackage" : "/case.onnx"), to,
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  }
  std::printf(
      "%llu cases: %llu read, %llu converted, %llu written, %llu ran; %zu failed in %zu ways\n",
      n(t.cases), n(t.read), n(t.converted), n(t.written), n(t.ran), t.failures.size(),
      kinds.size());
  for (const auto& [kind, list] : kinds)
    std::printf("%6zu  %s  (case %llu)\n", list.size(), kind.c_str(), n(list.front()));
  return t.failures.empty() && t.cases > 0 && fuzzer.broken_count() == 0 ? 0 : 1;
}

bool parse(int argc, char** argv, Options& o) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const char* value = argv[i + 1];
    if (name == "--cases")
      o.cases = std::strtoull(value, nullptr, 10);
    else if (name == "--from")
      o.from = std::strtoull(value, nullptr, 10);
    else if (name == "--seed")
      o.seed = std::strtoull(value, nullptr, 10);
    else if (name == "--seconds")
      o.seconds = std::strtod(value, nullptr);
    else if (name == "--corpus")
      o.corpus = value;
    else if (name == "--save")
      o.save = value;
    else if (name == "--sweep")
      o.sweep = value == std::string_view("1");
    else if (name == "--replay")
      o.replay = value;
    else
      return false;
  }
  if (o.cases == 0 && o.seconds <= 0 && !o.sweep) o.seconds = 20;
  return argc % 2 == 1;
}

}  // namespace
}  // namespace corecast::fuzz

int main(int argc, char** argv) {
  using namespace corecast::fuzz;
  Options options;
  if (!parse(argc, argv, options)) {
    std::fputs(
        "fuzz [--cases N] [--from N] [--seconds S] [--seed N] [--corpus DIR] [--save DIR] "
        "[--replay PATH] [--sweep 1]\n",
        stderr);
    return 2;
  }
  std::string scratch =
      fs::is_directory("/dev/shm") ? "/dev/shm/corecast-fuzz-XXXXXX" : "/tmp/corecast-fuzz-XXXXXX";
  if (!mkdtemp(scratch.data())) {
    std::perror("mkdtemp");
    return 2;
  }
  const int code =
      options.replay.empty() ? fuzz(options, scratch) : replay(options.replay, scratch);
  std::error_code ignored;
  fs::remove_all(scratch, ignored);
  return code;
}
