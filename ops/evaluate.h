// Evaluator: runs ops, and the blocks nested in them, by their rooms' reference evaluation. Where
// values come from, in what element types they are held and what is rounded is for its surroundings
// to say: the interpreter (interpret.h) and the executor (executor/reference.h).
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "ir/context.h"
#include "ir/function.h"

namespace corecast::ops {

/// What an evaluation asks of its surroundings. As it stands: values as declared, no states.
class Surroundings {
 public:
  virtual ~Surroundings() = default;
  /// A constant, or a value that the evaluator was not asked to compute. Null: there is none. Good
  /// until the evaluation ends.
  virtual const ir::Tensor* find(ir::ValueId v) = 0;
  /// The element type in which results of a declared type are made.
  virtual ir::DType storage(ir::DType declared) const { return declared; }
  /// Takes every result before anyone reads it, and gives what is read.
  virtual ir::Tensor keep(ir::ValueId, ir::Tensor made) { return made; }
  /// The value that a state holds. Nobody else knows it.
  virtual Result<ir::Tensor> read_state(ir::ValueId state);
  virtual Status write_state(ir::ValueId state, const ir::Tensor& value);
  /// Says where a failure lies.
  virtual Error located(Error e, ir::OpId op) const = 0;
};

class Evaluator {
 public:
  Evaluator(const ir::Function& f, Surroundings& around) : f_(f), around_(around) {}

  /// The op's results, kept. Errors: of the room, located.
  Result<ir::Tensors> run_op(ir::OpId op);
  /// Blocks nest: each has its values, and sees those of the blocks around it. `args` leaves out
  /// states.
  Result<ir::Tensors> run_block(ir::BlockId b, std::span<const ir::Tensor> args);
  /// A value that is computed, or that the surroundings have; else null.
  const ir::Tensor* find(ir::ValueId v) const;

 private:
  class Infer;
  class Context;
  using Values = std::unordered_map<ir::ValueId, ir::Tensor>;
  /// The values whose last reader, in the block that makes them, is the op.
  const std::vector<ir::ValueId>& dying_at(ir::BlockId b, ir::OpId op);
  void find_deaths(ir::BlockId b);
  /// The op of block `b` that `use` belongs to, itself or by nesting; empty when it is b's result.
  ir::OpId reader_in(ir::BlockId b, const ir::Use& use) const;

  const ir::Function& f_;
  Surroundings& around_;
  std::vector<Values> frames_;
  std::unordered_map<ir::BlockId, std::unordered_map<ir::OpId, std::vector<ir::ValueId>>> deaths_;
};

}  // namespace corecast::ops
