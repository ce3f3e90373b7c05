// What type inference and reference evaluation may see of their surroundings. Ops never touch a
// Function: the same room serves the builder, the constant folder, and an executor with real
// shapes.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/strings.h"
#include "ir/ids.h"
#include "ir/tensor.h"
#include "ir/type.h"

namespace corecast::ir {

using Types = std::vector<Type>;
using Tensors = std::vector<Tensor>;
using Dims = std::vector<Dim>;

class InferContext {
 public:
  virtual ~InferContext() = default;
  virtual const Type& type(ValueId v) const = 0;
  /// The value when it is a constant, else null.
  virtual const Tensor* constant(ValueId v) const = 0;
  /// Row-major elements, as symbolic integers, of a small integer tensor whose value is known (a
  /// constant, or the result of shape arithmetic); else empty.
  virtual std::optional<Dims> known(ValueId v) const = 0;
  virtual Types block_args(BlockId b) const = 0;
  virtual Types block_results(BlockId b) const = 0;
  /// A symbol for a size that depends on data; `index` tells several of one op apart. The same op
  /// gets the same symbols every time it is inferred.
  virtual Dim fresh(int index = 0) = 0;

  DType dtype(ValueId v) const { return type(v).dtype; }
  const Shape& shape(ValueId v) const { return type(v).shape; }
  std::int64_t rank(ValueId v) const { return type(v).rank(); }
};

/// A failed inference: the op's operands or attributes do not fit together.
template <class... Args>
Error infer_error(const Args&... args) {
  return Error(Code::E2100, cat(args...));
}

class EvalContext {
 public:
  virtual ~EvalContext() = default;
  /// Precondition: v was given (optional operands: test `if (op.bias)` first).
  virtual const Tensor& tensor(ValueId v) const = 0;
  /// The static type that inference gives result `index` for these operands' actual shapes; a size
  /// that depends on data is a symbol here.
  virtual const Type& result_type(std::size_t index = 0) const = 0;
  /// Evaluates a nested block with these arguments.
  virtual Result<Tensors> run_block(BlockId block, std::span<const Tensor> args) = 0;
  virtual Result<Tensor> read_state(ValueId state) = 0;
  virtual Status write_state(ValueId state, const Tensor& value) = 0;

  /// An uninitialised tensor of result `index`'s type. Precondition: that type is static.
  Tensor output(std::size_t index = 0) const {
    const Type& t = result_type(index);
    return Tensor::empty(t.dtype, static_dims(t.shape));
  }
};

/// A failed evaluation: the data violate the op's contract (an index out of range, say).
template <class... Args>
Error eval_error(const Args&... args) {
  return Error(Code::E2101, cat(args...));
}

}  // namespace corecast::ir
