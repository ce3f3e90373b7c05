// Products of tensors, attention and recurrent layers against what they are mapped to.
#include "converter/coreml/legalise/legalise.h"
#include "tests/passes/equivalence.h"

using namespace corecast;
using namespace corecast::test;
using mil::Target;

namespace {

const CompareOptions kFinite{
    .tolerance = 2e-5, .edges = false, .symbols = {{"N", 2}, {"L", 3}, {"S", 4}}};

PassedModule same(const std::string& text, std::string_view gone,
                  std::optional<Target> target = {}) {
  INFO(text);
  PassedModule m = run_pass(coreml::legalise_pass(), text, target);
  compare(m, kFinite);
  INFO(m.text());
  if (!gone.empty()) CHECK_FALSE(m.has(gone));
  return m;
}
std::string einsum(std::string_view equation, std::initializer_list<std::string_view> types) {
  std::string arguments, values;
  int i = 0;
  for (const auto type : types) {
    const std::string name = cat("%v", i++);
    arguments += cat(arguments.empty() ? "" : ", ", name, ": ", type);
    values += cat(values.empty() ? "" : ", ", name);
  }
  return cat("func @main(", arguments, ") {\n %y = einsum(values=(", values, ")) {equation=\"",
             equation, "\"}\n return %y\n}");
}

}  // namespace

TEST_CASE("einsum as products of matrices") {
  same(einsum("ij,jk->ik", {"f32[2,3]", "f32[3,4]"}), "einsum");
  same(einsum("ij,jk", {"f32[2,3]", "f32[3,4]"}), "einsum");
  same(einsum("bhld,bhsd->bhls", {"f32[2,2,L,4]", "f32[2,2,S,4]"}), "einsum");
  same(einsum("bld,bsd->bls", {"f32[N,L,4]", "f32[N,S,4]"}), "einsum");
  same(einsum("i,j->ij", {"f32[3]", "f32[4]"}), "einsum");
  same(einsum("i,i->", {"f32[3]", "f32[3]"}), "einsum");
  same(einsum("ij->ji", {"f32[2,3]"}), "einsum");
  same(einsum("ij->j", {"f32[2,3]"}), "einsum");
  same(einsum("ii->i", {"f32[3,3]"}), "einsum");
  same(einsum("ii", {"f32[3,3]"}), "einsum");
  same(einsum("iij,j->i", {"f32[3,3,2]", "f32[2]"}), "einsum");
  same(einsum("ij,jk,kl->il", {"f32[2,3]", "f32[3,4]", "f32[4,5]"}), "einsum");
  same(einsum("abcd,cdef->abef", {"f32[2,3,2,4]", "f32[2,4,3,2]"}), "einsum");
  same(einsum("...ij,...jk->...ik", {"f32[2,3,2,4]", "f32[3,4,5]"}), "einsum");
  same(einsum("...d,d->...", {"f32[2,3,4]", "f32[4]"}), "einsum");
  same(einsum("bij,bjk->bik", {"f32[1,2,3]", "f32[4,3,5]"}), "einsum");
  same(einsum("ij,jk->ik", {"i32[2,3]", "i32[3,4]"}), "einsum");
  same(einsum("abc,abc->abc", {"f32[2,3,4]", "f32[2,3,4]"}), "einsum");
  same(einsum("abcde,ae->bcd", {"f32[2,3,2,2,4]", "f32[2,4]"}), "einsum");
  same(einsum("ab,cd->abcd", {"f32[2,3]", "f32[4,5]"}), "einsum");
}

TEST_CASE("einsum that MIL has") {
  CHECK(same(einsum("nchw,nwhu->nchu", {"f32[2,3,4,5]", "f32[2,5,4,6]"}), "").has("einsum"));
  CHECK(same(einsum("chw,whr->chr", {"f32[3,4,5]", "f32[5,4,6]"}), "").has("einsum"));
  const auto m = same(einsum("bkhc,bchq->bkhq", {"f32[2,3,4,5]", "f32[2,5,4,6]"}), "");
  CHECK(m.text().find("nchw,nwhu->nchu") != std::string::npos);
  CHECK(same(einsum("bchq,bkhc->bkhq", {"f32[2,5,4,6]", "f32[2,3,4,5]"}), "").has("einsum"));
}

TEST_CASE("vectors, and weights computed at run time") {
  same("func @main(%x: f32[3], %y: f32[3,4]) {\n %z = matmul(x=%x, y=%y)\n return %z\n}", "");
  same("func @main(%x: f32[2,5,3], %y: f32[3]) {\n %z = matmul(x=%x, y=%y)\n return %z\n}", "");
  same("func @main(%x: f32[3], %y: f32[3]) {\n %z = matmul(x=%x, y=%y)\n return %z\n}", "");
  same("func @main(%x: f32[3], %y: f32[2,3,4]) {\n %z = matmul(x=%x, y=%y)\n return %z\n}", "");
  same(
      "func @main(%x: f32[2,3], %w: f32[4,3], %b: f32[4]) {\n %z = linear(x=%x, weight=%w, "
      "bias=%b)\n return %z\n}",
      "linear");
  const auto m = same(
      "func @main(%x: f32[2,3], %b: f32[4]) {\n %w = const seq<f32[4,3]: -1, 0.25>\n %z = "
      "linear(x=%x, weight=%w, bias=%b)\n return %z\n}",
      "");
  CHECK((m.has("linear") && m.has("add")));
}

