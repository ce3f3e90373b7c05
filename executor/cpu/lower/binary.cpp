// Elementwise functions of two tensors, comparisons and select.

#include "executor/cpu/kernels/buffer.h"
#include "executor/cpu/lower/lower.h"
#include "ops/activation/activation.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/select.h"

namespace corecast::executor {

using cpu::Binary;
using cpu::Broadcast;
using ir::DType;
using ir::OpKind;
using ir::ValueId;

bool whole_blocks(const Dims& dims) { return dims[1] % cpu::kernels().width == 0; }

namespace {

std::optional<Binary> binary_of(OpKind kind) {
  switch (kind) {
    case OpKind::Add: return Binary::add;
    case OpKind::Maximum: return Binary::max;
    case OpKind::Minimum: return Binary::min;
    case OpKind::Mod: return Binary::mod;
    case OpKind::Mul: return Binary::mul;
    case OpKind::Pow: return Binary::pow;
    case OpKind::RealDiv: return Binary::div;
    case OpKind::Sub: return Binary::sub;
    default: return std::nullopt;
  }
}

/// Shapes that merge to "one value per channel of the other": [n, c, 1, 1] or [c, 1, 1] or [1, c,
/// 1, 1].
bool is_per_channel(const Dims& d, const Dims& x) {
  if (d.size() + 1 < x.size() || d.size() > x.size()) return false;
  const std::size_t lead = x.size() - d.size();
  for (std::size_t i = 2; i < x.size(); ++i)
    if (d[i - lead] != 1) return false;
  if (d[1 - lead] != x[1]) return false;
  return lead == 1 || d[0] == 1 || d[0] == x[0];
}

/// x (blocked) op one number per (image,) channel, for mul and add: a depthwise 1 x 1 window.
bool lower_per_channel(Lowering& l, Binary op, ValueId x, ValueId s) {
  const Dims dims = l.dims(x), per = l.dims(s);
  const std::int64_t w = cpu::kernels().width;
  const std::int64_t blocks = cpu::ceil_div(dims[1], w);
  const std::int64_t area = product(dims, 2);
  const bool per_image = per.size() == dims.size() && per[0] == dims[0] && dims[0] > 1;
  const bool from_blocked = per.size() == dims.size() && l.is_blocked(s);
  const SlotId a = l.blocked(x), b = from_blocked ? l.blocked(s) : l.plain(s);
  const SlotId padded =
      l.workspace((from_blocked ? 0 : blocks * w * (per_image ? dims[0] : 1)) * 4 + 256);
  const SlotId y = l.make(l.result(), Layout::blocked);
  return l.step(
      "per_channel", {a, b}, {y, padded},
      [=](Frame& f) {
        const float* numbers = f.f32(b);
        float* ones = f.f32(padded);
        for (std::int64_t i = 0; i < w; ++i) ones[i] = 1;
        if (!from_blocked) {
          float* to = ones + 64;
          for (std::int64_t n = 0; n < (per_image ? dims[0] : 1); ++n)
            for (std::int64_t c = 0; c < blocks * w; ++c)
              to[n * blocks * w + c] = c < dims[1] ? numbers[n * dims[1] + c] : 0.f;
          numbers = to;
        }
        const std::int64_t grain = std::max<std::int64_t>(1, cpu::kElementGrain / (area * w + 1));
        f.pool().parallel_for(dims[0] * blocks, grain, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i) {
            const float* v = numbers + (per_image ? i : i % blocks) * w;
            cpu::WindowArgs t;
            t.x = f.f32(a) + i * area * w;
            t.y = f.f32(y) + i * area * w;
            t.x_pixel = w;
            t.kh = t.kw = 1;
            t.pixels = area;
            t.w = op == Binary::mul ? v : ones;
            t.bias = op == Binary::mul ? nullptr : v;
            t.lo = cpu::Epilogue{}.lo;
            t.hi = cpu::Epilogue{}.hi;
            cpu::kernels().depthwise(t);
          }
        });
        return Status();
      },
      a);
}

bool lower_blocked(Lowering& l, Binary op, ValueId x, ValueId y) {
  const Dims out = l.dims(l.result());
  const Dims dx = l.dims(x), dy = l.dims(y);
  const bool keeps_zero_finite = op == Binary::add || op == Binary::sub || op == Binary::mul ||
                                 op == Binary::max || op == Binary::min;
  if (!keeps_zero_finite && !whole_blocks(out)) return false;
  const bool commutes = op == Binary::add || op == Binary::mul;
  if (dx == dy) {
    if (!l.is_blocked(x) && !l.is_blocked(y)) return false;
    const SlotId a = l.blocked(x), b = l.blocked(y);
    const SlotId r = l.make(l.result(), Layout::blocked);
    const Dims flat{l.slot_bytes(r) / 4};
    return l.step(
        "binary", {a, b}, {r},
        [=, shape = Broadcast(flat, {flat, flat})](Frame& f) {
          cpu::binary(f.pool(), op, shape, f.f32(a), f.f32(b), f.f32(r));
          return Status();
        },
        a);
  }
  if (dx == out && l.is_blocked(x)) {
    if (product(dy) == 1) {
      const SlotId a = l.blocked(x), b = l.plain(y);
      const SlotId r = l.make(l.result(), Layout::blocked);
      const Dims flat{l.slot_bytes(r) / 4};
      return l.step(
          "binary", {a, b}, {r},
          [=, shape = Broadcast(flat, {flat, {1}})](Frame& f) {
            cpu::binary(f.pool(), op, shape, f.f32(a), f.f32(b), f.f32(r));
            return Status();
          },
          a);
    }
    if (commutes && is_per_channel(dy, dx)) return lower_per_channel(l, op, x, y);
  }
  if (commutes && dy == out && l.is_blocked(y) && is_per_channel(dx, dy))
    return lower_per_channel(l, op, y, x);
  return false;
}

}  // namespace

