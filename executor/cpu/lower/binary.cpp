// Elementwise functions of two tensors, comparisons and select.

#include "executor/cpu/kernels/buffer.h"
#include "executor/cpu/lower/lower.h"
#include "ops/activation/activation.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/select.h"

namespace corecast::cpu {

using ir::DType;
using ir::OpKind;
using ir::ValueId;

bool whole_blocks(const Dims& dims) { return dims[1] % kernels().width == 0; }

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

}  // namespace

/// x [n, c, area], blocked, op one number per (image,) channel.
struct PerChannelArguments {
  Binary op = Binary::add;
  std::int64_t n = 0, c = 0, area = 0;
  bool per_image = false;
  bool blocked = false;  ///< the numbers lie as a blocked value
};
Status run_per_channel(const PerChannelArguments& a, const Call& c) {
  const std::int64_t w = kernels().width, blocks = ceil_div(a.c, w);
  const float *x = c.in(0), *numbers = c.in(1);
  float *y = c.out(0), *ones = c.out(1);
  for (std::int64_t i = 0; i < w; ++i) ones[i] = 1;
  if (!a.blocked) {
    float* to = ones + 64;
    for (std::int64_t n = 0; n < (a.per_image ? a.n : 1); ++n)
      for (std::int64_t i = 0; i < blocks * w; ++i)
        to[n * blocks * w + i] = i < a.c ? numbers[n * a.c + i] : 0.f;
    numbers = to;
  }
  const std::int64_t grain = std::max<std::int64_t>(1, kElementGrain / (a.area * w + 1));
  c.pool().parallel_for(a.n * blocks, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const float* v = numbers + (a.per_image ? i : i % blocks) * w;
      WindowArgs t;
      t.x = x + i * a.area * w;
      t.y = y + i * a.area * w;
      t.x_pixel = w;
      t.kh = t.kw = 1;
      t.pixels = a.area;
      t.w = a.op == Binary::mul ? v : ones;
      t.bias = a.op == Binary::mul ? nullptr : v;
      t.lo = Epilogue{}.lo;
      t.hi = Epilogue{}.hi;
      kernels().depthwise(t);
    }
  });
  return {};
}

struct BinaryArguments {
  Binary op = Binary::add;
  Broadcast shape;
};
Status run_binary(const BinaryArguments& a, const Call& c) {
  binary(c.pool(), a.op, a.shape, c.in(0), c.in(1), c.out(0));
  return {};
}

