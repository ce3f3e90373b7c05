#include "executor/cpu/lower/coded_weight.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "executor/cpu/lower/matmul.h"
#include "ops/quantization/constexpr_blockwise_shift_scale.h"
#include "ops/quantization/constexpr_lut_to_dense.h"

namespace corecast::cpu {

using ir::DType;
using ir::Tensor;
using ir::ValueId;

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// The constants of a chain, as declared.
struct Chain {
  DType dtype = DType::f32;  ///< of the weight
  Tensor codes;
  std::optional<Tensor> lut, scale, offset;
};

/// A constant as its op's evaluation sees it; small ones only, for it may be copied.
std::optional<Tensor> declared(Lowering& l, ValueId v) {
  if (l.f().is_constant(v)) return *l.f().constant(v);
  if (!l.is_weight(v)) return std::nullopt;
  const Tensor* t = l.constant(v);
  const DType dtype = l.f().type(v).dtype;
  return t->dtype() == dtype ? *t : t->cast(dtype);
}

bool add_lut(Lowering& l, const op::ConstexprLutToDense& op, Chain& chain) {
  const Tensor* indices = l.f().constant(op.indices);
  if (!indices || indices->rank() != 2 || ir::bits_of(indices->dtype()) > 4) return false;
  chain.codes = *indices;
  chain.lut = declared(l, op.lut);
  return chain.lut && chain.lut->dims().back() == 1;
}

bool add_data(Lowering& l, ValueId data, Chain& chain) {
  const Tensor* t = l.f().constant(data);
  if (t) {
    chain.codes = *t;
    return t->rank() == 2 && ir::is_integer(t->dtype());
  }
  const auto lut =
      l.f().def(data) ? l.f().get_if<op::ConstexprLutToDense>(l.f().def(data)) : std::nullopt;
  return lut && !chain.offset && add_lut(l, *lut, chain);
}

std::optional<Chain> chain_of(Lowering& l, ValueId weight) {
  const ir::OpId def = l.f().def(weight);
  if (!def) return std::nullopt;
  Chain chain;
  chain.dtype = l.f().type(weight).dtype;
  if (const auto lut = l.f().get_if<op::ConstexprLutToDense>(def))
    return add_lut(l, *lut, chain) ? std::optional(chain) : std::nullopt;
  const auto shift = l.f().get_if<op::ConstexprBlockwiseShiftScale>(def);
  if (!shift) return std::nullopt;
  chain.scale = declared(l, shift->scale);
  if (!chain.scale) return std::nullopt;
  if (shift->offset) {
    chain.offset = declared(l, shift->offset);
    if (!chain.offset || !ir::is_integer(chain.offset->dtype())) return std::nullopt;
  }
  return add_data(l, shift->data, chain) ? std::optional(chain) : std::nullopt;
}

/// What a chain looks like as [n, k].
struct AsRows {
  std::int64_t n, k, n_axis, k_axis;
};

/// Grids: one table along k; whole vectors of 16 in a block along k, unless there is one.
bool suits(const Chain& c, const AsRows& at2) {
  if (c.lut && c.lut->dims()[at(at2.k_axis)] != 1) return false;
  if (!c.scale) return true;
  const std::int64_t blocks = c.scale->dims()[at(at2.k_axis)];
  return blocks == 1 || at2.k / blocks % 16 == 0;
}

int code_at(const std::byte* bytes, std::int64_t i, int bits) {
  const std::int64_t first = i * bits, inside = first % 8;
  unsigned code = static_cast<unsigned>(bytes[first / 8]) >> inside;
  if (inside + bits > 8) code |= static_cast<unsigned>(bytes[first / 8 + 1]) << (8 - inside);
  return static_cast<int>(code & ((1u << bits) - 1));
}

void read_codes(ThreadPool& pool, const Tensor& t, const AsRows& frame, CodedParts& parts) {
  const int bits = ir::bits_of(t.dtype());
  const ByteView bytes = t.bytes();
  const std::int64_t n_step = frame.n_axis == 0 ? frame.k : 1;
  const std::int64_t k_step = frame.n_axis == 0 ? 1 : frame.n;
  const int middle = t.dtype() == DType::u8 ? 128 : 0;
  parts.codes.resize(at(frame.n * frame.k));
  pool.parallel_for(frame.n, 16, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n)
      for (std::int64_t k = 0; k < frame.k; ++k)
        parts.codes[at(n * frame.k + k)] =
            static_cast<std::int8_t>(code_at(bytes.data(), n * n_step + k * k_step, bits) - middle);
  });
}

/// What the codes stand for, before scales: [groups][16].
void read_tables(Engine& engine, const Chain& c, const AsRows& frame, CodedParts& parts) {
  if (!c.lut) {
    if (ir::bits_of(c.codes.dtype()) > 4) return;
    const int bits = ir::bits_of(c.codes.dtype());
    parts.tables.resize(16);
    for (int code = 0; code < 1 << bits; ++code) {
      const bool negative = ir::is_signed(c.codes.dtype()) && code >> (bits - 1) != 0;
      parts.tables[at(code)] = static_cast<float>(negative ? code - (1 << bits) : code);
    }
    parts.rows_per_table = frame.n;
    return;
  }
  const std::int64_t groups = c.lut->dims()[at(frame.n_axis)];
  const std::int64_t entries = c.lut->dims()[2];
  parts.tables.resize(at(groups * 16));
  parts.rows_per_table = frame.n / groups;
  for (std::int64_t g = 0; g < groups; ++g)
    for (std::int64_t e = 0; e < entries; ++e)
      parts.tables[at(g * 16 + e)] = static_cast<float>(c.lut->at(g * entries + e));
  // What the table alone makes is a value of its own, rounded as such before it is scaled.
  if (c.lut->dtype() != DType::f16 && engine.rounds(c.lut->dtype()))
    engine.round(parts.tables.data(), static_cast<std::int64_t>(parts.tables.size()));
  if (c.scale && c.dtype == DType::f16)
    for (float& x : parts.tables) x = ir::to_float(ir::to_half(x));
}

