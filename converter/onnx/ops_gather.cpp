// Elements picked and written by index.
#include "converter/emit/indices.h"
#include "converter/onnx/rows.h"
#include "ops/creation/one_hot.h"
#include "ops/elementwise/cast.h"
#include "ops/indexing/gather.h"
#include "ops/indexing/non_zero.h"
#include "ops/indexing/scatter.h"
#include "ops/shape/reshape.h"
#include "ops/shape/squeeze.h"
#include "ops/shape/transpose.h"

namespace corecast::onnx {
namespace {

std::string scatter_mode(OnnxNode& n) {
  const std::string reduction = n.text("reduction", "none");
  if (reduction == "none") return "update";
  if (reduction != "add" && reduction != "mul" && reduction != "min" && reduction != "max") {
    n.fail("reduction is ", quote(reduction));
  }
  return reduction;
}

}  // namespace

Values gather(OnnxNode& n) {
  op::Gather g{};
  g.x = n.input(0);
  g.indices = n.input(1);
  g.axis = n.integer("axis", 0);
  g.wraps = !emit::never_negative(n, g.indices);
  return {n.add(g)};
}

Values gather_elements(OnnxNode& n) {
  op::GatherAlongAxis g{};
  g.x = n.input(0);
  g.axis = n.integer("axis", 0);
  g.indices = n.input(1);
  g.wraps = !emit::never_negative(n, g.indices);
  return {n.add(g)};
}

Values gather_nd(OnnxNode& n) {
  op::GatherNd g{};
  g.x = n.input(0);
  g.batch_dims = n.integer("batch_dims", 0);
  g.indices = n.input(1);
  g.wraps = !emit::never_negative(n, g.indices);
  return {n.add(g)};
}

Values scatter_elements(OnnxNode& n) {
  op::ScatterAlongAxis s{};
  s.data = n.input(0);
  s.axis = n.integer("axis", 0);
  s.indices = n.input(1);
  s.wraps = !emit::never_negative(n, s.indices);
  s.updates = n.input(2);
  s.mode = scatter_mode(n);
  return {n.add(s)};
}

Values scatter_nd(OnnxNode& n) {
  op::ScatterNd s{};
  s.data = n.input(0);
  s.indices = n.input(1);
  s.wraps = !emit::never_negative(n, s.indices);
  s.updates = n.input(2);
  s.mode = scatter_mode(n);
  return {n.add(s)};
}

// ONNX gives [rank, count], MIL [count, rank].
Values non_zero(OnnxNode& n) {
  const ValueId found = n.add(op::NonZero{n.input(0)});
  return {n.add(op::Cast{n.add(op::Transpose{found, {1, 0}}), DType::i64})};
}

// The slices along an axis, or the elements, where the condition holds.
Values compress(OnnxNode& n) {
  ValueId x = n.input(0);
  const ValueId condition = n.input(1);
  std::int64_t axis = 0;
  if (n.has_attr("axis"))
    axis = n.integer("axis", 0);
  else
    x = n.add(op::Reshape{x, n.ints({-1})});
  const ValueId found = n.add(op::NonZero{condition});
  const ValueId places = n.add(op::Squeeze{found, std::vector<std::int64_t>{1}});
  return {n.add(op::Gather{.x = x, .indices = places, .axis = axis})};
}

Values one_hot(OnnxNode& n) {
  const ValueId indices = n.input(0);
  const auto depth = static_cast<std::int64_t>(n.need_scalar(n.input(1), "depth"));
  const ValueId values = n.input(2);
  if (n.failed()) return {};
  op::OneHot o{};
  o.indices = n.cast(indices, DType::i32);
  o.wraps = !emit::never_negative(n, o.indices);
  o.one_hot_vector_size = n.int_scalar(depth);
  o.axis = n.integer("axis", -1);
  const auto element = [&](std::int64_t i) {
    return n.add(op::Gather{.x = values, .indices = n.int_scalar(i), .axis = 0});
  };
  o.off_value = element(0);
  o.on_value = element(1);
  return {n.add(o)};
}

}  // namespace corecast::onnx
