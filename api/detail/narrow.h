// --precision auto: fp16 wherever it holds.
#pragma once

#include "api/convert.h"
#include "base/shared_pool.h"
#include "passes/pipeline.h"

namespace corecast::api {

enum class Cast : unsigned char { to_try, to_keep };
/// Runs passes on a module with the options of a conversion; what is only tried is not told.
using RunPasses = std::function<Status(ir::Module&, const passes::Pipeline&, Cast)>;

/// Turns `module`, which is ready to be cast, to fp16 and runs it beside itself in fp32. Where the
/// outputs are too far off, the ops that cause it stay in fp32, the smallest set that helps. What
/// cannot be run is cast by the rules alone (passes/precision), and the report says why.
/// Errors: those of the passes; E5104.
Result<PrecisionReport> narrow(ir::Module& module, const ConvertOptions& options,
                               const passes::PassContext& context, SharedPool pool,
                               const RunPasses& run);

}  // namespace corecast::api
