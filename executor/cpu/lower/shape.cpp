// Data movement: views where the bytes stay, strided copies where they move.

#include <cstring>

#include "executor/cpu/kernels/buffer.h"
#include "executor/cpu/kernels/copy.h"
#include "executor/cpu/kernels/pad.h"
#include "executor/cpu/lower/lower.h"
#include "ops/shape/broadcast_to.h"
#include "ops/shape/concat.h"
#include "ops/shape/depth_to_space.h"
#include "ops/shape/pad.h"
#include "ops/shape/reverse.h"
#include "ops/shape/split.h"
#include "ops/shape/tile.h"
#include "ops/shape/transpose.h"

namespace corecast::cpu {

using ir::ValueId;

bool lower_as_view(Lowering& l, ValueId x) {
  if (l.dtype(x) == ir::DType::string || l.dtype(x) != l.dtype(l.result())) return false;
  l.view(l.result(), l.plain(x));
  return true;
}

struct CopyArguments {
  StridedCopy box;
  std::size_t size = 0;     ///< of an element, in bytes
  std::int64_t offset = 0;  ///< of the first element read, in bytes
};
Status run_copy(const CopyArguments& a, const Call& c) {
  copy_strided(c.pool(), a.box, a.size, c.in<char>(0) + a.offset, c.out<char>(0));
  return {};
}

bool lower_as_copy(Lowering& l, ValueId x, std::int64_t offset, const Dims& dims,
                   const Dims& strides) {
  const std::size_t size = bytes_of(l.dtype(x));
  if (ir::is_sub_byte(l.dtype(x)) || size == 0) return false;
  const SlotId a = l.plain(x), y = l.make(l.result());
  const CopyArguments arguments{.box = {dims, strides, strides_of(dims)},
                                .size = size,
                                .offset = offset * static_cast<std::int64_t>(size)};
  return l.step(Kernel::copy, arguments, {a}, {y});
}

/// reshape, expand_dims, squeeze, flatten2d, identity: operand 0 under other dims.
bool lower_view(Lowering& l) { return lower_as_view(l, l.data().operands[0]); }

bool lower_transpose(Lowering& l) {
  const auto op = l.get<op::Transpose>();
  const Dims x = l.dims(op.x);
  const Dims strides = strides_of(x);
  Dims dims, moved;
  std::size_t last = 0;
  bool same = true;
  for (const std::int64_t p : op.perm) {
    const std::size_t axis = axis_of(p, x.size());
    dims.push_back(x[axis]);
    moved.push_back(strides[axis]);
    if (x[axis] == 1) continue;
    same = same && axis >= last;
    last = axis;
  }
  if (same) return lower_as_view(l, op.x);  // only axes of size 1 move
  return lower_as_copy(l, op.x, 0, dims, moved);
}

bool lower_broadcast_to(Lowering& l) {
  const ValueId x = l.get<op::BroadcastTo>().x;
  const Dims dims = l.dims(l.result());
  const Broadcast shape(dims, {l.dims(x)});
  return lower_as_copy(l, x, 0, shape.dims, shape.strides[0]);
}

bool lower_tile(Lowering& l) {
  const ValueId x = l.get<op::Tile>().x;
  const Dims dx = l.dims(x), dy = l.dims(l.result());
  const Dims strides = strides_of(dx);
  Dims dims, from;
  for (std::size_t i = 0; i < dx.size(); ++i) {
    if (dx[i] == 0) return false;
    dims.insert(dims.end(), {dy[i] / dx[i], dx[i]});
    from.insert(from.end(), {0, strides[i]});
  }
  return lower_as_copy(l, x, 0, dims, from);
}

namespace {

/// [n, outer axes..., c, h, w] seen under finer dims, permuted: the depth/space family.
bool lower_rearranged(Lowering& l, ValueId x, const Dims& finer,
                      const std::vector<std::size_t>& perm) {
  const Dims strides = strides_of(finer);
  Dims dims, from;
  for (const std::size_t p : perm) {
    dims.push_back(finer[p]);
    from.push_back(strides[p]);
  }
  return lower_as_copy(l, x, 0, dims, from);
}

}  // namespace

bool lower_depth_to_space(Lowering& l) {
  const auto op = l.get<op::DepthToSpace>();
  const Dims x = l.dims(op.x);
  const std::int64_t b = op.block_size;
  return lower_rearranged(l, op.x, {x[0], b, b, x[1] / (b * b), x[2], x[3]}, {0, 3, 4, 1, 5, 2});
}
bool lower_space_to_depth(Lowering& l) {
  const auto op = l.get<op::SpaceToDepth>();
  const Dims x = l.dims(op.x);
  const std::int64_t b = op.block_size;
  return lower_rearranged(l, op.x, {x[0], x[1], x[2] / b, b, x[3] / b, b}, {0, 3, 5, 1, 2, 4});
}
bool lower_pixel_shuffle(Lowering& l) {
  const auto op = l.get<op::PixelShuffle>();
  const Dims x = l.dims(op.x);
  const std::int64_t b = op.upscale_factor;
  return lower_rearranged(l, op.x, {x[0], x[1] / (b * b), b, b, x[2], x[3]}, {0, 1, 4, 2, 5, 3});
}
bool lower_pixel_unshuffle(Lowering& l) {
  const auto op = l.get<op::PixelUnshuffle>();
  const Dims x = l.dims(op.x);
  const std::int64_t b = op.downscale_factor;
  return lower_rearranged(l, op.x, {x[0], x[1], x[2] / b, b, x[3] / b, b}, {0, 1, 3, 5, 2, 4});
}

/// One part of a joined or split tensor.
struct Piece {
  std::int64_t first = 0;  ///< element of the whole
  StridedCopy box;
};
/// Piece i is operand i (join) or result i (split).
struct PiecesArguments {
  std::size_t size = 0;  ///< of an element, in bytes
  std::vector<Piece> pieces;
};
Status run_join(const PiecesArguments& a, const Call& c) {
  for (std::size_t i = 0; i < a.pieces.size(); ++i) {
    const Piece& p = a.pieces[i];
    copy_strided(c.pool(), p.box, a.size, c.in<char>(i),
                 c.out<char>(0) + p.first * static_cast<std::int64_t>(a.size));
  }
  return {};
}
Status run_split(const PiecesArguments& a, const Call& c) {
  for (std::size_t i = 0; i < a.pieces.size(); ++i) {
    const Piece& p = a.pieces[i];
    copy_strided(c.pool(), p.box, a.size,
                 c.in<char>(0) + p.first * static_cast<std::int64_t>(a.size), c.out<char>(i));
  }
  return {};
}

namespace {

/// Channel concatenation of blocked values: whole blocks follow each other.
bool lower_blocked_concat(Lowering& l, const op::Concat& op) {
  const Dims out = l.dims(l.result());
  const std::int64_t area = product(out, 2);
  std::vector<SlotId> reads;
  PiecesArguments arguments{.size = 4, .pieces = {}};
  std::int64_t at = 0;
  for (const ValueId v : op.values) {
    const std::int64_t run = l.dims(v)[1] * area;
    reads.push_back(l.blocked(v));
    arguments.pieces.push_back({at, {{out[0], run}, {run, 1}, {out[1] * area, 1}}});
    at += run;
  }
  const SlotId y = l.make(l.result(), kBlocked);
  return l.step(Kernel::concat, std::move(arguments), std::move(reads), {y});
}

}  // namespace

bool lower_concat(Lowering& l) {
  const auto op = l.get<op::Concat>();
  const ValueId y_value = l.result();
  const Dims out = l.dims(y_value);
  const std::size_t size = bytes_of(l.dtype(y_value));
  if (op.interleave || size == 0 || ir::is_sub_byte(l.dtype(y_value))) return false;
  const std::size_t axis = axis_of(op.axis, out.size());
  bool any_blocked = false, all_whole = axis == 1 && out.size() >= 3;
  for (const ValueId v : op.values) {
    if (l.dims(v).size() != out.size()) return false;  // scalars
    any_blocked = any_blocked || l.is_blocked(v);
    all_whole = all_whole && l.is_float(v) && whole_blocks(l.dims(v));
  }
  if (any_blocked && all_whole) return lower_blocked_concat(l, op);
  const std::int64_t outer = product(out, 0, axis), inner = product(out, axis + 1);
  std::vector<SlotId> reads;
  PiecesArguments arguments{.size = size, .pieces = {}};
  std::int64_t at = 0;
  for (const ValueId v : op.values) {
    const std::int64_t run = l.dims(v)[axis] * inner;
    reads.push_back(l.plain(v));
    arguments.pieces.push_back({at, {{outer, run}, {run, 1}, {out[axis] * inner, 1}}});
    at += run;
  }
  return l.step(Kernel::concat, std::move(arguments), std::move(reads), {l.make(y_value)});
}

bool lower_stack(Lowering& l) {
  const auto op = l.get<op::Stack>();
  const Dims out = l.dims(l.result());
  const std::size_t size = bytes_of(l.dtype(l.result()));
  if (size == 0 || ir::is_sub_byte(l.dtype(l.result()))) return false;
  const std::size_t axis = axis_of(op.axis, out.size());
  const std::int64_t outer = product(out, 0, axis), inner = product(out, axis + 1);
  std::vector<SlotId> reads;
  PiecesArguments arguments{.size = size, .pieces = {}};
  for (std::size_t i = 0; i < op.values.size(); ++i) {
    reads.push_back(l.plain(op.values[i]));
    arguments.pieces.push_back({static_cast<std::int64_t>(i) * inner,
                                {{outer, inner}, {inner, 1}, {out[axis] * inner, 1}}});
  }
  return l.step(Kernel::stack, std::move(arguments), std::move(reads), {l.make(l.result())});
}

bool lower_split(Lowering& l) {
  const auto op = l.get<op::Split>();
  const Dims x = l.dims(op.x);
  const std::size_t size = bytes_of(l.dtype(op.x));
  if (size == 0 || ir::is_sub_byte(l.dtype(op.x))) return false;
  const std::size_t axis = axis_of(op.axis, x.size());
  const std::int64_t outer = product(x, 0, axis), inner = product(x, axis + 1);
  const SlotId a = l.plain(op.x);
  std::vector<SlotId> writes;
  PiecesArguments arguments{.size = size, .pieces = {}};
  std::int64_t at = 0;
  for (const ValueId r : l.data().results) {
    const std::int64_t run = l.dims(r)[axis] * inner;
    writes.push_back(l.make(r));
    arguments.pieces.push_back({at, {{outer, run}, {x[axis] * inner, 1}, {run, 1}}});
    at += run;
  }
  return l.step(Kernel::split, std::move(arguments), {a}, std::move(writes));
}

bool lower_reverse(Lowering& l) {
  const auto op = l.get<op::Reverse>();
  const Dims x = l.dims(op.x);
  Dims strides = strides_of(x);
  std::int64_t offset = 0;
  std::vector<bool> reversed(x.size(), !op.axes);
  if (op.axes)
    for (const auto a : *op.axes) reversed[axis_of(a, x.size())] = true;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!reversed[i]) continue;
    offset += (x[i] - 1) * strides[i];
    strides[i] = -strides[i];
  }
  return lower_as_copy(l, op.x, product(x) ? offset : 0, x, strides);
}

