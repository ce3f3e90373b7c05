#include "executor/cpu/kernels/conv.h"

#include "executor/cpu/kernels/layout.h"
#include "tests/executor/random_data.h"

using namespace corecast;
using namespace corecast::cpu;
using namespace corecast::test;

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

void set_outputs(ConvShape& s) {
  for (int i = 0; i < 3; ++i)
    s.out[i] =
        (s.in[i] + s.before[i] + s.after[i] - (s.kernel[i] - 1) * s.dilation[i] - 1) / s.stride[i] +
        1;
}

/// Calls visit(output index, input index, weight index) for every product of the convolution.
template <class Visit>
void for_products(const ConvShape& s, const Visit& visit) {
  const std::int64_t ic = s.c / s.groups, oc = s.oc / s.groups;
  for (std::int64_t n = 0; n < s.n; ++n)
    for (std::int64_t o = 0; o < s.oc; ++o)
      for (std::int64_t p = 0; p < s.out_area(); ++p)
        for (std::int64_t c = 0; c < ic; ++c)
          for (std::int64_t t = 0; t < s.taps(); ++t) {
            const std::int64_t out[3] = {p / (s.out[1] * s.out[2]), p / s.out[2] % s.out[1],
                                         p % s.out[2]};
            const std::int64_t tap[3] = {t / (s.kernel[1] * s.kernel[2]),
                                         t / s.kernel[2] % s.kernel[1], t % s.kernel[2]};
            std::int64_t in = 0;
            bool inside = true;
            for (int i = 0; i < 3; ++i) {
              const std::int64_t x = out[i] * s.stride[i] - s.before[i] + tap[i] * s.dilation[i];
              inside = inside && x >= 0 && x < s.in[i];
              in = in * s.in[i] + x;
            }
            if (!inside) continue;
            visit((n * s.oc + o) * s.out_area() + p, (n * s.c + o / oc * ic + c) * s.in_area() + in,
                  (o * ic + c) * s.taps() + t);
          }
}

void check(ThreadPool& pool, const ConvShape& s, Random& random) {
  INFO("n " << s.n << " c " << s.c << " oc " << s.oc << " groups " << s.groups << " in " << s.in[0]
            << " " << s.in[1] << " " << s.in[2] << " kernel " << s.kernel[0] << " " << s.kernel[1]
            << " " << s.kernel[2] << " stride " << s.stride[1] << " " << s.stride[2] << " dilation "
            << s.dilation[1] << " " << s.dilation[2] << " before " << s.before[1] << " "
            << s.before[2] << " after " << s.after[1] << " " << s.after[2]);
  const auto x = random.floats(s.n * s.c * s.in_area());
  const auto w = random.floats(s.oc * (s.c / s.groups) * s.taps());
  const auto bias = random.floats(s.oc);
  const std::int64_t count = s.n * s.oc * s.out_area();
  const auto residual = random.floats(count);
  std::vector<double> want(at(count));
  for (std::int64_t i = 0; i < count; ++i)
    want[at(i)] = static_cast<double>(bias[at(i / s.out_area() % s.oc)]) +
                  static_cast<double>(residual[at(i)]);
  for_products(s, [&](std::int64_t o, std::int64_t i, std::int64_t k) {
    want[at(o)] += static_cast<double>(x[at(i)]) * static_cast<double>(w[at(k)]);
  });
  for (double& v : want) v = std::max(v, 0.0);

  const std::vector<std::int64_t> in_dims{s.n, s.c, s.in[0], s.in[1], s.in[2]};
  const std::vector<std::int64_t> out_dims{s.n, s.oc, s.out[0], s.out[1], s.out[2]};
  const PackedConv packed = pack_conv(pool, s, w.data(), bias.data());
  Buffer workspace(conv_workspace(s));
  Buffer xb(blocked_count(in_dims)), yb(blocked_count(out_dims)), rb(blocked_count(out_dims));
  std::vector<float> y(at(count));
  Epilogue e;
  e.lo = 0;
  const bool blocked_in = packed.kind == ConvKind::direct || packed.kind == ConvKind::depthwise;
  if (blocked_in) block(pool, x.data(), in_dims, xb.data());
  if (packed.kind == ConvKind::general) {
    e.residual = residual.data();
    conv(pool, s, x.data(), packed, y.data(), workspace.data(), e);
  } else {
    block(pool, residual.data(), out_dims, rb.data());
    e.residual = rb.data();
    conv(pool, s, blocked_in ? xb.data() : x.data(), packed, yb.data(), workspace.data(), e);
    unblock(pool, yb.data(), out_dims, y.data());
  }
  CHECK(worst_error(y, want, count) < 1e-4);
}

}  // namespace