TEST_CASE("attention") {
  const auto attention = [](std::string_view mask, std::string_view attrs, bool dynamic) {
    const char* q = dynamic ? "f32[N,2,L,8]" : "f32[2,2,3,8]";
    const char* k = dynamic ? "f32[N,2,S,8]" : "f32[2,2,4,8]";
    const char* v = dynamic ? "f32[N,2,S,5]" : "f32[2,2,4,5]";
    return cat("func @main(%q: ", q, ", %k: ", k, ", %v: ", v, mask.empty() ? "" : ", %m: ", mask,
               ") {\n %y = scaled_dot_product_attention(query=%q, key=%k, value=%v",
               mask.empty() ? "" : ", attn_mask=%m", ") {", attrs, "}\n return %y\n}");
  };
  for (const bool dynamic : {false, true}) {
    for (const char* attrs : {"", "scale=0.3", "is_causal=true", "is_causal=true, scale=1.0"}) {
      for (const char* mask : {"", "f32[3,4]", "f32[2,1,3,4]", "f32[3,1]"}) {
        if (dynamic && *mask) continue;
        same(attention(mask, attrs, dynamic), "scaled_dot_product_attention", Target::ios17);
        const auto m = same(attention(mask, attrs, dynamic), "", Target::ios18);
        CHECK(m.text().find("scale=") == std::string::npos);
        CHECK(m.text().find("is_causal") == std::string::npos);
        CHECK(m.has("scaled_dot_product_attention") == (std::string_view(mask) != "f32[3,1]"));
      }
    }
  }
  // bool masks: a query that sees nothing gives NaN on both sides.
  same(attention("bool[2,1,3,4]", "", false), "scaled_dot_product_attention", Target::ios16);
  same(attention("bool[3,4]", "is_causal=true", false), "scaled_dot_product_attention",
       Target::ios15);
  same(attention("bool[3,4]", "is_causal=true", false), "", Target::ios18);
}

TEST_CASE("gru with a bias on each side") {
  const auto gru = [](std::string_view x, std::string_view h, std::string_view attrs) {
    return cat("func @main(%x: ", x, ", %h: ", h,
               ") {\n %w = const seq<f32[12,3]: -0.5, 0.03>\n %r = const seq<f32[12,4]: 0.7, "
               "-0.03>\n %b = const seq<f32[12]: 0.1, 0.05>\n %c = const seq<f32[12]: -0.2, "
               "0.02>\n %y, %z = gru(x=%x, initial_h=%h, weight_ih=%w, weight_hh=%r, bias=%b, "
               "input_bias=%c) {",
               attrs, "}\n return %y, %z\n}");
  };
  for (const char* direction : {"forward", "reverse"}) {
    for (const bool sequence : {false, true}) {
      const auto attrs =
          cat("direction=\"", direction, "\", output_sequence=", sequence ? "true" : "false",
              ", reset_after=true");
      CHECK_FALSE(same(gru("f32[5,2,3]", "f32[2,4]", attrs), "gru").has("while_loop"));
      CHECK(same(gru("f32[L,2,3]", "f32[2,4]", attrs), "gru").has("while_loop"));
      CHECK(same(gru("f32[40,N,3]", "f32[N,4]", attrs), "gru").has("while_loop"));
    }
  }
  same(gru("f32[5,2,3]", "f32[2,4]",
           "reset_after=true, recurrent_activation=\"hard_sigmoid\", activation=\"relu\""),
       "gru");
  const auto m = same(gru("f32[5,2,3]", "f32[2,4]", "output_sequence=true"), "", Target::ios15);
  CHECK((m.has("gru") && m.text().find("input_bias") == std::string::npos));
}

TEST_CASE("recurrent layers in f16 before iOS 17") {
  const auto layer = [](std::string_view op, std::string_view states, std::string_view results,
                        int rows) {
    return cat("func @main(%x: f16[5,2,3], %h: f16[2,4]) {\n %w = const seq<f16[", rows,
               ",3]: -0.5, 0.03125>\n %r = const seq<f16[", rows, ",4]: 0.5, -0.03125>\n ", results,
               " = ", op, "(x=%x, ", states,
               ", weight_ih=%w, weight_hh=%r) {output_sequence=true}\n ", "return %y, %z\n}");
  };
  struct Row {
    std::string_view op, states, results;
    int rows;
  };
  for (const Row& row :
       {Row{"lstm", "initial_h=%h, initial_c=%h", "%y, %z, %c", 16},
        Row{"gru", "initial_h=%h", "%y, %z", 12}, Row{"rnn", "initial_h=%h", "%y, %z", 4}}) {
    const auto text = layer(row.op, row.states, row.results, row.rows);
    const auto old = run_pass(coreml::legalise_pass(), text, Target::ios16);
    compare(old, {.tolerance = 2e-3, .edges = false});
    CHECK(old.text().find("f32[5,2,4]") != std::string::npos);
    CHECK(old.text().find("const seq<f16") == std::string::npos);
    const auto now = run_pass(coreml::legalise_pass(), text, Target::ios17);
    CHECK(now.text() == ir::print(now.before));
  }
}
