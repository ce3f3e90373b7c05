#include "api/inspect.h"

#include <algorithm>
#include <set>

#include "base/strings.h"
#include "ops/conv/conv.h"
#include "ops/linear/linear.h"
#include "ops/linear/matmul.h"

namespace corecast::api {
namespace {

// Multiply-adds of one op where its sizes are numbers. What is reported is what convolutions,
// linear layers and matrix products need.
std::optional<std::int64_t> macs_of(const ir::Function& f, ir::OpId o) {
  const bool counts =
      f.is(o, op::Conv::kind) || f.is(o, op::Linear::kind) || f.is(o, op::Matmul::kind);
  const auto cost = counts ? ir::cost_of(f, o) : ir::Cost();
  return cost ? cost->multiply_adds.constant() : std::nullopt;
}

std::string bytes_text(std::int64_t bytes) {
  if (bytes < 10240) return cat(bytes, " B");
  const char* units[] = {"KiB", "MiB", "GiB"};
  double v = static_cast<double>(bytes) / 1024;
  int u = 0;
  while (v >= 10240 / 10 && u < 2) v /= 1024, ++u;
  return cat(static_cast<std::int64_t>(v * 10 + 0.5) / 10, ".",
             static_cast<std::int64_t>(v * 10 + 0.5) % 10, " ", units[u]);
}

}  // namespace

Inspection inspect(const Model& model) {
  Inspection r;
  const ir::Function& f = model.module.main();
  r.path = model.path;
  r.format = model.format;
  r.function = f.name;
  const auto feature = [&](const std::string& name, ir::ValueId v) {
    return FeatureInfo{name, std::string(ir::name_of(f.type(v).dtype)),
                       ir::to_string(f.type(v).shape)};
  };
  const auto& entry = f.block(f.entry());
  for (std::size_t i = 0; i < entry.args.size(); ++i)
    r.inputs.push_back(feature(f.inputs[i].name, entry.args[i]));
  for (std::size_t i = 0; i < entry.results.size(); ++i)
    r.outputs.push_back(feature(f.outputs[i].name, entry.results[i]));
  std::set<ir::ValueId> constants;
  std::int64_t macs = 0;
  bool all_known = true;
  ir::for_each_op(f, [&](ir::OpId o) {
    const auto& op = f.op(o);
    ++r.ops[std::string(op.schema->name)];
    for (const ir::ValueId v : op.operands) {
      if (f.is_constant(v) && constants.insert(v).second) {
        const ir::Tensor& t = *f.constant(v);
        r.weight_bytes[op.schema->traits.constexpr_op ? std::string(op.schema->name)
                                                      : std::string(ir::name_of(t.dtype()))] +=
            static_cast<std::int64_t>(t.byte_size());
        if (t.count() > 16) r.parameters += t.count();
      }
    }
    const auto m = macs_of(f, o);
    all_known = all_known && m.has_value();
    macs += m.value_or(0);
  });
  if (all_known) r.macs = macs;
  if (model.format == kPackageFormat && !f.opset.empty()) r.target = f.opset;
  r.metadata = model.module.metadata.user;
  return r;
}

std::string to_text(const Inspection& r) {
  std::string out = cat(r.path, ": ", r.format, ", function ", r.function, "\n");
  const auto features = [&](const char* title, const std::vector<FeatureInfo>& list) {
    out += cat(title, "\n");
    for (const auto& f : list) out += cat("  ", f.name, "  ", f.dtype, f.shape, "\n");
  };
  features("inputs", r.inputs);
  features("outputs", r.outputs);
  std::int64_t total = 0;
  std::vector<std::pair<std::int64_t, std::string>> sorted;
  for (const auto& [name, count] : r.ops) {
    total += count;
    sorted.emplace_back(-count, name);
  }
  std::sort(sorted.begin(), sorted.end());
  out += cat("ops  ", total, "\n");
  for (const auto& [count, name] : sorted) out += cat("  ", -count, "  ", name, "\n");
  out += cat("weights  ", r.parameters, " parameters\n");
  for (const auto& [name, bytes] : r.weight_bytes)
    out += cat("  ", name, "  ", bytes_text(bytes), "\n");
  if (r.macs) out += cat("multiply-adds  ", *r.macs, "\n");
  if (r.target) out += cat("lowest target  ", *r.target, "\n");
  return out;
}

}  // namespace corecast::api
