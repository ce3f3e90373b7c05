#include "compress/form/coded_form.h"

#include "compress/encode.h"
#include "compress/recipe/recipe.h"
#include "converter/coreml/rules.h"
#include "ops/ops.h"
#include "ops/quantization/constexpr_affine_dequantize.h"
#include "ops/quantization/constexpr_cast.h"
#include "tests/compress/made_up_weight.h"
#include "tests/support/catch.h"

namespace corecast::compress {
namespace {

/// Schemes as in a recipe, and how their forms are told.
const std::pair<const char*, const char*> kSchemes[] = {
    {R"({"name": "palettize", "bits": 4})", "palettised to 4 bits"},
    {R"({"name": "palettize", "bits": 3, "granularity": "group:16"})", "palettised to 3 bits"},
    {R"({"name": "palettize", "bits": 4, "scale": "block:16"})", "palettised to 4 bits"},
    {R"({"name": "palettize", "bits": 4, "vector": 2})", "palettised to 4 bits"},
    {R"({"name": "quantize", "dtype": "int8"})", "quantised to 8 bits"},
    {R"({"name": "quantize", "dtype": "uint8", "symmetric": false})", "quantised to 8 bits"},
    {R"({"name": "quantize", "dtype": "int4", "granularity": "block:16"})", "quantised to 4 bits"},
    {R"({"name": "prune", "ratio": 0.5})", "pruned"},
    {R"([{"name": "prune", "ratio": 0.5}, {"name": "palettize", "bits": 4}])",
     "pruned, palettised to 4 bits"},
    {R"([{"name": "prune", "ratio": 0.5}, {"name": "quantize", "dtype": "int8"}])",
     "pruned, quantised to 8 bits"},
};

Encoded encoded(const std::string& scheme, ThreadPool& pool) {
  const auto recipe = parse_recipe(R"({"rules": [{"scheme": )" + scheme + "}]}");
  REQUIRE(recipe);
  const Weight w = weight_of({64, 32}, 0, 1);
  const auto loaded = LoadedWeight::read(noise(w), pool);
  REQUIRE(loaded);
  auto e = encode(*loaded, w, recipe->rules[0].scheme, {}, pool);
  REQUIRE(e);
  return std::move(*e);
}

bool same_part(const std::optional<CodedPart>& a, const std::optional<CodedPart>& b) {
  if (!a || !b) return !a && !b;
  return a->tensor && b->tensor && a->tensor->identical(*b->tensor);
}

}  // namespace

TEST_CASE("coded form: what is written reads back as it was, in the older and the newer spelling") {
  ThreadPool pool(1);
  for (const auto& [scheme, text] : kSchemes) {
    for (const auto target : {mil::Target::ios16, mil::Target::ios18}) {
      INFO(scheme << " " << name_of(target));
      const CodedForm form = encoded(scheme, pool).form;
      ir::Function f;
      ir::Builder b(f, ops::registry());
      const ir::ValueId v = write_form(b, form, coreml::rules_for(target), "w");
      const auto back = read_form(f, v);
      REQUIRE(back);
      CHECK(back->text() == text);
      CHECK(back->dims == form.dims);
      CHECK(back->dtype == form.dtype);
      CHECK(back->bits == form.bits);
      CHECK(back->vector_axis == form.vector_axis);
      CHECK(same_part(back->codes, form.codes));
      CHECK(same_part(back->mask, form.mask));
      CHECK(same_part(back->table, form.table));
      CHECK(same_part(back->scale, form.scale));
      if (form.offset) CHECK(same_part(back->offset, form.offset));
      CHECK(form.stored_bytes() <= coded_bytes(f, v));
    }
  }
}

TEST_CASE("coded form: codes are left out where a mask says so, and nowhere else") {
  ThreadPool pool(1);
  const CodedForm pruned = encoded(R"({"name": "prune", "ratio": 0.5})", pool).form;
  const Mask mask = *pruned.mask_alone();
  for (const auto& [scheme, text] : kSchemes) {
    INFO(scheme);
    ir::Function f;
    ir::Builder b(f, ops::registry());
    const ir::ValueId whole = write_form(b, encoded(scheme, pool).form, {}, "w");
    const CodedForm form = *read_form(f, whole);
    const auto less = without_codes(form, mask, "w", pool);
    // Pruned already, tables of vectors, scales behind tables: no ops say it.
    REQUIRE(less.has_value() == !(form.mask || form.vector_axis || (form.table && form.scale)));
    if (!less) continue;
    const ir::Tensor all = *dense_value(f, whole);
    const ir::Tensor some = *dense_value(f, write_form(b, *less, {}, "w"));
    for (std::int64_t i = 0; i < all.count(); ++i) {
      const auto bits = mask.bits->bytes()[static_cast<std::size_t>(i / 8)];
      const bool kept = (std::to_integer<int>(bits) >> (i % 8) & 1) != 0;
      REQUIRE(some.at(i) == (kept ? all.at(i) : 0.0));
    }
  }
}

TEST_CASE("coded form: zero points that differ from the scales in shape") {
  ThreadPool pool(1);
  for (const int zero : {0, 3}) {
    ir::Function f;
    ir::Builder b(f, ops::registry());
    const auto data = b.constant(ir::Tensor::zeros(ir::DType::i8, {64, 32}));
    const auto scale = b.constant(ir::Tensor::splat(ir::DType::f16, {64}, 0.5));
    const auto point = b.constant(ir::Tensor::splat(ir::DType::i8, {}, zero));
    const auto v = b.add(op::ConstexprAffineDequantize{data, point, scale, 0}, "w");
    const CodedForm form = *read_form(f, v);
    CHECK(form.text() == "quantised to 8 bits");
    CHECK(form.scale->tensor->dims() == std::vector<std::int64_t>{64, 1});
    CHECK(form.offset.has_value() == (zero != 0));
    const Mask mask = *encoded(R"({"name": "prune", "ratio": 0.5})", pool).form.mask_alone();
    CHECK(without_codes(form, mask, "w", pool).has_value() == (zero == 0));
  }
}

TEST_CASE("coded form: a constant has none, and a cast has one without codes") {
  ir::Function f;
  ir::Builder b(f, ops::registry());
  const auto half = b.constant(ir::Tensor::zeros(ir::DType::f16, {4, 4}));
  CHECK_FALSE(read_form(f, half));
  const auto form = read_form(f, b.add(op::ConstexprCast{half}));
  REQUIRE(form);
  CHECK(form->text() == "stored in a narrower type");
}

}  // namespace corecast::compress
