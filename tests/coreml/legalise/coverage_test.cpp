// Every op has a form in MIL of every target, or an expansion, or stands in the list below.
#include <map>
#include <string>

#include "converter/coreml/legalise/legalise.h"
#include "converter/coreml/rules.h"
#include "ops/ops.h"
#include "tests/support/catch.h"

using namespace corecast;
using ir::OpKind;

namespace {

/// Ops and parameters that older targets cannot express, and why.
const std::map<std::string, const char*, std::less<>> kTooNew = {
    {"read_state", "nothing keeps tensors between calls"},
    {"write_state", "nothing keeps tensors between calls"},
    {"non_maximum_suppression", "the older op drops boxes by score and lists them otherwise"},
    {"crop_resize_ios15.pad_value", "the older op reads zeros outside the image"},
    {"reduce_argmax.output_dtype", "narrowed to i32, which is the default"},
    {"reduce_argmin.output_dtype", "narrowed to i32, which is the default"},
};

}  // namespace

TEST_CASE("every op can be expressed, or is known not to be") {
  for (const ir::OpSchema& schema : ops::registry().all()) {
    INFO(schema.name);
    const bool expands = coreml::has_expansion(schema.kind);
    const ops::OpRule& rule = coreml::rules().row(schema.kind);
    if (rule.name.empty()) {
      CHECK(expands);
      continue;
    }
    const bool compressed = schema.traits.constexpr_op;  // becomes a constant
    const bool listed = kTooNew.contains(schema.name);
    if (rule.since > ops::kAlways) CHECK((expands || compressed || listed));
    CHECK_FALSE((expands && listed));
    // Parameters that MIL lacks, or got later, need an expansion too.
    for (const ir::AttrSpec& attr : schema.attrs) {
      INFO(attr.name);
      const ops::Version since = rule.parameter(attr.name).since;
      if (since == ops::kNever) {
        CHECK(expands);
        continue;
      }
      const bool known = kTooNew.contains(std::string(schema.name) + "." + std::string(attr.name));
      if (since > rule.since) CHECK((expands || known));
    }
  }
}