namespace {

/// x (blocked) op one number per (image,) channel, for mul and add: a depthwise 1 x 1 window.
bool lower_per_channel(Lowering& l, Binary op, ValueId x, ValueId s) {
  const Dims dims = l.dims(x), per = l.dims(s);
  const std::int64_t w = kernels().width;
  const std::int64_t blocks = ceil_div(dims[1], w);
  const std::int64_t area = product(dims, 2);
  const bool per_image = per.size() == dims.size() && per[0] == dims[0] && dims[0] > 1;
  const bool from_blocked = per.size() == dims.size() && l.is_blocked(s);
  const SlotId a = l.blocked(x), b = from_blocked ? l.blocked(s) : l.plain(s);
  const SlotId padded =
      l.workspace((from_blocked ? 0 : blocks * w * (per_image ? dims[0] : 1)) * 4 + 256);
  const SlotId y = l.make(l.result(), kBlocked);
  return l.step(Kernel::per_channel,
                PerChannelArguments{op, dims[0], dims[1], area, per_image, from_blocked}, {a, b},
                {y, padded}, a);
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
    const SlotId r = l.make(l.result(), kBlocked);
    const Dims flat{l.slot_bytes(r) / 4};
    return l.step(Kernel::binary, BinaryArguments{op, Broadcast(flat, {flat, flat})}, {a, b}, {r},
                  a);
  }
  if (dx == out && l.is_blocked(x)) {
    if (product(dy) == 1) {
      const SlotId a = l.blocked(x), b = l.plain(y);
      const SlotId r = l.make(l.result(), kBlocked);
      const Dims flat{l.slot_bytes(r) / 4};
      return l.step(Kernel::binary, BinaryArguments{op, Broadcast(flat, {flat, {1}})}, {a, b}, {r},
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
  const Dims out = l.dims(l.result());
  Broadcast shape(out, {l.dims(x), l.dims(y)});
  const SlotId a = l.plain(x), b = l.plain(y), r = l.make(l.result());
  const SlotId in_place = l.dims(x) == out ? a : l.dims(y) == out ? b : SlotId();
  return l.step(Kernel::binary, BinaryArguments{*op, std::move(shape)}, {a, b}, {r}, in_place);
}

struct CompareArguments {
  OpKind kind = OpKind::Equal;
  DType operands = DType::f32;
  Broadcast shape;
};

namespace {

template <class T>
void compare(const CompareArguments& a, const Call& c) {
  auto with = [&](auto fn) { zip(c.pool(), a.shape, c.in<T>(0), c.in<T>(1), c.out<bool>(0), fn); };
  switch (a.kind) {
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

Status run_compare(const CompareArguments& a, const Call& c) {
  if (a.operands == DType::f32) compare<float>(a, c);
  if (a.operands == DType::i32) compare<std::int32_t>(a, c);
  if (a.operands == DType::i64) compare<std::int64_t>(a, c);
  return {};
}

bool lower_compare(Lowering& l) {
  const ValueId x = l.data().operands[0], y = l.data().operands[1];
  const DType d = l.dtype(x);
  if (d != l.dtype(y) || (d != DType::f32 && d != DType::i32 && d != DType::i64)) return false;
  Broadcast shape(l.dims(l.result()), {l.dims(x), l.dims(y)});
  const SlotId a = l.plain(x), b = l.plain(y), r = l.make(l.result());
  return l.step(Kernel::compare, CompareArguments{l.data().schema->kind, d, std::move(shape)},
                {a, b}, {r});
}

struct LogicalArguments {
  OpKind kind = OpKind::LogicalAnd;
  Broadcast shape;
};
Status run_logical(const LogicalArguments& a, const Call& c) {
  zip(c.pool(), a.shape, c.in<bool>(0), c.in<bool>(1), c.out<bool>(0), [&](bool p, bool q) {
    return a.kind == OpKind::LogicalAnd ? p && q : a.kind == OpKind::LogicalOr ? p || q : p != q;
  });
  return {};
}

bool lower_logical(Lowering& l) {
  const ValueId x = l.data().operands[0], y = l.data().operands[1];
  Broadcast shape(l.dims(l.result()), {l.dims(x), l.dims(y)});
  const SlotId a = l.plain(x), b = l.plain(y), r = l.make(l.result());
  return l.step(Kernel::logical, LogicalArguments{l.data().schema->kind, std::move(shape)}, {a, b},
                {r});
}

struct SelectArguments {
  std::size_t size = 0;  ///< of an element: 4 or 8 bytes
  Broadcast shape;
};
Status run_select(const SelectArguments& a, const Call& c) {
  const auto pick = [&]<class T>(T) {
    select(c.pool(), a.shape, c.in<bool>(0), c.in<T>(1), c.in<T>(2), c.out<T>(0));
  };
  a.size == 4 ? pick(std::uint32_t{}) : pick(std::uint64_t{});
  return {};
}

bool lower_select(Lowering& l) {
  const auto op = l.get<op::Select>();
  Broadcast shape(l.dims(l.result()), {l.dims(op.cond), l.dims(op.a), l.dims(op.b)});
  const std::size_t size = bytes_of(l.dtype(l.result()));
  if (size != 4 && size != 8) return false;
  const SlotId c = l.plain(op.cond), a = l.plain(op.a), b = l.plain(op.b), r = l.make(l.result());
  return l.step(Kernel::select, SelectArguments{size, std::move(shape)}, {c, a, b}, {r});
}

/// One slope for each channel of x [rows of area]: row r has channel r % channels.
struct PreluArguments {
  std::int64_t rows = 0, area = 0, channels = 0;
};
Status run_prelu(const PreluArguments& a, const Call& c) {
  const float *x = c.in(0), *alpha = c.in(1);
  float* y = c.out(0);
  const std::int64_t grain = std::max<std::int64_t>(1, kElementGrain / (a.area + 1));
  c.pool().parallel_for(a.rows, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      kernels().unary(Unary::leaky_relu, x + i * a.area, y + i * a.area, a.area,
                      alpha[i % a.channels], 0);
  });
  return {};
}

bool lower_prelu(Lowering& l) {
  const auto op = l.get<op::Prelu>();
  const Dims dims = l.dims(op.x);
  if (!l.is_float(op.x) || dims.size() < 2) return false;
  const SlotId x = l.plain(op.x), alpha = l.plain(op.alpha), y = l.make(l.result());
  return l.step(Kernel::prelu, PreluArguments{dims[0] * dims[1], product(dims, 2), dims[1]},
                {x, alpha}, {y}, x);
}

}  // namespace corecast::cpu
