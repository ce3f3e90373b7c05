#include "ops/linear/attention.h"

#include <limits>

#include "ops/elements.h"

namespace corecast::op {

namespace {

using Attention = ScaledDotProductAttention;

Result<Types> infer(const Attention& op, InferContext& c) {
  const Shape &q = c.shape(op.query), &k = c.shape(op.key), &v = c.shape(op.value);
  const std::size_t r = q.size();
  if (r < 3 || k.size() != r || v.size() != r) {
    return infer_error("query, key and value have ranks ", r, ", ", k.size(), ", ", v.size(),
                       "; equal ones of at least 3 are needed");
  }
  for (std::size_t i = 0; i + 2 < r; ++i) {
    if (!must_equal(q[i], k[i]) || !must_equal(q[i], v[i])) {
      return infer_error("query ", ir::to_string(q), ", key ", ir::to_string(k), " and value ",
                         ir::to_string(v), " differ in batch axis ", i);
    }
  }
  if (!must_equal(q[r - 1], k[r - 1])) {
    return infer_error("query ", ir::to_string(q), " and key ", ir::to_string(k),
                       " differ in the last axis");
  }
  if (!must_equal(k[r - 2], v[r - 2])) {
    return infer_error("key ", ir::to_string(k), " and value ", ir::to_string(v),
                       " differ in length");
  }
  if (op.attn_mask) {
    Shape scores(q.begin(), q.end() - 1);
    scores.push_back(k[r - 2]);
    const auto merged = ir::broadcast(c.shape(op.attn_mask), scores);
    bool fits = merged && merged->size() == r;
    for (std::size_t i = 0; fits && i < r; ++i) fits = must_equal((*merged)[i], scores[i]);
    if (!fits) {
      return infer_error("attn_mask ", ir::to_string(c.shape(op.attn_mask)),
                         " does not broadcast to ", ir::to_string(scores));
    }
  }
  Shape out(q.begin(), q.end() - 1);
  out.push_back(v[r - 1]);
  return Types{Type(c.dtype(op.query), std::move(out))};
}

Result<Tensors> eval(const Attention& op, EvalContext& c) {
  const Tensor &q = c.tensor(op.query), &k = c.tensor(op.key), &v = c.tensor(op.value);
  const Tensor* mask = op.attn_mask ? &c.tensor(op.attn_mask) : nullptr;
  const std::size_t r = q.dims().size();
  const std::int64_t length = q.dims()[r - 2], keys = k.dims()[r - 2], width = q.dims()[r - 1];
  const std::int64_t values = v.dims()[r - 1];
  const double scale = op.scale.value_or(1 / std::sqrt(static_cast<double>(width)));
  std::vector<std::int64_t> rows(q.dims().begin(), q.dims().end() - 1);  // every query
  std::vector<std::int64_t> scores_dims = rows;
  scores_dims.push_back(keys);
  const auto mask_strides =
      mask != nullptr ? broadcast_strides(mask->dims(), scores_dims) : std::vector<std::int64_t>();
  Tensor out = c.output();
  std::vector<double> weight(static_cast<std::size_t>(keys));
  std::int64_t row = 0;
  for_each_index(rows, [&](const auto& index) {
    const std::int64_t i = index.back(), batch = row / length;
    double most = -std::numeric_limits<double>::infinity(), sum = 0;
    for (std::int64_t j = 0; j < keys; ++j) {
      double score = 0;
      for (std::int64_t e = 0; e < width; ++e)
        score += q.at(row * width + e) * k.at((batch * keys + j) * width + e);
      score *= scale;
      if (mask != nullptr) {
        std::int64_t at = j * mask_strides.back();
        for (std::size_t d = 0; d < index.size(); ++d) at += index[d] * mask_strides[d];
        if (mask->dtype() != DType::boolean)
          score += mask->at(at);
        else if (mask->at(at) == 0)
          score = -std::numeric_limits<double>::infinity();
      }
      if (op.is_causal && j > i) score = -std::numeric_limits<double>::infinity();
      weight[static_cast<std::size_t>(j)] = score;
      most = std::max(most, score);
    }
    for (auto& w : weight) sum += w = std::exp(w - most);
    for (std::int64_t e = 0; e < values; ++e) {
      double total = 0;
      for (std::int64_t j = 0; j < keys; ++j)
        total += weight[static_cast<std::size_t>(j)] * v.at((batch * keys + j) * values + e);
      out.set(row * values + e, total / sum);
    }
    ++row;
  });
  return Tensors{std::move(out)};
}

Dim multiply_adds(const Attention& op, const CostContext& c) {
  const Shape& key = c.shape(op.key);
  const Dim& keys = key[key.size() - 2];
  return c.count(op.query) * keys + c.result_count() * keys;
}

}  // namespace

OpSchema scaled_dot_product_attention_schema() {
  return make_schema<Attention>(
      {.name = "scaled_dot_product_attention",
       .doc = "softmax(query key^T * scale + attn_mask) value, over the last two axes.",
       .mil = {.name = "scaled_dot_product_attention", .since = Target::ios18},
       .traits = traits::products(Overflow::never),
       .bounds = bounds::of(&Attention::value),
       .cost = cost::products(multiply_adds),
       .infer = infer,
       .eval = eval},
      operand<&Attention::query>("query", kFloats, "[B, ..., L, E].").grouped('T'),
      operand<&Attention::key>("key", kFloats, "[B, ..., S, E].").grouped('T'),
      operand<&Attention::value>("value", kFloats, "[B, ..., S, V].").grouped('T'),
      optional_operand<&Attention::attn_mask>(
          "attn_mask", kFloats | kBool,
          "Broadcasts to [B, ..., L, S]: false hides, a number is added."),
      attr<&Attention::scale>("scale", "Unset: 1 / sqrt(E).").not_in_mil(),
      attr<&Attention::is_causal>("is_causal", "Query i sees keys 0 ... i only.").not_in_mil());
}

}  // namespace corecast::op
