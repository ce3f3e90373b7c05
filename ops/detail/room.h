// Makes an op's schema, and its row of MIL's rules, from a plain struct: each field of the struct
// is named once, with its doc and with what MIL has to say about it. Only for the .cpp files of op
// rooms; passes and kernels need just the struct and function.h.
//
//   OpSchema softmax_schema() {
//     return make_schema<Softmax>(
//         {.name = "softmax",
//          .doc = "...",
//          .mil = {"softmax"},
//          .traits = traits::normalization(Overflow::never).of_scale(Scale::unit),
//          .bounds = bounds::within(0, 1),
//          .cost = cost::traffic,
//          .infer = infer,
//          .eval = eval},
//         operand<&Softmax::x>("x", kFloats, "Input."),
//         attr<&Softmax::axis>("axis", "Negative counts from the end."));
//   }
#pragma once

#include "ir/schema_make.h"
#include "ops/mil/facts.h"

namespace corecast::ops {

/// What a room knows of its op: the IR's schema, and what MIL makes of it.
struct OpSchema : ir::OpSchema {
  OpRule mil;
};

template <class Op>
struct Room {
  std::string_view name;
  std::string_view doc;
  mil::OpFacts mil{};
  ir::OpTraits traits;
  ir::BoundsRow<Op> bounds;
  ir::CostRow<Op> cost;
  Result<ir::Types> (*infer)(const Op&, ir::InferContext&) = nullptr;
  Result<ir::Tensors> (*eval)(const Op&, ir::EvalContext&) = nullptr;
  std::optional<ir::Dims> (*known)(const Op&, const ir::InferContext&) = nullptr;
};

/// One field of a room's struct, and MIL's rule for it. The modifiers can be chained.
struct Field {
  ir::Field field;
  OperandRule operand{};
  ParameterRule parameter{};

  // --- operands
  Field grouped(char g) && { return field.operand.group = g, std::move(*this); }
  Field positions() && { return field.operand.positions = true, std::move(*this); }
  /// MIL takes these element types only.
  Field takes_in_mil(ir::DTypeSet s) && { return operand.takes = s, std::move(*this); }
  /// MIL takes these element types from `t` on.
  Field takes_in_mil_since(mil::Target t, ir::DTypeSet s) && {
    operand.later_since = mil::version_of(t);
    return operand.later = s, std::move(*this);
  }
  /// MIL demands a constant, or a compressed weight.
  Field constant_in_mil() && { return operand.computed_since = kNever, std::move(*this); }
  /// MIL demands a constant before `t`.
  Field computed_since(mil::Target t) && {
    return operand.computed_since = mil::version_of(t), std::move(*this);
  }

  // --- attributes
  Field limit() && { return field.attr.limit = true, std::move(*this); }
  /// Known to the IR only, never written.
  Field not_in_mil() && { return parameter.since = kNever, std::move(*this); }
  /// Element type in MIL.
  Field mil_dtype(ir::DType d) && { return parameter.dtype = d, std::move(*this); }
  /// A tuple of scalars in MIL.
  Field tuple_in_mil() && { return parameter.tuple = true, std::move(*this); }

  /// First target that has the operand or parameter.
  Field since(mil::Target t) && {
    return operand.since = parameter.since = mil::version_of(t), std::move(*this);
  }
};

/// As in ir/schema_make.h.
template <auto M>
Field operand(std::string_view name, ir::DTypeSet dtypes, std::string_view doc) {
  return {ir::fields::operand<M>(name, dtypes, doc)};
}
template <auto M>
Field optional_operand(std::string_view name, ir::DTypeSet dtypes, std::string_view doc) {
  return {ir::fields::optional_operand<M>(name, dtypes, doc)};
}
template <auto M>
Field attr(std::string_view name, std::string_view doc) {
  return {ir::fields::attr<M>(name, doc)};
}
template <auto M>
Field block(std::string_view name, std::string_view doc) {
  return {ir::fields::block<M>(name, doc)};
}

/// MIL's row for an op; fields about which there is nothing to say are left out.
OpRule mil_row(const mil::OpFacts& facts, std::span<const Field> fields);

template <class Op, class... F>
OpSchema make_schema(const Room<Op>& room, F... fields) {
  const Field all[] = {fields..., {}};
  OpRule mil = mil_row(room.mil, std::span(all, sizeof...(F)));
  return {ir::make_schema<Op>({.name = room.name,
                               .doc = room.doc,
                               .traits = room.traits,
                               .bounds = room.bounds,
                               .cost = room.cost,
                               .infer = room.infer,
                               .eval = room.eval,
                               .known = room.known},
                              std::move(fields.field)...),
          std::move(mil)};
}

}  // namespace corecast::ops
