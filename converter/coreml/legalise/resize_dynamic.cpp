#include "converter/coreml/legalise/resize_dynamic.h"

#include "ops/creation/range_1d.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/elementwise_unary.h"
#include "ops/image/source_line.h"
#include "ops/indexing/gather.h"
#include "ops/shape/shape.h"

namespace corecast::coreml::legal {
namespace {

/// Arithmetic of f32 values.
struct Floats {
  Site& s;
  ValueId number(double v) { return s.builder.scalar(DType::f32, v); }
  ValueId add(ValueId a, ValueId b) { return s.add(op::Add{a, b}); }
  ValueId sub(ValueId a, ValueId b) { return s.add(op::Sub{a, b}); }
  ValueId mul(ValueId a, ValueId b) { return s.add(op::Mul{a, b}); }
  ValueId div(ValueId a, ValueId b) { return s.add(op::RealDiv{a, b}); }
  ValueId floor(ValueId a) { return s.add(op::Floor{a}); }
};

/// Element `i` of a vector, as a scalar.
ValueId element(Site& s, ValueId vector, std::int64_t i) {
  return s.add(op::Gather{vector, s.builder.int_scalar(i), 0});
}

/// A scale whose fraction has larger parts is left to floats.
constexpr std::int64_t kMostParts = 64;

struct Sizes {
  ValueId in, out;    ///< scalars, f32
  ValueId out_whole;  ///< i32
  ValueId scale;      ///< f32
};

Sizes sizes_of(Site& s, const op::ResizeNd& o, ValueId x, const ResizeAxis& a) {
  Floats f{s};
  Sizes r;
  const auto entry = static_cast<std::int64_t>(a.entry);
  r.in = a.in.is_constant() ? f.number(static_cast<double>(a.in.value()))
                            : s.cast(element(s, s.add(op::ShapeOf{x}), a.axis), DType::f32);
  if (o.scales) {
    r.scale = a.scale ? f.number(static_cast<double>(*a.scale))
                      : s.cast(element(s, o.scales, entry), DType::f32);
    r.out_whole = s.cast(f.floor(f.mul(r.in, r.scale)), DType::i32);
    r.out = s.cast(r.out_whole, DType::f32);
  } else {
    r.out_whole = s.cast(element(s, o.sizes, entry), DType::i32);
    r.out = s.cast(r.out_whole, DType::f32);
    r.scale = f.div(r.out, r.in);
  }
  return r;
}

/// The coordinate of each output element, f32[out]; empty for modes that are not handled.
ValueId coordinates(Site& s, const op::ResizeNd& o, const Sizes& z) {
  Floats f{s};
  const std::string& mode = o.coordinate_transformation_mode;
  const auto i =
      s.cast(s.add(op::Range1d{z.out_whole, s.builder.int_scalar(0), s.builder.int_scalar(1)}),
             DType::f32);
  const auto half = f.number(0.5), one = f.number(1);
  if (mode == "asymmetric") return f.div(i, z.scale);
  if (mode == "align_corners") {
    // One element: anything but 0/0 will do, as i is 0.
    const auto steps = s.add(op::Maximum{f.sub(z.out, one), one});
    return f.div(f.mul(i, f.sub(z.in, one)), steps);
  }
  const auto center = f.div(f.add(i, half), z.scale);
  if (mode == "tf_half_pixel_for_nn") return center;
  if (mode == "half_pixel") return f.sub(center, half);
  if (mode == "pytorch_half_pixel") {
    const auto several = s.add(op::Greater{z.out, one});
    return f.mul(f.sub(center, half), s.cast(several, DType::f32));
  }
  if (mode == "half_pixel_symmetric") {
    const auto unused = f.sub(one, f.div(z.out, f.mul(z.scale, z.in)));
    return f.sub(f.add(f.mul(f.div(z.in, f.number(2)), unused), center), half);
  }
  return {};
}

ValueId rounded(Site& s, const std::string& mode, ValueId x) {
  Floats f{s};
  if (mode == "floor") return f.floor(x);
  if (mode == "ceil") return s.add(op::Ceil{x});
  if (mode == "round_prefer_ceil") return f.floor(f.add(x, f.number(0.5)));
  return s.add(op::Ceil{f.sub(x, f.number(0.5))});
}

/// Whole numbers known at run time, as the formulas of ops/image/source_line.h want them.
struct Whole {
  Site* s;
  ValueId v;
  ValueId number(std::int64_t n) const { return s->builder.int_scalar(n); }
  friend Whole operator+(Whole a, Whole b) { return {a.s, a.s->add(op::Add{a.v, b.v})}; }
  friend Whole operator-(Whole a, Whole b) { return {a.s, a.s->add(op::Sub{a.v, b.v})}; }
  friend Whole operator*(Whole a, Whole b) { return {a.s, a.s->add(op::Mul{a.v, b.v})}; }
  friend Whole operator-(Whole a, std::int64_t n) { return a - Whole{a.s, a.number(n)}; }
  friend Whole operator*(Whole a, std::int64_t n) {
    return n == 1 ? a : a * Whole{a.s, a.number(n)};
  }
  friend Whole least_one(Whole a) { return {a.s, a.s->add(op::Maximum{a.v, a.number(1)})}; }
};

/// The element that each output element is, i32[out], in whole numbers; empty where these could
/// leave 32 bits whatever the sizes are, or there is no formula.
ValueId exact_source(Site& s, const op::ResizeNd& o, const Sizes& z, const ResizeAxis& a) {
  auto whole = [&](ValueId v) { return Whole{&s, s.cast(v, DType::i32)}; };
  auto number = [&](std::int64_t n) { return Whole{&s, s.builder.int_scalar(n)}; };
  const Whole in = whole(z.in), out = whole(z.out_whole);
  op::Factor<Whole> scale{out, in};
  if (o.scales) {
    const auto fraction = a.scale ? op::small_fraction(*a.scale) : std::nullopt;
    if (!fraction || fraction->over > kMostParts || fraction->under > kMostParts) return {};
    scale = {number(fraction->over), number(fraction->under)};
  }
  const std::string& mode = o.coordinate_transformation_mode;
  const auto line = op::source_line<Whole>(mode, in, out, scale);
  if (!line) return {};
  const auto r = op::rounding<Whole>(o.nearest_mode, line->per);
  const Whole i{&s, s.add(op::Range1d{out.v, s.builder.int_scalar(0), s.builder.int_scalar(1)})};
  const Whole above = (line->step * i + line->start) * r.factor + r.addend;
  ValueId at = s.add(op::FloorDiv{above.v, (line->per * r.factor).v});
  if (mode == "pytorch_half_pixel")
    at = s.add(op::Mul{at, s.cast(s.add(op::Greater{out.v, number(1).v}), DType::i32)});
  const auto last = in - 1;
  return s.add(op::Minimum{s.add(op::Maximum{at, number(0).v}), last.v});
}

/// Whether the formulas stay within 32 bits, bool[]: their largest term is 4 * in * out, or the
/// parts of the scale in their place.
ValueId is_within_ints(Site& s, const op::ResizeNd& o, const Sizes& z) {
  Floats f{s};
  constexpr double limit = 1 << 28;
  const auto parts =
      o.scales ? f.number(static_cast<double>(kMostParts)) : s.add(op::Maximum{z.in, z.out});
  return s.add(op::Less{f.mul(s.add(op::Maximum{z.in, z.out}), parts), f.number(limit)});
}

}  // namespace

ValueId resize_at_run_time(Site& s, const op::ResizeNd& o, ValueId x, const ResizeAxis& a) {
  const bool nearest = o.mode == "nearest";
  if (!nearest && !is_plain_linear(o, a)) return {};
  if (o.coordinate_transformation_mode == "tf_crop_and_resize") return {};
  Floats f{s};
  const Sizes z = sizes_of(s, o, x, a);
  const ValueId at = coordinates(s, o, z);
  if (!at) return {};
  const auto zero = f.number(0), last = f.sub(z.in, f.number(1));
  auto inside = [&](ValueId v) { return s.add(op::Minimum{s.add(op::Maximum{v, zero}), last}); };
  auto pick = [&](ValueId index) {
    return s.add(op::Gather{x, s.cast(index, DType::i32), a.axis});
  };
  if (nearest) {
    const ValueId near = s.cast(inside(rounded(s, o.nearest_mode, at)), DType::i32);
    const ValueId exact = exact_source(s, o, z, a);
    return pick(exact ? s.select(is_within_ints(s, o, z), exact, near) : near);
  }
  const auto place = inside(at);
  const auto below = f.floor(place);
  ValueId share = s.cast(f.sub(place, below), s.dtype(x));
  const std::int64_t behind = s.rank(x) - 1 - a.axis;
  if (behind > 0) {
    Ints to(static_cast<std::size_t>(behind + 1), 1);
    to[0] = -1;
    share = s.reshape(share, to);
  }
  const auto low = pick(below), high = pick(inside(f.add(below, f.number(1))));
  return s.add(op::Add{low, s.add(op::Mul{s.add(op::Sub{high, low}), share})});
}

}  // namespace corecast::coreml::legal