/// [n, blocks along k] of a parameter in blocks.
std::vector<float> rows_of(const Tensor& t, const AsRows& frame, int subtract) {
  const std::int64_t groups = t.dims()[at(frame.n_axis)], blocks = t.dims()[at(frame.k_axis)];
  std::vector<float> out(at(frame.n * blocks));
  for (std::int64_t n = 0; n < frame.n; ++n)
    for (std::int64_t b = 0; b < blocks; ++b) {
      const std::int64_t g = n / (frame.n / groups);
      const std::int64_t i = frame.n_axis == 0 ? g * blocks + b : b * groups + g;
      out[at(n * blocks + b)] = static_cast<float>(t.at(i) - subtract);
    }
  return out;
}

/// One block in each row: its scale goes into tables of the row's own.
void fold_scales(CodedParts& parts) {
  std::vector<float> tables(at(parts.n * 16));
  for (std::int64_t n = 0; n < parts.n; ++n)
    for (std::int64_t e = 0; e < 16; ++e) {
      const float offset = parts.offsets.empty() ? 0 : parts.offsets[at(n)];
      const float base = parts.tables[at(n / parts.rows_per_table * 16 + e)];
      const float value = (base - offset) * parts.scales[at(n)];
      tables[at(n * 16 + e)] = parts.round ? ir::to_float(ir::to_half(value)) : value;
    }
  parts.tables = std::move(tables);
  parts.rows_per_table = 1;
  parts.scales = {};
  parts.offsets = {};
}

bool all_finite(const std::vector<float>& v) {
  return std::all_of(v.begin(), v.end(), [](float x) { return std::isfinite(x); });
}

/// Whether every 8-bit code's number is finite, as fp16 where numbers are rounded to it.
bool bytes_stay_finite(const CodedParts& parts) {
  const float most = parts.round ? 65504.f : std::numeric_limits<float>::max();
  for (std::size_t i = 0; i < parts.scales.size(); ++i) {
    const float offset = parts.offsets.empty() ? 0 : parts.offsets[i];
    const float largest = std::max(std::fabs(-128 - offset), std::fabs(127 - offset));
    if (!(largest * std::fabs(parts.scales[i]) <= most)) return false;
  }
  return true;
}

/// Everything but the codes; empty when a number is not finite (zeros beside the weight's end would
/// not stay zeros).
std::optional<CodedParts> parameters(Lowering& l, const Chain& c, const AsRows& frame) {
  Engine& engine = l.engine();
  CodedParts parts;
  parts.n = frame.n;
  parts.k = frame.k;
  read_tables(engine, c, frame, parts);
  const bool rounds = c.dtype != DType::f16 && engine.rounds(c.dtype);
  if (c.scale) {
    const bool middle = c.codes.dtype() == DType::u8;
    parts.scales = rows_of(*c.scale, frame, 0);
    parts.blocks = c.scale->dims()[at(frame.k_axis)];
    if (c.offset) parts.offsets = rows_of(*c.offset, frame, middle ? 128 : 0);
    if (!c.offset && middle) parts.offsets.assign(parts.scales.size(), -128);
    parts.round = c.dtype == DType::f16 || rounds;
    if (!all_finite(parts.scales)) return std::nullopt;
    if (parts.tables.empty() && !bytes_stay_finite(parts)) return std::nullopt;
    if (parts.blocks == 1 && !parts.tables.empty()) {
      parts.round = c.dtype == DType::f16;
      fold_scales(parts);
    }
  }
  if (c.scale && parts.scales.empty() && rounds)
    engine.round(parts.tables.data(), static_cast<std::int64_t>(parts.tables.size()));
  if (!all_finite(parts.tables)) return std::nullopt;
  return parts;
}

}  // namespace

std::shared_ptr<const CodedMatrix> coded_weight(Lowering& l, ValueId weight, bool columns) {
  const auto dims = l.dims(weight);
  if (!l.is_weight(weight) || dims.size() != 2 || dims[0] == 0 || dims[1] == 0) return nullptr;
  const auto chain = chain_of(l, weight);
  const AsRows frame{dims[columns ? 1 : 0], dims[columns ? 0 : 1], columns ? 1 : 0,
                     columns ? 0 : 1};
  if (!chain || !suits(*chain, frame)) return nullptr;
  auto parts = parameters(l, *chain, frame);
  if (!parts) return nullptr;
  return l.packed<CodedMatrix>(weight, columns ? kRowsAreInputs : kRowsAreOutputs, [&] {
    read_codes(l.engine().pool(), chain->codes, frame, *parts);
    return CodedMatrix(l.engine().pool(), std::move(*parts));
  });
}

}  // namespace corecast::cpu
