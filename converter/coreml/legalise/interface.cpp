// Types of inputs and outputs: Core ML's multi-arrays are f32, i32, and f16 from iOS 16 on, and
// have one dimension at least.
#include "base/strings.h"
#include "converter/coreml/legalise/narrow.h"
#include "converter/coreml/legalise/site.h"
#include "converter/coreml/rules.h"
#include "ops/shape/squeeze.h"

namespace corecast::coreml::legal {
namespace {

/// The multi-array type that stands for `d`.
DType feature_type(DType d, const ir::Feature& feature, const ops::Rules& rules) {
  if (feature.image) {
    const bool half = feature.image->color == ir::ImageInfo::Color::grayscale_f16;
    return half ? DType::f16 : d == DType::f16 ? DType::f32 : ir::is_floating(d) ? d : DType::f32;
  }
  if (d == DType::f32 || d == DType::i32 || d == DType::string) return d;
  if (d == DType::f16 && rules.may_have(mil::version_of(*feature_since(d)))) return d;
  return ir::is_floating(d) ? DType::f32 : DType::i32;
}

void note(const ir::Function& f, PassContext& context, const char* what, const std::string& name,
          DType was, DType is) {
  if (!context.diagnostics) return;
  Error e(Code::N3103,
          cat(name_of(was), " ", what, " ", quote(name), " is ", name_of(is), " outside"),
          "Core ML has no multi-arrays of that type");
  e.where.graph = f.name;
  context.diagnostics->note(std::move(e));
}

void note_scalar(const ir::Function& f, PassContext& context, const std::string& name) {
  if (!context.diagnostics) return;
  Error e(Code::N3105, cat("scalar input ", quote(name), " has the shape [1] outside"),
          "Core ML has no multi-arrays without dimensions");
  e.where.graph = f.name;
  context.diagnostics->note(std::move(e));
}

}  // namespace

bool legalise_interface(ir::Function& f, const ir::Registry& registry, const ops::Rules& rules,
                        PassContext& context) {
  bool changed = false;
  const std::vector<ValueId> args = f.block(f.entry()).args;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const Type type = f.type(args[i]);
    const DType outside = feature_type(type.dtype, f.inputs[i], rules);
    const bool scalar = type.rank() == 0 && outside != DType::string;
    if (!type.is_tensor() || (outside == type.dtype && !scalar)) continue;
    if (outside != type.dtype) note(f, context, "input", f.inputs[i].name, type.dtype, outside);
    if (scalar) note_scalar(f, context, f.inputs[i].name);
    const std::vector<ir::Use> uses = f.value(args[i]).uses;
    f.set_type(args[i], Type(outside, scalar ? Shape{1} : type.shape));
    if (!uses.empty()) {
      ir::Builder b(f, registry, {f.entry(), f.block(f.entry()).first});
      ValueId inside = args[i];
      if (scalar) inside = b.add(op::Squeeze{inside, Ints{0}});
      if (outside != type.dtype) inside = b.add(op::Cast{inside, type.dtype});
      redirect(f, uses, inside);
    }
    changed = true;
  }
  const std::vector<ValueId> results = f.block(f.entry()).results;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const Type type = f.type(results[i]);
    const DType outside = feature_type(type.dtype, f.outputs[i], rules);
    if (!type.is_tensor() || outside == type.dtype) continue;
    note(f, context, "output", f.outputs[i].name, type.dtype, outside);
    ir::Builder b(f, registry);
    const ValueId v = b.add(op::Cast{results[i], outside});
    f.set_block_result(f.entry(), i, v);
    changed = true;
  }
  return changed;
}

}  // namespace corecast::coreml::legal