TEST_CASE("conv: every kind against a naive loop") {
  const unsigned seed = fresh_seed();
  CAPTURE(seed);
  ThreadPool pool(2);
  for_each_isa([&] {
    Random random(seed);
    for (int round = 0; round < 60; ++round) {
      ConvShape s;
      s.n = random.in(1, 2);
      const int kind = round % 6;
      s.c = kind == 0 ? random.in(1, 4) : random.in(1, 40);
      s.oc = random.in(1, 50);
      if (kind == 2) s.groups = s.oc = s.c;              // depthwise
      if (kind == 3) s.groups = 2, s.c = 32, s.oc = 64;  // grouped, whole blocks
      if (kind == 4) s.groups = 3, s.c = 6, s.oc = 9;    // grouped, odd
      for (int i = 1; i < 3; ++i) {
        s.in[i] = random.in(1, 17);
        s.dilation[i] = random.in(1, 3) == 3 ? 2 : 1;
        s.before[i] = random.in(0, 2);
        s.after[i] = random.in(0, 2);
        s.stride[i] = random.in(1, 2);
        const std::int64_t room = (s.in[i] + s.before[i] + s.after[i] - 1) / s.dilation[i] + 1;
        s.kernel[i] = random.in(1, std::min<std::int64_t>(5, room));
      }
      if (kind == 5) {  // three spatial dims
        s.in[0] = random.in(2, 4);
        s.kernel[0] = 2;
        s.before[0] = 1;
      }
      set_outputs(s);
      check(pool, s, random);
    }
    ConvShape point;  // 1x1: rows of pixels are joined
    point.c = 48;
    point.oc = 70;
    point.in[1] = 9;
    point.in[2] = 11;
    set_outputs(point);
    check(pool, point, random);
  });
}

TEST_CASE("conv_transpose: the adjoint") {
  const unsigned seed = fresh_seed();
  CAPTURE(seed);
  ThreadPool pool(2);
  for_each_isa([&] {
    Random random(seed);
    for (int round = 0; round < 20; ++round) {
      ConvShape s;  // as conv_transpose wants it; `forward` is the convolution it is adjoint to
      s.n = random.in(1, 2);
      s.groups = random.in(1, 2);
      s.c = s.groups * random.in(1, 9);
      s.oc = s.groups * random.in(1, 9);
      for (int i = 1; i < 3; ++i) {
        s.in[i] = random.in(1, 7);
        s.kernel[i] = random.in(1, 4);
        s.stride[i] = random.in(1, 3);
        s.dilation[i] = random.in(1, 2);
        s.before[i] = random.in(0, 1);
        const std::int64_t full =
            (s.in[i] - 1) * s.stride[i] + (s.kernel[i] - 1) * s.dilation[i] + 1;
        s.out[i] = std::max<std::int64_t>(1, full - s.before[i] + random.in(-1, 1));
      }
      const auto x = random.floats(s.n * s.c * s.in_area());
      const auto w = random.floats(s.c * (s.oc / s.groups) * s.taps());
      const auto bias = random.floats(s.oc);
      const std::int64_t count = s.n * s.oc * s.out_area();
      std::vector<double> want(at(count));
      for (std::int64_t i = 0; i < count; ++i)
        want[at(i)] = static_cast<double>(bias[at(i / s.out_area() % s.oc)]);
      ConvShape forward = s;
      std::swap(forward.c, forward.oc);
      for (int i = 0; i < 3; ++i) std::swap(forward.in[i], forward.out[i]);
      for_products(forward, [&](std::int64_t o, std::int64_t i, std::int64_t k) {
        want[at(i)] += static_cast<double>(x[at(o)]) * static_cast<double>(w[at(k)]);
      });
      std::vector<float> y(at(count));
      conv_transpose(pool, s, x.data(), w.data(), bias.data(), y.data());
      CHECK(worst_error(y, want, count) < 1e-4);
    }
  });
}
