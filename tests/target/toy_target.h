// A second target, as small as one can be: a made-up machine whose programs are JSON. It computes
// with f32 and i32, knows a dozen ops under names of its own, takes four dimensions at most, and
// its second version added erf. docs/add_a_target.md walks through it.
#pragma once

#include <string>

#include "ir/module.h"
#include "ops/rules.h"
#include "passes/pipeline.h"

namespace corecast::toy {

/// Versions: "toy1", "toy2".
const ops::RuleTable& rules();
/// The passes of this project, and the toy's legalise.
const passes::PassList& passes();

/// A legalised module of one function with constant sizes, as JSON.
std::string write(const ir::Module& module);
/// The module that `text` stands for. CHECKs that it was written by `write`.
ir::Module read(const std::string& text);

}  // namespace corecast::toy
