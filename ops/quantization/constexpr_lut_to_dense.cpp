#include "ops/quantization/constexpr_lut_to_dense.h"

#include "ir/function.h"
#include "ops/detail/blocks.h"

namespace corecast::op {
namespace {

using Sizes = std::vector<std::int64_t>;

// The weight's dims from those of the index tensor.
Result<Sizes> dense_dims(InferContext& c, const Sizes& indices, DType index_dtype, ValueId lut_id,
                         const std::optional<std::int64_t>& vector_axis) {
  TRY(const auto lut, constant_dims(c, lut_id, "lut"));
  const std::size_t rank = indices.size();
  if (rank == 0) return infer_error("indices must have rank 1 or more, not 0");
  if (lut.size() != rank + 2)
    return infer_error("lut has rank ", lut.size(), ", indices of rank ", rank, " need ", rank + 2);
  TRY_VOID(check_grid(indices, Sizes(lut.begin(), lut.end() - 2), "lut"));
  const auto entries = std::int64_t{1} << ir::bits_of(index_dtype);
  if (lut[rank] != entries) {
    return infer_error("a table has ", lut[rank], " entries, ", ir::name_of(index_dtype),
                       " indices need ", entries);
  }
  const auto vector = lut[rank + 1];
  if (vector < 1) return infer_error("a table's entries have ", vector, " elements");
  if (vector > 1 && !vector_axis)
    return infer_error("entries of ", vector, " elements need vector_axis");
  Sizes out = indices;
  if (vector_axis) {
    TRY(const auto axis,
        normalize_axis(*vector_axis, static_cast<std::int64_t>(rank), "vector_axis"));
    out[static_cast<std::size_t>(axis)] *= vector;
  }
  return out;
}

// Where the elements of the weight come from, in row-major order of the weight: calls
// visit(position in the index tensor, table, element of the entry).
template <class Visit>
void for_each_element(const Sizes& indices, const Sizes& lut,
                      const std::optional<std::int64_t>& vector_axis, Visit&& visit) {
  const std::size_t rank = indices.size();
  const auto vector = lut[rank + 1];
  const Sizes grid(lut.begin(), lut.end() - 2);
  if (vector == 1) {
    for_each_in_grid(indices, grid,
                     [&](std::int64_t i, std::int64_t table) { visit(i, table, 0); });
    return;
  }
  const auto axis = static_cast<std::size_t>(
      *vector_axis < 0 ? *vector_axis + static_cast<std::int64_t>(rank) : *vector_axis);
  const auto strides = row_major_strides(indices), tables = row_major_strides(grid);
  Sizes dense = indices;
  dense[axis] *= vector;
  for_each_index(dense, [&](const auto& at) {
    std::int64_t i = 0, table = 0;
    for (std::size_t d = 0; d < rank; ++d) {
      const auto k = d == axis ? at[d] / vector : at[d];
      i += k * strides[d];
      table += k / (indices[d] / grid[d]) * tables[d];
    }
    visit(i, table, at[axis] % vector);
  });
}

// Copies element `e` of entry `code` of table `table`.
class Table {
 public:
  explicit Table(const Tensor& lut)
      : bytes_(lut.bytes().data()),
        size_(static_cast<std::size_t>(ir::bits_of(lut.dtype()) / 8)),
        entries_(lut.dims()[lut.dims().size() - 2]),
        vector_(lut.dims().back()) {}
  void copy(std::int64_t table, std::int64_t code, std::int64_t e, std::byte* to,
            std::int64_t at) const {
    copy_element(bytes_, (table * entries_ + code) * vector_ + e, to, at, size_);
  }