struct PadArguments {
  PadShape shape;
  std::size_t size = 0;     ///< of an element, in bytes
  std::byte value[8] = {};  ///< an element, for PadMode::constant
};
Status run_pad(const PadArguments& a, const Call& c) {
  pad(c.pool(), a.shape, a.size, a.value, c.in<char>(0), c.out<char>(0));
  return {};
}

bool lower_pad(Lowering& l) {
  const auto op = l.get<op::Pad>();
  const auto pads = l.ints(op.pad);
  const ir::DType dtype = l.dtype(op.x);
  const std::size_t size = bytes_of(dtype);
  if (!pads || size == 0 || ir::is_sub_byte(dtype)) return false;
  PadArguments arguments{.shape = {}, .size = size};
  PadShape& s = arguments.shape;
  s.x = l.dims(op.x);
  s.y = l.dims(l.result());
  s.before.assign(s.x.size(), 0);
  const std::size_t first = s.x.size() - pads->size() / 2;
  for (std::size_t i = first; i < s.x.size(); ++i) s.before[i] = (*pads)[2 * (i - first)];
  s.mode = op.mode == "reflect"     ? PadMode::reflect
           : op.mode == "replicate" ? PadMode::replicate
                                    : PadMode::constant;
  const SlotId a = l.plain(op.x), y = l.make(l.result());
  const ir::Tensor value = ir::Tensor::scalar(op.constant_val).cast(dtype);
  std::memcpy(arguments.value, executor::raw_data(value), size);
  return l.step(Kernel::pad, std::move(arguments), {a}, {y});
}

}  // namespace corecast::cpu
