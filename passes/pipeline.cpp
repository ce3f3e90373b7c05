#include "passes/pipeline.h"

#include <algorithm>
#include <chrono>

#include "base/strings.h"
#include "ir/verify.h"

namespace corecast::passes {

#define PASS(name) Pass name##_pass();
#include "passes/passes.def"
#undef PASS

namespace {

Error pipeline_error(std::string message, std::string help = {}) {
  return Error(Code::E1200, std::move(message), std::move(help));
}

}  // namespace

PassList::PassList(std::vector<Pass> target) {
  for (const Pass& p : target) target_.push_back(p.name);
  passes_ = std::move(target);
#define PASS(name) passes_.push_back(name##_pass());
#include "passes/passes.def"
#undef PASS
  std::sort(passes_.begin(), passes_.end(),
            [](const Pass& a, const Pass& b) { return a.name < b.name; });
}

const Pass* PassList::find(std::string_view name) const {
  const auto it =
      std::find_if(passes_.begin(), passes_.end(), [&](const Pass& p) { return p.name == name; });
  return it == passes_.end() ? nullptr : &*it;
}

Result<const Pass*> PassList::need(std::string_view name) const {
  if (const Pass* pass = find(name)) return pass;
  std::vector<std::string> names;
  for (const Pass& p : passes_) names.emplace_back(p.name);
  const std::string near = nearest(name, names);
  return pipeline_error(cat("no pass named '", name, "'"), near.empty()
                                                               ? cat("passes: ", join(names))
                                                               : cat("did you mean '", near, "'?"));
}

const PassList& own_passes() {
  static const PassList instance;
  return instance;
}

namespace {

class PipelineParser {
 public:
  PipelineParser(std::string_view text, const PassList& passes) : text_(text), passes_(passes) {}

  Result<Pipeline> parse() {
    TRY(Pipeline out, list(0));
    if (pos_ != text_.size())
      return pipeline_error(cat("unexpected ')' in pipeline '", text_, "'"));
    return out;
  }

 private:
  Result<Pipeline> list(int depth) {
    if (depth > 8) return pipeline_error("fix groups are nested more than 8 deep");
    Pipeline out;
    while (pos_ < text_.size() && text_[pos_] != ')') {
      const std::size_t end = std::min(text_.find_first_of(",()", pos_), text_.size());
      const std::string_view word = trim(text_.substr(pos_, end - pos_));
      pos_ = end;
      if (pos_ < text_.size() && text_[pos_] == '(') {
        if (word != "fix") return pipeline_error(cat("only fix takes a group, not '", word, "'"));
        ++pos_;
        TRY(Pipeline group, list(depth + 1));
        if (pos_ == text_.size())
          return pipeline_error(cat("missing ')' in pipeline '", text_, "'"));
        ++pos_;
        out.push_back({nullptr, std::move(group)});
      } else if (!word.empty()) {
        TRY(const Pass* pass, passes_.need(word));
        out.push_back({pass, {}});
      }
      while (pos_ < text_.size() && (text_[pos_] == ',' || text_[pos_] == ' ')) ++pos_;
    }
    return out;
  }

  std::string_view text_;
  const PassList& passes_;
  std::size_t pos_ = 0;
};

std::int64_t op_count(const ir::Module& m) {
  std::size_t n = 0;
  for (const auto& f : m.functions) n += f.op_count();
  return static_cast<std::int64_t>(n);
}

class Runner {
 public:
  Runner(ir::Module& m, PassContext& context, const PipelineOptions& options)
      : m_(m), context_(context), options_(options) {}

  Result<bool> run(const Pipeline& steps) {
    bool any = false;
    for (const Step& step : steps) {
      TRY(const bool changed, step.pass ? run(*step.pass) : fix(step.group));
      any = any || changed;
    }
    return any;
  }
  std::vector<PassRun> take_runs() { return std::move(runs_); }

 private:
  Result<bool> fix(const Pipeline& group) {
    bool any = false;
    for (int round = 0; round < options_.max_rounds; ++round) {
      TRY(const bool changed, run(group));
      if (!changed) break;
      any = true;
    }
    return any;
  }

  Result<bool> run(const Pass& pass) {
    if (options_.disabled.contains(pass.name)) return false;
    if (context_.rewrite_budget == 0 && !pass.required) return false;
    PassRun r;
    r.name = pass.name;
    r.ops_before = op_count(m_);
    const auto start = std::chrono::steady_clock::now();
    TRY_VOID(context_.stop.check());
    auto changed = pass.run(m_, context_);
    TRY_VOID(context_.stop.check());
    r.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (!changed) return std::move(changed).error().in(pass.name);
    r.changed = *changed;
    r.ops_after = op_count(m_);
    runs_.push_back(r);
    if (!r.changed) return false;
    if (options_.after) options_.after(pass, m_);
    if (options_.verify) {
      const Status ok = ir::verify(m_);
      if (!ok) CC_CHECK(false, cat("after pass ", pass.name, ": ", ok.error().to_string()));
    }
    return true;
  }

  ir::Module& m_;
  PassContext& context_;
  const PipelineOptions& options_;
  std::vector<PassRun> runs_;
};

}  // namespace

Result<Pipeline> parse_pipeline(std::string_view text, const PassList& passes) {
  return PipelineParser(text, passes).parse();
}

Result<std::vector<PassRun>> run_pipeline(ir::Module& m, const Pipeline& pipeline,
                                          PassContext& context, const PipelineOptions& options) {
  Runner runner(m, context, options);
  TRY_VOID([&]() -> Status {
    TRY([[maybe_unused]] const bool changed, runner.run(pipeline));
    return {};
  }());
  return runner.take_runs();
}

Result<std::vector<PassRun>> run_pipeline(ir::Module& m, std::string_view pipeline,
                                          PassContext& context, const PipelineOptions& options,
                                          const PassList& passes) {
  TRY(const Pipeline parsed, parse_pipeline(pipeline, passes));
  return run_pipeline(m, parsed, context, options);
}

namespace {
constexpr const char* kClean = "fix(canonicalize,fold-constants,cse,dce)";
}  // namespace

std::string standard_pipeline(const PassList& passes, bool fp16) {
  std::string text =
      cat("dce,refresh-types,", kClean) +
      ",fix(fuse-softmax,fuse-sigmoid,fuse-softplus,fuse-log-sum-exp,fuse-exponents,fuse-mean,fuse-"
      "norm,"
      "fuse-attention,fuse-layer-norm,fuse-instance-norm,fuse-rsqrt,fuse-gelu,fuse-hard-sigmoid,"
      "fuse-silu,fuse-relu,fuse-linear,fold-batch-norm,fuse-constants,canonicalize,dce)";
  for (const auto name : passes.target()) text += cat(",", name);
  text += cat(",", kClean);
  if (fp16) text += cat(",cast-fp16,", kClean);
  return text;
}

Pipeline narrowing_pipeline(const Pass& cast) {
  Pipeline out = parse_pipeline(kClean).value();
  out.insert(out.begin(), Step{&cast, {}});
  return out;
}

}  // namespace corecast::passes
