// lstm, gru and rnn against their rooms. Recurrent weights are scaled down: a state that doubles a
// difference at every step would compare roundings, not kernels.
#include "tests/executor/agreement.h"

using namespace corecast::test;

namespace {

const std::vector<AgreementCase> kCases = {
    {"lstm, one way",
     R"(func @main(%x: f32[S,B,I], %h: f32[B,H], %c: f32[B,H], %w: f32[4*H,I], %r0: f32[4*H,H], %b: f32[4*H], %p: f32[3*H]) {
  %scale = const dense<f32[1]: 0.15>
  %r = mul(x=%r0, y=%scale)
  %a, %ah, %ac = lstm(x=%x, initial_h=%h, initial_c=%c, weight_ih=%w, weight_hh=%r, bias=%b) {output_sequence=true}
  %d, %dh, %dc = lstm(x=%x, initial_h=%h, initial_c=%c, weight_ih=%w, weight_hh=%r, peephole=%p) {direction="reverse", output_sequence=true, clip=0.5}
  %k = const dense<f32[1]: 0.05>
  %wk = mul(x=%w, y=%k)
  %rk = mul(x=%r, y=%k)
  %e, %eh, %ec = lstm(x=%x, initial_h=%ah, initial_c=%ac, weight_ih=%wk, weight_hh=%rk, bias=%b) {direction="reverse", recurrent_activation="hard_sigmoid", cell_activation="relu", activation="linear"}
  return %a, %ah, %ac, %d, %dh, %dc, %e, %eh, %ec
})",
     0,
     {{"H", {1, 40}}}},
    {"lstm, both ways",
     R"(func @main(%x: f32[S,B,I], %h: f32[B,2*H], %c: f32[B,2*H], %w: f32[4*H,I], %r0: f32[4*H,H], %v: f32[4*H,I], %q0: f32[4*H,H], %b: f32[4*H], %p: f32[3*H]) {
  %scale = const dense<f32[1]: 0.15>
  %r = mul(x=%r0, y=%scale)
  %q = mul(x=%q0, y=%scale)
  %a, %ah, %ac = lstm(x=%x, initial_h=%h, initial_c=%c, weight_ih=%w, weight_hh=%r, bias_back=%b, weight_ih_back=%v, weight_hh_back=%q, peephole_back=%p) {direction="bidirectional", output_sequence=true}
  %d, %dh, %dc = lstm(x=%x, initial_h=%h, initial_c=%c, weight_ih=%w, weight_hh=%r, bias=%b, weight_ih_back=%v, weight_hh_back=%q) {direction="bidirectional"}
  return %a, %ah, %ac, %d, %dh, %dc
})",
     0,
     {{"H", {1, 40}}}},
    {"lstm with constant weights", R"(func @main(%x: f32[S,B,5], %h: f32[B,24], %c: f32[B,24]) {
  %w = const seq<f32[96,5]: -1, 0.004>
  %r = const seq<f32[96,24]: 0.3, -0.0003>
  %b = const seq<f32[96]: -1, 0.02>
  %a, %ah, %ac = lstm(x=%x, initial_h=%h, initial_c=%c, weight_ih=%w, weight_hh=%r, bias=%b) {output_sequence=true}
  %d, %dh, %dc = lstm(x=%x, initial_h=%ah, initial_c=%ac, weight_ih=%w, weight_hh=%r, bias=%b)
  return %a, %d, %dh, %dc
})"},
    {"gru",
     R"(func @main(%x: f32[S,B,I], %h: f32[B,H], %w: f32[3*H,I], %r0: f32[3*H,H], %b: f32[3*H], %d: f32[3*H]) {
  %scale = const dense<f32[1]: 0.15>
  %r = mul(x=%r0, y=%scale)
  %a, %ah = gru(x=%x, initial_h=%h, weight_ih=%w, weight_hh=%r, bias=%b, input_bias=%d) {output_sequence=true}
  %c, %ch = gru(x=%x, initial_h=%h, weight_ih=%w, weight_hh=%r, bias=%b, input_bias=%d) {output_sequence=true, direction="reverse", reset_after=true}
  %k = const dense<f32[1]: 0.05>
  %rk = mul(x=%r, y=%k)
  %e, %eh = gru(x=%x, initial_h=%ch, weight_ih=%w, weight_hh=%rk) {activation="relu", recurrent_activation="hard_sigmoid"}
  return %a, %ah, %c, %ch, %e, %eh
})",
     0,
     {{"H", {1, 40}}}},
    {"gru with constant weights", R"(func @main(%x: f32[S,B,6], %h: f32[B,20]) {
  %w = const seq<f32[60,6]: -1, 0.005>
  %r = const seq<f32[60,20]: 0.3, -0.0005>
  %b = const seq<f32[60]: -1, 0.03>
  %a, %ah = gru(x=%x, initial_h=%h, weight_ih=%w, weight_hh=%r, bias=%b) {output_sequence=true}
  %c, %ch = gru(x=%x, initial_h=%ah, weight_ih=%w, weight_hh=%r, input_bias=%b) {reset_after=true}
  return %a, %c, %ch
})"},
    {"rnn",
     R"(func @main(%x: f32[S,B,I], %h: f32[B,H], %w: f32[H,I], %r0: f32[H,H], %b: f32[H]) {
  %scale = const dense<f32[1]: 0.15>
  %r = mul(x=%r0, y=%scale)
  %a, %ah = rnn(x=%x, initial_h=%h, weight_ih=%w, weight_hh=%r, bias=%b) {output_sequence=true}
  %c, %ch = rnn(x=%x, initial_h=%h, weight_ih=%w, weight_hh=%r) {direction="reverse", activation="sigmoid"}
  return %a, %ah, %c, %ch
})",
     0,
     {{"H", {1, 40}}}},
};

}  // namespace

TEST_CASE("recurrent layers agree with their rooms") { check_agreement(kCases); }
