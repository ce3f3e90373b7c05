#include "api/inspect.h"

#include <algorithm>
#include <set>

#include "base/strings.h"
#include "ir/text_names.h"
#include "ops/conv/conv.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/elementwise_binary.h"
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

/// The only op that reads `v`; empty where there are several, or a result does.
ir::OpId only_reader(const ir::Function& f, ir::ValueId v) {
  const auto& uses = f.value(v).uses;
  return uses.size() == 1 ? uses[0].op : ir::OpId();
}

/// `op`'s constant operand as one number, or one for each channel of an image [1,C,H,W], when its
/// other operand is `v`.
template <class Op>
std::optional<std::vector<double>> per_channel(const ir::Function& f, ir::OpId o, ir::ValueId v,
                                               std::int64_t channels) {
  const auto op = f.get_if<Op>(o);
  if (!op) return std::nullopt;
  const ir::Tensor* t = f.constant(op->x == v ? op->y : op->x);
  if (!t) return std::nullopt;
  const auto& dims = t->dims();
  const bool by_channel = dims.size() >= 3 && dims.size() <= 4 && t->count() == channels &&
                          dims[dims.size() - 3] == channels;
  if (t->count() != 1 && !by_channel) return std::nullopt;
  return t->to_doubles();
}

FeatureInfo feature_of(const ir::Function& f, const ir::Feature& feature, const ir::Type& type) {
  FeatureInfo info;
  info.name = feature.name;
  info.dtype = ir::name_of(type.dtype);
  info.shape = ir::to_string(type.shape);
  info.enumerated = feature.enumerated;
  info.default_shape = feature.default_shape;
  info.optional = feature.optional;
  if (feature.image) info.image = ImageFacts{std::string(ir::color_name(feature.image->color)), {}};
  for (const ir::Dim& dim : type.shape) {
    for (const auto& symbol : dim.symbols()) {
      const auto range = f.symbols.find(symbol);
      if (range != f.symbols.end()) info.ranges[symbol] = range->second;
    }
  }
  return info;
}

/// What stands behind type and shape: "  batch 1..8  image bgr, pixel * 0.0078 + -1  optional".
std::string remarks(const FeatureInfo& f) {
  std::string out;
  if (f.enumerated.empty()) {
    for (const auto& [symbol, range] : f.ranges)
      out += cat("  ", symbol, " ", range.lo, "..", range.hi < 0 ? "" : cat(range.hi));
  } else {
    std::vector<std::string> shapes;
    for (const auto& dims : f.enumerated) shapes.push_back(cat("[", join(dims, ","), "]"));
    out += cat("  one of ", join(shapes, " "));
  }
  const auto numbers = [](const std::vector<double>& v) {
    return v.size() == 1 ? cat(v[0]) : cat("(", join(v, " "), ")");
  };
  if (f.image)
    out += cat("  image ", f.image->color, ", pixel * ", numbers(f.image->pixels.scale), " + ",
               numbers(f.image->pixels.bias));
  if (f.optional) out += "  optional";
  return out;
}

void interface_of(const ir::Module& m, const ir::Function& f, Inspection& r) {
  const auto& entry = f.block(f.entry());
  for (std::size_t i = 0; i < entry.args.size(); ++i) {
    const ir::Type& type = f.type(entry.args[i]);
    FeatureInfo info = feature_of(f, f.inputs[i], type);
    if (info.image) info.image->pixels = pixel_map(f, i);
    (type.kind == ir::TypeKind::state ? r.states : r.inputs).push_back(std::move(info));
  }
  for (std::size_t i = 0; i < entry.results.size(); ++i)
    r.outputs.push_back(feature_of(f, f.outputs[i], f.type(entry.results[i])));
  if (m.class_labels)
    r.classifier = Classifier{m.class_labels->output, m.class_labels->labels.size()};
}

}  // namespace

PixelMap pixel_map(const ir::Function& f, std::size_t input) {
  PixelMap map;
  ir::ValueId v = f.block(f.entry()).args[input];
  const auto& shape = f.type(v).shape;
  const std::int64_t channels = shape.size() == 4 ? shape[1].constant().value_or(0) : 0;
  bool scaled = false;
  for (ir::OpId o = only_reader(f, v); o; o = only_reader(f, v)) {
    if (const auto scale = per_channel<op::Mul>(f, o, v, channels); scale && !scaled) {
      map.scale = *scale;
      scaled = true;
    } else if (const auto bias = per_channel<op::Add>(f, o, v, channels)) {
      map.bias = *bias;
      break;
    } else if (!f.is(o, op::Cast::kind) || !ir::is_floating(f.type(f.op(o).results[0]).dtype)) {
      break;
    }
    v = f.op(o).results[0];
  }
  return map;
}

Inspection inspect(const Model& model) {
  Inspection r;
  const ir::Function& f = model.module.main();
  r.path = model.path;
  r.format = model.format;
  r.function = f.name;
  for (const ir::Function& each : model.module.functions) r.functions.push_back(each.name);
  interface_of(model.module, f, r);
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
    for (const auto& f : list) out += cat("  ", f.name, "  ", f.dtype, f.shape, remarks(f), "\n");
  };
  features("inputs", r.inputs);
  features("outputs", r.outputs);
  if (!r.states.empty()) features("states", r.states);
  if (r.classifier)
    out +=
        cat("classifier  output ", r.classifier->output, ", ", r.classifier->labels, " labels\n");
  if (r.functions.size() > 1) out += cat("functions  ", join(r.functions), "\n");
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
