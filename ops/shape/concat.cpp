#include "ops/shape/concat.h"

#include "ops/detail/view.h"

namespace corecast::op {

namespace {

// Scalars join as vectors of one element.
Shape at_least_vector(Shape shape) {
  if (shape.empty()) shape.push_back(1);
  return shape;
}

Result<Shape> joined(const Concat& op, const std::vector<Shape>& shapes) {
  if (shapes.empty()) return infer_error("values is empty");
  Shape out = shapes[0];
  TRY(const std::int64_t axis, normalize_axis(op.axis, static_cast<std::int64_t>(out.size())));
  for (std::size_t k = 1; k < shapes.size(); ++k) {
    const Shape& s = shapes[k];
    if (s.size() != out.size())
      return infer_error("values[0] has rank ", out.size(), ", values[", k, "] ", s.size());
    for (std::size_t i = 0; i < s.size(); ++i) {
      if (static_cast<std::int64_t>(i) == axis && !op.interleave) {
        out[i] = out[i] + s[i];
        continue;
      }
      const auto d = merged(out[i], s[i]);
      if (!d) {
        return infer_error("values[0] ", ir::to_string(shapes[0]), " and values[", k, "] ",
                           ir::to_string(s), " differ in dimension ", i);
      }
      out[i] = *d;
    }
  }
  if (op.interleave) {
    Dim& d = out[static_cast<std::size_t>(axis)];
    d = d * Dim(static_cast<std::int64_t>(shapes.size()));
  }
  return out;
}

// Where element (outer, position, inner) of each value goes: value k writes blocks of `inner`
// elements.
struct Join {
  std::int64_t outer = 1, inner = 1, total = 0;
  std::vector<std::int64_t> lengths;
};

Join plan(const std::vector<std::vector<std::int64_t>>& dims, std::size_t axis) {
  Join j;
  for (std::size_t i = 0; i < dims[0].size(); ++i) {
    if (i != axis) (i < axis ? j.outer : j.inner) *= dims[0][i];
  }
  for (const auto& d : dims) j.lengths.push_back(d[axis]), j.total += d[axis];
  return j;
}

// copy(value, first source element, first destination element, count) for every contiguous run.
template <class Copy>
void for_each_run(const Join& j, bool interleave, const Copy& copy) {
  const auto n = static_cast<std::int64_t>(j.lengths.size());
  for (std::int64_t o = 0; o < j.outer; ++o) {
    std::int64_t start = 0;
    for (std::int64_t k = 0; k < n; ++k) {
      const std::int64_t length = j.lengths[static_cast<std::size_t>(k)];
      if (interleave) {
        for (std::int64_t i = 0; i < length; ++i) {
          copy(k, (o * length + i) * j.inner, (o * j.total + i * n + k) * j.inner, j.inner);
        }
      } else {
        copy(k, o * length * j.inner, (o * j.total + start) * j.inner, length * j.inner);
        start += length;
      }
    }
  }
}

Tensor join(const std::vector<const Tensor*>& values,
            const std::vector<std::vector<std::int64_t>>& dims, std::size_t axis, bool interleave,
            const std::vector<std::int64_t>& out_dims) {
  Tensor out = Tensor::empty(values[0]->dtype(), out_dims);
  const auto size = static_cast<std::size_t>(ir::bits_of(out.dtype()) / 8);
  auto* to = static_cast<std::byte*>(out.mutable_bytes());
  for_each_run(plan(dims, axis), interleave, [&](auto k, auto source, auto target, auto count) {
    if (count == 0) return;
    std::memcpy(to + static_cast<std::size_t>(target) * size,
                values[static_cast<std::size_t>(k)]->bytes().data() +
                    static_cast<std::size_t>(source) * size,
                static_cast<std::size_t>(count) * size);
  });
  return out;
}

Result<Types> infer_concat(const Concat& op, InferContext& c) {
  std::vector<Shape> shapes;
  for (const ValueId v : op.values) shapes.push_back(at_least_vector(c.shape(v)));
  TRY(Shape out, joined(op, shapes));
  return Types{Type(c.dtype(op.values[0]), std::move(out))};
}

Result<Tensors> eval_concat(const Concat& op, EvalContext& c) {
  std::vector<const Tensor*> values;
  std::vector<Shape> shapes;
  std::vector<std::vector<std::int64_t>> dims;
  for (const ValueId v : op.values) {
    values.push_back(&c.tensor(v));
    shapes.push_back(at_least_vector(ir::make_shape(values.back()->dims())));
    dims.push_back(ir::static_dims(shapes.back()));
  }
  TRY(const Shape out, joined(op, shapes));
  TRY(const std::int64_t axis, normalize_axis(op.axis, static_cast<std::int64_t>(out.size())));
  return Tensors{
      join(values, dims, static_cast<std::size_t>(axis), op.interleave, ir::static_dims(out))};
}

std::optional<Dims> known_concat(const Concat& op, const InferContext& c) {
  Dims out;
  std::vector<Dims> parts;
  std::vector<std::vector<std::int64_t>> dims;
  std::int64_t total = 0;
  for (const ValueId v : op.values) {
    auto part = c.known(v);
    const Shape shape = at_least_vector(c.shape(v));
    if (!part || !ir::is_static(shape)) return std::nullopt;
    total += static_cast<std::int64_t>(part->size());
    if (total > kKnownLimit) return std::nullopt;
    parts.push_back(std::move(*part));
    dims.push_back(ir::static_dims(shape));
  }
  const auto axis = normalize_axis(op.axis, static_cast<std::int64_t>(dims.at(0).size()));
  if (!axis) return std::nullopt;
  out.resize(static_cast<std::size_t>(total));
  for_each_run(plan(dims, static_cast<std::size_t>(*axis)), op.interleave,
               [&](auto k, auto source, auto target, auto count) {
                 for (std::int64_t i = 0; i < count; ++i) {
                   out[static_cast<std::size_t>(target + i)] =
                       parts[static_cast<std::size_t>(k)][static_cast<std::size_t>(source + i)];
                 }
               });
  return out;
}

// --- stack -----------------------------------------------------------------------------------

Result<Types> infer_stack(const Stack& op, InferContext& c) {
  if (op.values.empty()) return infer_error("values is empty");
  Shape out = c.shape(op.values[0]);
  TRY(const std::int64_t axis, normalize_axis(op.axis, static_cast<std::int64_t>(out.size()) + 1));
  for (std::size_t k = 1; k < op.values.size(); ++k) {
    const Shape& s = c.shape(op.values[k]);
    bool same = s.size() == out.size();
    for (std::size_t i = 0; same && i < s.size(); ++i) {
      const auto d = merged(out[i], s[i]);
      same = d.has_value();
      if (d) out[i] = *d;
    }
    if (!same)
      return infer_error("values[0] is ", ir::to_string(out), ", values[", k, "] ",
                         ir::to_string(s));
  }
  out.insert(out.begin() + axis, Dim(static_cast<std::int64_t>(op.values.size())));
  return Types{Type(c.dtype(op.values[0]), std::move(out))};
}

// A stack is a concat of values that have one more dimension, of size 1.
std::vector<std::int64_t> with_one(std::vector<std::int64_t> dims, std::int64_t axis) {
  dims.insert(dims.begin() + axis, 1);
  return dims;
}

Result<Tensors> eval_stack(const Stack& op, EvalContext& c) {
  std::vector<const Tensor*> values;
  std::vector<std::vector<std::int64_t>> dims;
  for (const ValueId v : op.values) {
    values.push_back(&c.tensor(v));
    if (values.back()->dims() != values[0]->dims())
      return eval_error("values have different shapes");
  }
  TRY(const std::int64_t axis, normalize_axis(op.axis, values[0]->rank() + 1));
  for (const Tensor* t : values) dims.push_back(with_one(t->dims(), axis));
  auto out = dims[0];
  out[static_cast<std::size_t>(axis)] = static_cast<std::int64_t>(values.size());
  return Tensors{join(values, dims, static_cast<std::size_t>(axis), false, out)};
}

std::optional<Dims> known_stack(const Stack& op, const InferContext& c) {
  Dims out;
  // Scalars, or vectors stacked as rows: the elements follow each other.
  const std::int64_t rank = c.rank(op.values[0]);
  if (rank > 0 && op.axis != 0 && op.axis != -rank - 1) return std::nullopt;
  for (const ValueId v : op.values) {
    const auto part = c.known(v);
    if (!part) return std::nullopt;
    out.insert(out.end(), part->begin(), part->end());
    if (static_cast<std::int64_t>(out.size()) > kKnownLimit) return std::nullopt;
  }
  return out;
}

}  // namespace

OpSchema concat_schema() {
  return make_schema<Concat>(
      {.name = "concat",
       .doc = "Joins tensors along a dimension: out.shape[axis] is the sum of theirs.",
       .mil = {"concat"},
       .traits = traits::selection(Walk::positions | Walk::sign),
       .bounds = bounds::of(&Concat::values),
       .cost = cost::of_results,
       .infer = infer_concat,
       .eval = eval_concat,
       .known = known_concat},
      operand<&Concat::values>("values", kAny,
                               "Tensors of one dtype, with equal sizes but along axis.")
          .grouped('T'),
      attr<&Concat::axis>("axis", "The dimension to join along; negative counts from the end."),
      attr<&Concat::interleave>(
          "interleave", "True: out[..., i * n + k, ...] = values[k][..., i, ...] for n values."));
}

OpSchema stack_schema() {
  return make_schema<Stack>(
      {.name = "stack",
       .doc = "Joins tensors of one shape along a new dimension.",
       .mil = {"stack"},
       .traits = traits::selection(Walk::positions),
       .bounds = bounds::of(&Stack::values),
       .cost = cost::of_results,
       .infer = infer_stack,
       .eval = eval_stack,
       .known = known_stack},
      operand<&Stack::values>("values", kAny, "Tensors of one dtype and shape.").grouped('T'),
      attr<&Stack::axis>("axis", "Place of the new dimension, in [-rank-1, rank]."));
}

}  // namespace corecast::op