bool lower_binary(Lowering& l) {
  const auto op = binary_of(l.data().schema->kind);
  const ValueId x = l.data().operands[0], y = l.data().operands[1];
  if (!op) return false;
  if (!l.is_float(x) || !l.is_float(y)) return lower_integer(l);
  if ((l.is_blocked(x) || l.is_blocked(y)) && lower_blocked(l, *op, x, y)) return true;
  const Broadcast shape(l.dims(l.result()), {l.dims(x), l.dims(y)});
  const SlotId a = l.plain(x), b = l.plain(y), r = l.make(l.result());
  const bool reuse_a = l.dims(x) == l.dims(l.result());
  const bool reuse_b = l.dims(y) == l.dims(l.result());
  return l.step(
      "binary", {a, b}, {r},
      [=, op = *op](Frame& f) {
        cpu::binary(f.pool(), op, shape, f.f32(a), f.f32(b), f.f32(r));
        return Status();
      },
      reuse_a   ? a
      : reuse_b ? b
                : SlotId());
}

namespace {

template <class T>
bool compare(Lowering& l, const Broadcast& shape, SlotId a, SlotId b, SlotId r) {
  const OpKind kind = l.data().schema->kind;
  auto with = [&](auto fn) {
    return l.step("compare", {a, b}, {r}, [=](Frame& f) {
      cpu::zip(f.pool(), shape, f.at<T>(a), f.at<T>(b), f.at<bool>(r), fn);
      return Status();
    });
  };
  switch (kind) {
    case OpKind::Equal: return with([](T p, T q) { return p == q; });
    case OpKind::NotEqual: return with([](T p, T q) { return p != q; });
    case OpKind::Greater: return with([](T p, T q) { return p > q; });
    case OpKind::GreaterEqual: return with([](T p, T q) { return p >= q; });
    case OpKind::Less: return with([](T p, T q) { return p < q; });
    case OpKind::LessEqual: return with([](T p, T q) { return p <= q; });
    default: CC_UNREACHABLE("comparison");
  }
}

}  // namespace

bool lower_compare(Lowering& l) {
  const ValueId x = l.data().operands[0], y = l.data().operands[1];
  const DType d = l.dtype(x);
  if (d != l.dtype(y) || (d != DType::f32 && d != DType::i32 && d != DType::i64)) return false;
  const Broadcast shape(l.dims(l.result()), {l.dims(x), l.dims(y)});
  const SlotId a = l.plain(x), b = l.plain(y), r = l.make(l.result());
  if (d == DType::f32) return compare<float>(l, shape, a, b, r);
  if (d == DType::i32) return compare<std::int32_t>(l, shape, a, b, r);
  return compare<std::int64_t>(l, shape, a, b, r);
}

bool lower_logical(Lowering& l) {
  const ValueId x = l.data().operands[0], y = l.data().operands[1];
  const Broadcast shape(l.dims(l.result()), {l.dims(x), l.dims(y)});
  const SlotId a = l.plain(x), b = l.plain(y), r = l.make(l.result());
  const OpKind kind = l.data().schema->kind;
  return l.step("logical", {a, b}, {r}, [=](Frame& f) {
    cpu::zip(f.pool(), shape, f.at<bool>(a), f.at<bool>(b), f.at<bool>(r), [kind](bool p, bool q) {
      return kind == OpKind::LogicalAnd ? p && q : kind == OpKind::LogicalOr ? p || q : p != q;
    });
    return Status();
  });
}

bool lower_select(Lowering& l) {
  const auto op = l.get<op::Select>();
  const Broadcast shape(l.dims(l.result()), {l.dims(op.cond), l.dims(op.a), l.dims(op.b)});
  const std::size_t size = bytes_of(l.dtype(l.result()));
  if (size != 4 && size != 8) return false;
  const SlotId c = l.plain(op.cond), a = l.plain(op.a), b = l.plain(op.b), r = l.make(l.result());
  return l.step("select", {c, a, b}, {r}, [=](Frame& f) {
    if (size == 4)
      cpu::select(f.pool(), shape, f.at<bool>(c), f.at<std::uint32_t>(a), f.at<std::uint32_t>(b),
                  f.at<std::uint32_t>(r));
    else
      cpu::select(f.pool(), shape, f.at<bool>(c), f.at<std::uint64_t>(a), f.at<std::uint64_t>(b),
                  f.at<std::uint64_t>(r));
    return Status();
  });
}

bool lower_prelu(Lowering& l) {
  const auto op = l.get<op::Prelu>();
  const Dims dims = l.dims(op.x);
  if (!l.is_float(op.x) || dims.size() < 2) return false;
  const SlotId x = l.plain(op.x), alpha = l.plain(op.alpha), y = l.make(l.result());
  const std::int64_t area = product(dims, 2);
  return l.step(
      "prelu", {x, alpha}, {y},
      [=](Frame& f) {
        const std::int64_t grain = std::max<std::int64_t>(1, cpu::kElementGrain / (area + 1));
        f.pool().parallel_for(dims[0] * dims[1], grain, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i)
            cpu::kernels().unary(cpu::Unary::leaky_relu, f.f32(x) + i * area, f.f32(y) + i * area,
                                 area, f.f32(alpha)[i % dims[1]], 0);
        });
        return Status();
      },
      x);
}

}  // namespace corecast::executor
