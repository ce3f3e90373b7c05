#include "api/detail/pass_check.h"

#include "base/strings.h"
#include "validator/inputs.h"
#include "validator/validate.h"

namespace corecast::api {
namespace {

std::string_view name_of(passes::Numerics numerics) {
  switch (numerics) {
    case passes::Numerics::exact: return "exact";
    case passes::Numerics::reassociating: return "reassociating";
    case passes::Numerics::lossy: return "lossy";
  }
  CC_UNREACHABLE("a class of numerics");
}

/// Both on the same made-up inputs.
Result<validator::Report> compare(const ir::Module& before, const ir::Module& after,
                                  const SharedPool& pool, Stop stop) {
  const ir::Function& f = before.main();
  TRY(const auto inputs, validator::generate_inputs(f, {0, validator::symbol_values(f, 0)}));
  TRY(const auto runner,
      validator::embedded_runner(before, executor::Precision::native, pool, stop));
  validator::Options options;
  options.pool = pool;
  options.stop = stop;
  return validator::validate(*runner, &before, after, {inputs}, options);
}

}  // namespace

PassCheck::PassCheck(const ir::Module& module, SharedPool pool, Stop stop, Diagnostics& diagnostics)
    : before_(module), pool_(std::move(pool)), stop_(stop), diagnostics_(diagnostics) {}

void PassCheck::after(const passes::Pass& pass, const ir::Module& module) {
  if (given_up_) return;
  const auto report = compare(before_, module, pool_, stop_);
  before_ = module;
  if (!report) {
    given_up_ = true;
    diagnostics_.warning(Error(Code::W4005, cat("passes from ", pass.name,
                                                " on were not checked: ", report.error().message)));
    return;
  }
  ++count_;
  for (const validator::OutputReport& o : report->outputs) {
    if (o.verdict != validator::Verdict::failed) continue;
    diagnostics_.error(Error(
        Code::E4005,
        cat("pass ", pass.name, " (", name_of(pass.numerics), ") changes output ", quote(o.name),
            ": ", o.reason),
        cat("--disable-pass ", pass.name, " leaves it out; --rewrite-limit finds the rewrite")));
  }
}

}  // namespace corecast::api
