#include "api/detail/tried_samples.h"

#include <algorithm>
#include <map>

#include "base/strings.h"
#include "validator/inputs.h"
#include "validator/sizes.h"

namespace corecast::api {
namespace {

/// How many other choices of sizes, or values, are tried.
constexpr int kMoreTries = 3;
/// validator::Sizes::usual has such choices from here on.
constexpr int kOtherSizes = 3;

bool same(const NamedTensors& a, const NamedTensors& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](auto& x, auto& y) {
           return x.first == y.first && x.second.dims() == y.second.dims() &&
                  x.second.buffer() == y.second.buffer();
         });
}

class Remembering final : public validator::Runner {
 public:
  explicit Remembering(validator::Runner& inner) : inner_(inner) {}
  std::string name() const override { return inner_.name(); }
  Result<NamedTensors> run(const NamedTensors& inputs) override {
    for (const auto& [asked, answer] : known_) {
      if (same(asked, inputs)) return answer;
    }
    return inner_.run(inputs);
  }
  /// Nothing beyond a gigabyte: it is then computed again.
  void remember(const NamedTensors& inputs, NamedTensors answer) {
    for (const auto& [name, t] : answer) bytes_ += t.byte_size();
    if (bytes_ < std::size_t{1} << 30) known_.emplace_back(inputs, std::move(answer));
  }

 private:
  validator::Runner& inner_;
  std::size_t bytes_ = 0;
  std::vector<std::pair<NamedTensors, NamedTensors>> known_;
};

/// What says that the inputs do not suit the model, not that something else went wrong.
bool is_refusal(const Error& e) {
  for (const Code code : {Code::E4002, Code::E2100, Code::E2101, Code::E2102, Code::E5001})
    if (e.code == code) return true;
  return false;
}

std::string_view numpy_name(ir::DType dtype) {
  switch (dtype) {
    case ir::DType::boolean: return "bool";
    case ir::DType::i8: return "int8";
    case ir::DType::i16: return "int16";
    case ir::DType::i32: return "int32";
    case ir::DType::i64: return "int64";
    case ir::DType::u8: return "uint8";
    case ir::DType::u16: return "uint16";
    case ir::DType::u32: return "uint32";
    case ir::DType::u64: return "uint64";
    case ir::DType::f16: return "float16";
    case ir::DType::f64: return "float64";
    default: return "float32";
  }
}

/// `input "x" of shape [1,64], ...`
std::string shapes_of(const NamedTensors& inputs) {
  std::vector<std::string> texts;
  for (const auto& [name, t] : inputs)
    texts.push_back(cat(quote(name), "[", join(t.dims(), ","), "]"));
  return cat(texts.size() == 1 ? "input " : "inputs ", join(texts));
}

/// Options that can be typed as they stand: first the sizes, then a file with arrays.
std::string remedy(const ir::Function& f, const Sample& sample) {
  std::string text;
  if (!sample.sizes.empty()) {
    std::vector<std::string> options;
    for (const auto& [name, size] : sample.sizes)
      options.push_back(cat("--input \"", name, "=", size, "\""));
    text = cat("choose the sizes that the model is used at, as in ", join(options, " "), "; or ");
  }
  std::vector<std::string> arrays;
  for (std::size_t i = 0; i < f.inputs.size(); ++i) {
    const auto it = sample.inputs.find(f.inputs[i].name);
    if (it == sample.inputs.end()) continue;
    const ir::Tensor& t = it->second;
    const std::string shape = cat("(", join(t.dims(), ","), t.rank() == 1 ? "," : "", ")");
    // Numbers that differ, so that there is something to compare.
    arrays.push_back(
        ir::is_floating(t.dtype())
            ? cat("'", it->first, "': np.random.default_rng(0).random(", shape, ").astype('",
                  numpy_name(t.dtype()), "')")
            : cat("'", it->first, "': np.ones(", shape, ", '", numpy_name(t.dtype()), "')"));
  }
  return cat(text,
             "give arrays that suit it: python3 -c \"import numpy as np; np.savez('inputs.npz', "
             "**{",
             join(arrays), "})\", and then --data inputs.npz");
}

Error refused(Error e, const ir::Function& f, const Sample& sample) {
  std::string sizes =
      sample.sizes.empty() ? std::string() : cat(" (", validator::to_text(sample.sizes), ")");
  e.message = cat("made-up inputs do not suit the model: ", shapes_of(sample.inputs), sizes, ": ",
                  e.message);
  e.help = remedy(f, sample);
  return e;
}

class Trial {
 public:
  Trial(validator::Runner& reference, const ir::Function& f, const SampleOptions& options)
      : f_(f),
        options_(options),
        reference_(reference),
        remembering_(std::make_unique<Remembering>(reference)) {}

