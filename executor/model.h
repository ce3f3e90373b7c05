// What all specialisations of one function share: the function, its widened constants, packed
// weights.
#pragma once

#include <map>
#include <memory>
#include <utility>

#include "base/thread_pool.h"
#include "executor/plan.h"

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
  Model(ir::Function function, const Options& o);

  const ir::Function f;
  const Options options;
  ThreadPool pool;

  /// The element type in which a value of this declared type is kept.
  ir::DType storage(ir::DType declared) const;
  /// Whether floats of this declared type are rounded to fp16 wherever they are made.
  bool rounds(ir::DType declared) const;
  /// Converted to its storage type, and rounded where the precision asks for it. Nothing is copied
  /// when nothing changes.
  ir::Tensor stored(const ir::Tensor& t, ir::DType declared);
  /// The stored form of a constant of the function.
  const ir::Tensor& constant(ir::ValueId v);
  /// Lets go of what was derived from constants and is packed by now, or held by a program.
  void let_go();
  void let_go(ir::ValueId v);

  /// Rounds n floats in place as the precision asks for; only where rounds() says so.
  void round(float* x, std::int64_t n);

  /// One packed form of a constant weight, made once: `tag` names the form. Kept for all shapes.
  /// What it was made from is let go: pointers from constant() to it are void afterwards.
  template <class T, class Make>
  std::shared_ptr<const T> packed(ir::ValueId v, int tag, Make make) {
    auto& entry = packed_[{v.raw, tag}];
    if (!entry) {
      entry = std::make_shared<const T>(make());
      let_go(v);
    }
    return std::static_pointer_cast<const T>(entry);
  }
  /// Results of ops whose operands are all constants: shared by all shapes.
  std::map<std::uint32_t, Derived> folded;

 private:
  ir::Tensor rounded(const ir::Tensor& t);

  std::map<std::uint32_t, Derived> constants_;
  std::map<std::pair<std::uint32_t, int>, std::shared_ptr<const void>> packed_;
};

}  // namespace corecast::executor
