// What all specialisations of one function share: the function, its engines, its constants as they
// are stored.
#pragma once

#include <map>
#include <memory>

#include "executor/engine.h"

namespace corecast::executor {

/// A tensor made from constants, which may be let go of: it comes back for free while a program
/// still holds its bytes, and is made again otherwise.
class Derived {
 public:
  /// Null when it has to be made (again).
  const ir::Tensor* get();
  const ir::Tensor& put(ir::Tensor t);
  /// Large tensors only; small ones stay.
  void let_go();

 private:
  ir::Tensor tensor_;
  bool held_ = false;
  ir::DType dtype_ = ir::DType::f32;
  std::vector<std::int64_t> dims_;
  std::weak_ptr<const ir::Buffer> bytes_;
};

struct Model {
  Model(ir::Function function, const Options& o, Engines used);

  const ir::Function f;
  const Options options;
  const Engines engines;  ///< at least one; the first decides how values are stored

  Engine& engine() const { return *engines.front(); }
  // As Engine.
  ir::DType storage(ir::DType declared) const { return engine().storage(declared); }
  /// Whether the value is rounded where it is made, in some run of the plan.
  bool rounds(ir::ValueId v) const;
  /// What was given for the value, or computed by its room, as steps read it.
  ir::Tensor stored(const ir::Tensor& t, ir::ValueId v) const;

  /// The stored form of a constant of the function.
  const ir::Tensor& constant(ir::ValueId v);
  /// Lets go of what was derived from constants and is packed by now, or held by a program:
  /// pointers from constant() to it are void afterwards.
  void let_go();
  void let_go(ir::ValueId v);

  /// Results of ops whose operands are all constants: shared by all shapes.
  std::map<std::uint32_t, Derived> folded;

 private:
  std::map<std::uint32_t, Derived> constants_;
};

}  // namespace corecast::executor
