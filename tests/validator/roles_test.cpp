#include "validator/roles.h"

#include "tests/support/parsed.h"

namespace corecast::validator {
namespace {

using test::parsed;

/// Of the first input.
InputRole role(const std::string& text) {
  const ir::Module m = parsed(text);
  return role_of(m.main(), 0);
}

/// Scores [N,4,S] with something added, and a softmax.
std::string masked(const std::string& input, const std::string& ops, const std::string& mask) {
  return cat("func @main(", input, ", %s: f32[N,4,S]) {\n", ops, " %t = add(x=%s, y=", mask,
             ")\n %y = softmax(x=%t)\n return %y\n}");
}

}  // namespace

TEST_CASE("numbers that look something up stay below what there is") {
  const InputRole ids = role(
      "func @main(%ids: i32[N,4]) {\n %table = const splat<f32[5,2]: 1.0>\n"
      " %i = cast(x=%ids) {dtype=i32}\n %e = gather(x=%table, indices=%i)\n return %e\n}");
  CHECK(ids.role == Role::whole);
  CHECK(ids.below == ir::Dim(5));
  CHECK(ids.how == "whole numbers below 5, the rows of table \"table\"");
  const InputRole labels = role(
      "func @main(%t: i32[N,1], %x: f32[N,7]) {\n %p = softmax(x=%x)\n"
      " %y = gather_along_axis(x=%p, indices=%t) {axis=1}\n return %y\n}");
  CHECK(labels.below == ir::Dim(7));
  const InputRole classes = role(
      "func @main(%t: i32[N]) {\n %d = const dense<i32[]: 9>\n"
      " %y = one_hot(indices=%t, one_hot_vector_size=%d)\n return %y\n}");
  CHECK(classes.below == ir::Dim(9));
  const InputRole places = role(
      "func @main(%at: i32[2], %x: f32[T,3]) {\n"
      " %y = gather(x=%x, indices=%at) {axis=0}\n return %y\n}");
  CHECK(places.below == ir::Dim::symbol("T"));
}

TEST_CASE("masks are known by what is done with them, and by which of their values hides") {
  const std::string one = " %one = const dense<f32[]: 1.0>\n %big = const dense<f32[]: -10000.0>\n";
  const InputRole keeps = role(
      masked("%m: f32[N,1,S]", one + " %i = sub(x=%one, y=%m)\n %a = mul(x=%i, y=%big)\n", "%a"));
  CHECK(keeps.role == Role::mask);
  CHECK_FALSE(keeps.hides);
  const InputRole hides = role(masked("%m: f32[N,1,S]", one + " %a = mul(x=%m, y=%big)\n", "%a"));
  CHECK(hides.role == Role::mask);
  CHECK(hides.hides);
  CHECK(role(masked("%attention_mask: f32[N,1,S]", "", "%attention_mask")).role ==
        Role::added_mask);
  const std::string select =
      "func @main(%padding: bool[N,S], %x: f32[N,S]) {\n %big = const dense<f32[]: -1e9>\n ";
  const InputRole padding =
      role(select + "%w = select(cond=%padding, a=%big, b=%x)\n %y = softmax(x=%w)\n return %y\n}");
  CHECK(padding.role == Role::mask);
  CHECK(padding.hides);
  const InputRole valid =
      role(select + "%w = select(cond=%padding, a=%x, b=%big)\n %y = softmax(x=%w)\n return %y\n}");
  CHECK_FALSE(valid.hides);
  // A scalar is a switch; masking by it would hide all or nothing.
  CHECK(role("func @main(%use: bool[], %x: f32[2]) {\n %y = select(cond=%use, a=%x, b=%x)\n"
             " return %y\n}")
            .role == Role::on);
}

TEST_CASE("states, pictures, sounds, lengths, choices") {
  const std::string lstm =
      " %i = const splat<f32[64,12]: 1.0>\n %r = const splat<f32[64,16]: 1.0>\n"
      " %y, %yh, %yc = lstm(x=%x, initial_h=%q, initial_c=%q, weight_ih=%i, weight_hh=%r)\n"
      " return %y\n}";
  CHECK(role("func @main(%q: f32[N,16], %x: f32[T,N,12]) {\n" + lstm).role == Role::state);
  const std::string conv =
      " %w = const splat<f32[8,3,3,3]: 1.0>\n %y = conv(x=%x, weight=%w)\n return %y\n}";
  const InputRole picture = role("func @main(%x: f32[N,3,H,W]) {\n" + conv);
  CHECK(picture.role == Role::picture);
  CHECK(picture.top == 1);
  const InputRole bytes = role(
      "func @main(%b: f32[N,3,H,W]) {\n %s = const dense<f32[]: 0.003921569>\n"
      " %x = mul(x=%b, y=%s)\n" +
      conv);
  CHECK(bytes.top == 255);
  const InputRole sound = role(
      "func @main(%pcm: f32[N,T]) {\n %u = expand_dims(x=%pcm) {axes=[1]}\n"
      " %w = const splat<f32[8,1,16]: 1.0>\n %y = conv(x=%u, weight=%w)\n return %y\n}");
  CHECK(sound.role == Role::audio);
  const InputRole length = role(
      "func @main(%l: i32[N,1], %x: f32[N,4]) {\n %r = const dense<i32[4]: 0, 1, 2, 3>\n"
      " %m = less(x=%r, y=%l)\n %f = cast(x=%m) {dtype=f32}\n %y = mul(x=%x, y=%f)\n"
      " return %y\n}");
  CHECK(length.role == Role::length);
  CHECK(length.below == ir::Dim(4));
  const InputRole rate = role(
      "func @main(%q: i32[]) {\n %a = const dense<i32[]: 8000>\n %b = const dense<i32[]: 16000>\n"
      " %x = equal(x=%q, y=%a)\n %y = equal(x=%q, y=%b)\n return %x, %y\n}");
  CHECK(rate.role == Role::one_of);
  CHECK(rate.choices == std::vector<double>{16000});
  const auto named = [](const char* name) {
    return role(cat("func @main(%", name, ": f32[3]) {\n %y = relu(x=%", name, ")\n return %y\n}"));
  };
  CHECK(named("scales").role == Role::share);
  CHECK(named("timestep").below == ir::Dim(1000));
  CHECK(named("other").role == Role::normal);
  CHECK(role("func @main(%x: f32[N,3]) {\n %y = relu(x=%x)\n return %y\n}").role == Role::normal);
}

}  // namespace corecast::validator
