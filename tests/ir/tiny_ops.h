// A registry of a few ops that exist for the tests of ir/ alone, one of each storage shape.
#pragma once

#include "ir/schema_make.h"

namespace corecast::ir::tiny {

using namespace fields;

/// The attributes of every kind.
struct Everything {
  static constexpr OpKind kind{0};
  ValueId x, extra;
  bool flag = false;
  std::int64_t count = 3;
  double factor = 0.5;
  std::string mode = "same";
  DType dtype = DType::f16;
  std::vector<std::int64_t> ints;
  std::vector<double> floats;
  std::vector<bool> flags;
  std::vector<std::string> words;
  std::optional<std::int64_t> maybe;
};
struct Add {
  static constexpr OpKind kind{1};
  ValueId x, y;
};
struct Join {
  static constexpr OpKind kind{2};
  std::vector<ValueId> values;
};
struct Halves {
  static constexpr OpKind kind{3};
  ValueId x;
};
struct Choose {
  static constexpr OpKind kind{4};
  ValueId pred;
  BlockId yes, no;
};
/// Keeps an unknown number of elements of x.
struct Pick {
  static constexpr OpKind kind{5};
  ValueId x;
};
struct Store {
  static constexpr OpKind kind{6};
  ValueId x;
};

inline constexpr DTypeSet kAny = DTypeSet::of(DType::f32, DType::f16, DType::i32, DType::boolean);

constexpr OpTraits kPlain = traits::computation(Accumulates::nothing, Overflow::never);

template <class Op>
Result<Tensors> no_eval(const Op&, EvalContext&) {
  return eval_error("not evaluated in these tests");
}

inline Result<Types> everything(const Everything& op, InferContext& c) {
  return Types{c.type(op.x)};
}
inline Result<Types> add(const Add& op, InferContext& c) {
  auto shape = broadcast(c.shape(op.x), c.shape(op.y));
  if (!shape) return infer_error("x and y do not broadcast");
  return Types{Type(c.dtype(op.x), *shape)};
}
inline Result<Types> join(const Join& op, InferContext& c) {
  Dim sum(0);
  for (const ValueId v : op.values) sum = sum + c.shape(v).at(0);
  return Types{Type(c.dtype(op.values.at(0)), {sum})};
}
inline Result<Types> halves(const Halves& op, InferContext& c) {
  return Types{c.type(op.x), c.type(op.x)};
}
inline Result<Types> choose(const Choose& op, InferContext& c) { return c.block_results(op.yes); }
inline Result<Types> pick(const Pick& op, InferContext& c) {
  return Types{Type(c.dtype(op.x), {c.fresh()})};
}
inline Result<Types> store(const Store&, InferContext&) { return Types{}; }

/// A row that answers no more than it must.
template <class Op, class... F>
OpSchema row(std::string_view name, Result<Types> (*infer)(const Op&, InferContext&), F... fields) {
  return make_schema<Op>({.name = name,
                          .doc = "",
                          .traits = kPlain,
                          .bounds = bounds::unknown,
                          .cost = cost::unknown,
                          .infer = infer,
                          .eval = no_eval<Op>},
                         std::move(fields)...);
}

inline OpSchema everything_row() {
  return row<Everything>(
      "everything", everything, operand<&Everything::x>("x", kAny, ""),
      optional_operand<&Everything::extra>("extra", kAny, ""), attr<&Everything::flag>("flag", ""),
      attr<&Everything::count>("count", ""), attr<&Everything::factor>("factor", ""),
      attr<&Everything::mode>("mode", ""), attr<&Everything::dtype>("dtype", ""),
      attr<&Everything::ints>("ints", ""), attr<&Everything::floats>("floats", ""),
      attr<&Everything::flags>("flags", ""), attr<&Everything::words>("words", ""),
      attr<&Everything::maybe>("maybe", ""));
}

inline const Registry& registry() {
  static const Registry instance([] {
    std::vector<OpSchema> rows;
    rows.push_back(everything_row());
    rows.push_back(row<Add>("add", add, operand<&Add::x>("x", kAny, "").grouped('T'),
                            operand<&Add::y>("y", kAny, "").grouped('T')));
    rows.push_back(
        row<Join>("join", join, operand<&Join::values>("values", kAny, "").grouped('T')));
    rows.push_back(row<Halves>("halves", halves, operand<&Halves::x>("x", kAny, "")));
    rows.push_back(row<Choose>("choose", choose,
                               operand<&Choose::pred>("pred", DTypeSet::of(DType::boolean), ""),
                               block<&Choose::yes>("yes", ""), block<&Choose::no>("no", "")));
    rows.push_back(row<Pick>("pick", pick, operand<&Pick::x>("x", kAny, "")));
    rows.push_back(row<Store>("store", store, operand<&Store::x>("x", kAny, "")));
    return rows;
  }());
  return instance;
}

}  // namespace corecast::ir::tiny