 private:
  const std::byte* bytes_;
  std::size_t size_;
  std::int64_t entries_, vector_;
};

Result<Types> infer(const ConstexprLutToDense& op, InferContext& c) {
  TRY(const auto indices, constant_dims(c, op.indices, "indices"));
  TRY(const auto dims, dense_dims(c, indices, c.dtype(op.indices), op.lut, op.vector_axis));
  return Types{Type(c.dtype(op.lut), ir::make_shape(dims))};
}

Result<Tensors> eval(const ConstexprLutToDense& op, EvalContext& c) {
  const Tensor &indices = c.tensor(op.indices), &lut = c.tensor(op.lut);
  Tensor out = c.output();
  const Table values(lut);
  auto* to = static_cast<std::byte*>(out.mutable_bytes());
  std::int64_t at = 0;
  for_each_element(indices.dims(), lut.dims(), op.vector_axis,
                   [&](std::int64_t i, std::int64_t table, std::int64_t e) {
                     values.copy(table, indices.at_int(i), e, to, at++);
                   });
  return Tensors{std::move(out)};
}

Result<Types> infer_sparse(const ConstexprLutToSparse& op, InferContext& c) {
  TRY(const auto mask, constant_dims(c, op.indices_mask, "indices_mask"));
  TRY(const auto data, constant_dims(c, op.indices_nonzero_data, "indices_nonzero_data"));
  if (data.size() != 1)
    return infer_error("indices_nonzero_data must have rank 1, not ", data.size());
  TRY(const auto dims,
      dense_dims(c, mask, c.dtype(op.indices_nonzero_data), op.lut, op.vector_axis));
  const auto vector = c.shape(op.lut).back().value();
  return Types{Type(DType::u1, ir::make_shape(dims)), Type(c.dtype(op.lut), {data[0] * vector})};
}

Result<Tensors> eval_sparse(const ConstexprLutToSparse& op, EvalContext& c) {
  const Tensor &mask = c.tensor(op.indices_mask), &lut = c.tensor(op.lut),
               &data = c.tensor(op.indices_nonzero_data);
  TRY_VOID(check_ones(mask, data.count(), "indices_nonzero_data"));
  std::vector<std::int16_t> code_at(static_cast<std::size_t>(mask.count()), -1);  // -1: pruned
  std::int64_t next = 0;
  for (std::int64_t i = 0; i < mask.count(); ++i) {
    if (mask.at_int(i))
      code_at[static_cast<std::size_t>(i)] = static_cast<std::int16_t>(data.at_int(next++));
  }
  Tensor out_mask = Tensor::zeros(DType::u1, ir::static_dims(c.result_type(0).shape)),
         out = c.output(1);
  const Table values(lut);
  auto* to = static_cast<std::byte*>(out.mutable_bytes());
  std::int64_t position = 0, at = 0;
  for_each_element(mask.dims(), lut.dims(), op.vector_axis,
                   [&](std::int64_t i, std::int64_t table, std::int64_t e) {
                     const auto code = code_at[static_cast<std::size_t>(i)];
                     if (code >= 0) {
                       out_mask.set_int(position, 1);
                       values.copy(table, code, e, to, at++);
                     }
                     ++position;
                   });
  return Tensors{std::move(out_mask), std::move(out)};
}

/// One table of single elements has an older form, but not with eight entries.
bool is_general(const ir::Function& f, OpId id) {
  if (has_compressed_parts(f, id)) return true;
  const auto op = *f.get_if<ConstexprLutToDense>(id);
  const Tensor& lut = *f.constant(op.lut);
  const auto entries = lut.rank() < 2 ? 0 : lut.dims()[static_cast<std::size_t>(lut.rank() - 2)];
  return f.type(op.indices).dtype == DType::u3 || lut.count() != entries;
}

constexpr std::string_view kLutDoc =
    "Tables [B0,...,B(K-1),2^n,V]: blocks, entries, elements of an entry.";
constexpr std::string_view kAxisDoc =
    "The axis along which an entry's V elements lie; required when V > 1.";

}  // namespace

OpSchema constexpr_lut_to_dense_schema() {
  using Op = ConstexprLutToDense;
  return make_schema<Op>(
      {.name = "constexpr_lut_to_dense",
       .doc = "A palettised weight: each index is replaced by its entry of the block's table.",
       .mil = {"constexpr_lut_to_dense", Target::ios16, {}, {mil::general_weights(is_general)}},
       .traits = traits::compressed(Moves::selects, Overflow::never),
       .bounds = bounds::of(&Op::lut),
       .cost = cost::traffic,
       .infer = infer,
       .eval = eval},
      operand<&Op::indices>("indices", kLutIndices, "Indices of n bits.").constant_in_mil(),
      operand<&Op::lut>("lut", kLutValues, kLutDoc).constant_in_mil(),
      attr<&Op::vector_axis>("vector_axis", kAxisDoc));
}

OpSchema constexpr_lut_to_sparse_schema() {
  using Op = ConstexprLutToSparse;
  return make_schema<Op>(
      {.name = "constexpr_lut_to_sparse",
       .doc = "A pruned and palettised weight: each index left is replaced by its entry of the "
              "block's table. Results: "
              "the mask of the elements, the elements.",
       .mil = {"constexpr_lut_to_sparse", Target::ios18},
       .traits = traits::compressed(Moves::selects, Overflow::never),
       .bounds =
           [](const Op& op, const BoundsContext& c) {
             return c.result == 0 ? bounds::within(0, 1) : c.of(op.lut);
           },
       .cost = cost::traffic,
       .infer = infer_sparse,
       .eval = eval_sparse},
      operand<&Op::indices_mask>("indices_mask", kMask, "1 where there is an index.")
          .constant_in_mil(),
      operand<&Op::indices_nonzero_data>("indices_nonzero_data", kLutIndices,
                                         "Indices of n bits [D].")
          .constant_in_mil(),
      operand<&Op::lut>("lut", kLutValues, kLutDoc).constant_in_mil(),
      attr<&Op::vector_axis>("vector_axis", kAxisDoc));
}

}  // namespace corecast::op
