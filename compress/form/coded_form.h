// CodedForm: what a coded weight is, apart from the ops that spell it. Schemes are encoded into it
// (compress/encode.h), ops are read into it, and ops are written from it.
//
//   codes                          mean                       ops
//   elements at a mask's ones      themselves                 constexpr_sparse_to_dense
//   indices into tables            the entries                constexpr_lut_to_dense
//   integers, a scale per block,   (code - offset) * scale    constexpr_affine_dequantize,
//     perhaps offsets                                         constexpr_blockwise_shift_scale
//   indices, a scale per block     entry * scale              the lookup, then the scale
//
// With a mask the codes are those of the elements that stay, and the ops are the sparse ones.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compress/form/spill.h"
#include "compress/prune/prune.h"
#include "ir/builder.h"
#include "ops/rules.h"

namespace corecast::compress {

/// A part of a form: a constant to be, or a value that the function has already. Neither: what only
/// the op that was read can say.
struct CodedPart {
  std::optional<ir::Tensor> tensor;  ///< empty: other ops compute it
  ir::ValueId value;                 ///< where the function has it; empty: to be added
  std::string name;                  ///< of the constant to be; empty: as its place says
  bool known() const { return tensor || value; }
};

/// A coded weight. What is absent the form does not have.
struct CodedForm {
  ir::DType dtype = ir::DType::f32;         ///< of the weight
  std::vector<std::int64_t> dims;           ///< of the weight
  int bits = 0;                             ///< of a code; 0: the codes are elements as they are
  std::optional<CodedPart> mask;            ///< u1, the weight's shape
  CodedPart codes;                          ///< u1 ... u8 with a table, else integers or elements
  std::optional<CodedPart> table;           ///< [groups per dim ..., 2^bits, elements of an entry]
  std::optional<std::int64_t> vector_axis;  ///< along which an entry of several elements lies
  std::optional<float> table_scale;         ///< the table is int8: entry = table_scale * integer
  /// Of the integers, or of what the table gives: the weight's rank, a number per block.
  std::optional<CodedPart> scale, offset;

  bool pruned() const { return mask.has_value(); }
  bool palettized() const { return table.has_value(); }
  bool quantized() const { return bits > 0 && !table; }
  std::string text() const;  ///< "pruned, palettised to 4 bits"
  /// Bytes of the parts that are constants, as the file aligns them.
  std::size_t stored_bytes() const;
  /// The mask of a weight that is pruned and nothing else, all of constants; else empty.
  std::optional<Mask> mask_alone() const;
};

/// The form of `v`; empty when it is not the result of a constexpr op.
std::optional<CodedForm> read_form(const ir::Function& f, ir::ValueId v);

/// Adds the constants and ops that stand for the form and returns the weight's dense value, named
/// `name`. int8 weights with a scale per tensor or channel use the older op unless the target
/// surely has the newer one (then the package runs on more systems); tables of int8 are scaled
/// behind the lookup where the target's rules prefer that, before it elsewhere. Mask and codes go
/// through `spill`, where there is one.
ir::ValueId write_form(ir::Builder& builder, const CodedForm& form, const ops::Rules& rules,
                       const std::string& name, Spill* spill = nullptr);

/// `form` without the codes at which `mask` is 0; `name` is the weight's. Empty where no ops say
/// that: pruned already, codes that are computed, tables of vectors, scales behind tables, offsets
/// that do not share the scales' blocks.
std::optional<CodedForm> without_codes(CodedForm form, const Mask& mask, const std::string& name,
                                       ThreadPool& pool);

/// The dense value of a constant or of a coded weight; empty when it cannot be evaluated.
std::optional<ir::Tensor> dense_value(const ir::Function& f, ir::ValueId v);

/// Stored bytes of all constants behind a coded weight, as the file aligns them.
std::size_t coded_bytes(const ir::Function& f, ir::ValueId v);

/// Bytes that a constant takes in the package: a blob in weight.bin with its header and alignment,
/// or, below 10 elements, just the bytes in the program itself.
std::size_t stored_bytes(std::size_t bytes, std::size_t elements);

}  // namespace corecast::compress