  Result<TriedSamples> run(Diagnostics& diagnostics) {
    Status first;
    for (int attempt = 0; attempt <= kMoreTries; ++attempt) {
      // Where there are no sizes to choose, or none helps, values are the last resort.
      const bool plain = f_.symbols.empty() ? attempt > 0 : attempt == kMoreTries;
      if (plain && f_.symbols.empty() && attempt > 1) break;
      const int base = attempt == 0 || plain ? 0 : kOtherSizes + attempt - 1;
      first = try_at(base, plain);
      if (first || !is_refusal(first.error())) break;
      if (attempt == 0) first_error_ = first.error();
    }
    if (!first) return is_refusal(first.error()) ? *first_error_ : first.error();
    TRY_VOID(look_further());
    return finished(diagnostics);
  }

 private:
  /// Makes samples and has them answered; an error is that of the first.
  Status try_at(int base, bool plain) {
    left_out_.clear();
    answers_.clear();
    TRY(made_, made_up_samples(f_, options_, base, plain, left_out_));
    std::vector<NamedTensors> inputs;
    for (const Sample& sample : made_) inputs.push_back(sample.inputs);
    auto answers = reference_.run_each(inputs);
    if (!answers.front()) {
      Error e = std::move(answers.front()).error();
      return is_refusal(e) ? refused(std::move(e), f_, made_.front()) : e;
    }
    std::vector<Sample> taken;
    for (std::size_t i = 0; i < made_.size(); ++i) {
      if (!answers[i] && !is_refusal(answers[i].error())) return std::move(answers[i]).error();
      if (!answers[i]) {
        left_out_.push_back(
            cat(made_[i].why.empty() ? validator::to_text(made_[i].sizes) : made_[i].why,
                " (refused by the reference)"));
        refusals_.push_back(refused(std::move(answers[i]).error(), f_, made_[i]));
        continue;
      }
      answers_.push_back(*answers[i]);
      remembering_->remember(made_[i].inputs, std::move(*answers[i]));
      taken.push_back(std::move(made_[i]));
    }
    made_ = std::move(taken);
    return {};
  }

  /// Whether some answer is one number throughout: nothing can be said of it then.
  bool says_nothing() const {
    std::map<std::string, std::pair<double, bool>> seen;  // first number, whether all are equal
    for (const NamedTensors& answer : answers_) {
      for (const auto& [name, t] : answer) {
        if (t.dtype() == ir::DType::string) continue;
        for (std::int64_t i = 0; i < t.count(); ++i) {
          const auto [at, fresh] = seen.try_emplace(name, t.at(i), true);
          if (!fresh && t.at(i) != at->second.first) at->second.second = false;
          if (!at->second.second) break;
        }
      }
    }
    return std::any_of(seen.begin(), seen.end(), [](const auto& e) { return e.second.second; });
  }

  /// Other values at the first sizes, while answers are one number; few, and what is refused is
  /// not.
  Status look_further() {
    constexpr std::uint64_t kSeeds = 1000;
    TRY(const auto ranges, intervals_of(f_, options_.ranges));
    for (std::uint64_t i = 0; i < kMoreTries && !made_.empty() && says_nothing(); ++i) {
      Sample sample = made_.front();
      TRY(sample.inputs,
          validator::generate_inputs(
              f_, {.seed = options_.seed + kSeeds + i, .symbols = sample.sizes, .ranges = ranges}));
      auto answer = reference_.run(sample.inputs);
      if (!answer) return is_refusal(answer.error()) ? Status() : std::move(answer).error();
      answers_.push_back(*answer);
      remembering_->remember(sample.inputs, std::move(*answer));
      made_.push_back(std::move(sample));
    }
    return {};
  }

  Result<TriedSamples> finished(Diagnostics& diagnostics) {
    for (const Error& e : refusals_)
      diagnostics.warning(Error(Code::W4021, cat("left out: ", e.message), e.help));
    TriedSamples out;
    TRY(const auto ranges, intervals_of(f_, options_.ranges));
    out.samples.how = validator::how_inputs_are_made(f_, ranges);
    out.samples.shapes = shapes_text(made_, left_out_);
    for (Sample& sample : made_) out.samples.samples.push_back(std::move(sample.inputs));
    std::vector<std::string> lines;
    for (const auto& [name, how] : out.samples.how) lines.push_back(cat(quote(name), ": ", how));
    diagnostics.note(Error(
        Code::N4024, cat("inputs were made up: ", join(lines, "; "), "; at ", out.samples.shapes)));
    out.reference = std::move(remembering_);
    return out;
  }

  const ir::Function& f_;
  const SampleOptions& options_;
  validator::Runner& reference_;
  std::unique_ptr<Remembering> remembering_;
  std::vector<Sample> made_;
  std::vector<NamedTensors> answers_;  ///< to made_
  std::vector<std::string> left_out_;
  std::vector<Error> refusals_;
  std::optional<Error> first_error_;
};

}  // namespace

Result<TriedSamples> tried_samples(validator::Runner& reference, const ir::Function& f,
                                   const SampleOptions& options, Diagnostics& diagnostics) {
  if (!options.data) return Trial(reference, f, options).run(diagnostics);
  TriedSamples out;
  TRY(out.samples, samples_of(f, options, diagnostics));
  out.reference = std::make_unique<Remembering>(reference);
  return out;
}

}  // namespace corecast::api
