// Emit: what the reader of one source node uses to make IR ops, whatever file format the node is
// in.
//
// Sticky: after the first problem every further call is harmless, that one diagnostic is recorded,
// and the node's results are worth nothing. So readers are written without error paths; they ask
// `failed()` only before they look at a value's rank or sizes, and where a wrong answer would cost.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/strings.h"
#include "converter/emit/draft.h"

namespace corecast::emit {

using ir::Dim;
using ir::Dims;
using ir::DType;
using ir::Shape;
using ir::Tensor;
using ir::Type;

/// Of any value. Nothing real comes near; sizes of thousands of dimensions only cost time.
inline constexpr std::int64_t kLargestRank = 32;

class Emit {
 public:
  /// `where` names the node in every message: file, graph, node, operator.
  Emit(Draft& draft, Where where) : draft_(draft), where_(std::move(where)) {}

  Draft& draft() { return draft_; }
  ir::Function& function() { return draft_.function(); }
  const Where& where() const { return where_; }
  bool failed() const { return failed_; }

  // --- types of values; those of an empty id are defaults ------------------------------------
  const Type& type(ValueId v) const;
  DType dtype(ValueId v) const { return type(v).dtype; }
  const Shape& shape(ValueId v) const { return type(v).shape; }
  std::int64_t rank(ValueId v) const { return type(v).rank(); }

  // --- values known at import ----------------------------------------------------------------
  /// Elements of an integer value, perhaps symbolic.
  std::optional<Dims> known(ValueId v) const;
  /// The same when all are numbers.
  std::optional<std::vector<std::int64_t>> known_ints(ValueId v) const;
  const Tensor* constant(ValueId v) const { return draft_.function().constant(v); }
  /// Whether a constant's only element is not zero; empty when it is not a constant scalar.
  std::optional<bool> known_flag(ValueId v) const;
  /// As known_ints, but it is a problem of this node when they are not known.
  std::vector<std::int64_t> need_ints(ValueId v, std::string_view what);
  /// A constant's only element; a problem when it is not a constant scalar.
  double need_scalar(ValueId v, std::string_view what);
  /// `axis`, which may count from the end, as 0..rank-1; a problem when it is outside.
  std::int64_t need_axis(std::int64_t axis, std::int64_t rank);

  // --- adding --------------------------------------------------------------------------------
  /// Adds an op; constant results fold at once.
  template <class Op>
  ValueId add(const Op& op) {
    const Values all = add_all(op);
    return all.empty() ? ValueId() : all[0];
  }
  template <class Op>
  Values add_all(const Op& op) {
    if (failed_) return {};
    return finish(draft_.builder().try_add(op));
  }
  ValueId constant(Tensor t) { return draft_.builder().constant(std::move(t)); }
  /// A vector: i32, as MIL's shape and index parameters are, or i64 where a number needs it.
  ValueId ints(const std::vector<std::int64_t>& values);
  ValueId int_scalar(std::int64_t v) {
    return constant(Tensor::scalar(static_cast<std::int32_t>(v)));
  }
  ValueId scalar(DType dtype, double value) { return constant(Tensor::splat(dtype, {}, value)); }
  /// `v` itself where it has the type already.
  ValueId cast(ValueId v, DType to);

  // --- problems ------------------------------------------------------------------------------
  /// Records a problem of the input's and poisons the node.
  template <class... Args>
  Values fail(const Args&... args) {
    report(Error(Code::E2005, cat(args...)));
    return {};
  }
  /// Records that this form of the operator is not supported.
  template <class... Args>
  Values unsupported(const Args&... args) {
    report(Error(Code::E3001, cat(args...)));
    return {};
  }
  void report(Error e);
  void note(Code code, std::string message);
  /// Silent: the node reads a value of one that failed, which was reported there.
  void poison() { failed_ = true; }
  /// The operator needs these two to be equal. Where one is a dimension of the model's inputs and
  /// the other a number, the model only works at that number, and is imported again with it.
  void require_equal(const Dim& a, const Dim& b);

 private:
  Values finish(Result<ir::OpId> op);
  Draft& draft_;
  Where where_;
  bool failed_ = false;
};

/// Ops added while it lives go to the end of `block`; then to where they went before.
class InBlock {
 public:
  InBlock(Emit& e, ir::BlockId block)
      : builder_(e.draft().builder()), outside_(builder_.insert_point()) {
    builder_.set_insert_point({block, ir::OpId()});
  }
  ~InBlock() { builder_.set_insert_point(outside_); }
  InBlock(const InBlock&) = delete;
  InBlock& operator=(const InBlock&) = delete;

 private:
  ir::Builder& builder_;
  ir::InsertPoint outside_;
};

/// Whether none is empty (an empty id is a value whose node failed).
bool all_valid(const Values& values);

}  // namespace corecast::emit
