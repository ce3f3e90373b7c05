// Makes an OpSchema from a plain struct: each field of the struct is named once, with its doc. Op
// rooms use it through ops/detail/room.h, which adds what MIL makes of the op.
#pragma once

#include <optional>
#include <type_traits>

#include "ir/function.h"
#include "ir/schema.h"

namespace corecast::ir {

template <class Op>
struct Room {
  std::string_view name;
  std::string_view doc;
  OpTraits traits;
  BoundsRow<Op> bounds;
  CostRow<Op> cost;
  Result<Types> (*infer)(const Op&, InferContext&) = nullptr;
  Result<Tensors> (*eval)(const Op&, EvalContext&) = nullptr;
  std::optional<Dims> (*known)(const Op&, const InferContext&) = nullptr;
};

/// One field of a room's struct, type-erased: `void*` is the struct, whose kind OpSchema checks.
struct Field {
  enum class Role : std::uint8_t { operand, attr, block } role = Role::operand;
  OperandSpec operand;
  AttrSpec attr;
  BlockSpec block;
  void (*load_operand)(std::span<const ValueId>, void*) = nullptr;
  void (*store_operand)(const void*, std::vector<ValueId>&) = nullptr;
  void (*load_attr)(const Attribute&, void*) = nullptr;
  void (*store_attr)(const void*, Attribute&) = nullptr;
  void (*load_block)(BlockId, void*) = nullptr;
  BlockId (*store_block)(const void*) = nullptr;
  void (*default_attr)(Attribute&) = nullptr;

  /// Modifiers, chainable.
  Field grouped(char g) && { return operand.group = g, std::move(*this); }
  Field positions() && { return operand.positions = true, std::move(*this); }
  Field limit() && { return attr.limit = true, std::move(*this); }
};

namespace schema_detail {

template <class M>
struct Member;
template <class C, class T>
struct Member<T C::*> {
  using Class = C;
  using Type = T;
};
template <auto M>
using ClassOf = typename Member<decltype(M)>::Class;
template <auto M>
using TypeOf = typename Member<decltype(M)>::Type;

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {
  using Inner = T;
};
template <class T>
struct Plain {
  using type = T;
};
template <class T>
struct Plain<std::optional<T>> {
  using type = T;
};

template <class T>
constexpr AttrKind attr_kind() {
  if constexpr (std::is_same_v<T, bool>)
    return AttrKind::boolean;
  else if constexpr (std::is_same_v<T, std::int64_t>)
    return AttrKind::integer;
  else if constexpr (std::is_same_v<T, double>)
    return AttrKind::floating;
  else if constexpr (std::is_same_v<T, std::string>)
    return AttrKind::string;
  else if constexpr (std::is_same_v<T, DType>)
    return AttrKind::dtype;
  else if constexpr (std::is_same_v<T, std::vector<std::int64_t>>)
    return AttrKind::integers;
  else if constexpr (std::is_same_v<T, std::vector<double>>)
    return AttrKind::floats;
  else if constexpr (std::is_same_v<T, std::vector<bool>>)
    return AttrKind::booleans;
  else {
    static_assert(std::is_same_v<T, std::vector<std::string>>, "not an attribute type");
    return AttrKind::strings;
  }
}

}  // namespace schema_detail

/// Of their own, so that rooms find those of ops/detail/room.h.
namespace fields {

/// A ValueId field (required) or a std::vector<ValueId> field (variadic).
template <auto M>
Field operand(std::string_view name, DTypeSet dtypes, std::string_view doc) {
  using C = schema_detail::ClassOf<M>;
  using T = schema_detail::TypeOf<M>;
  Field f;
  f.role = Field::Role::operand;
  f.operand = {.name = name, .kind = OperandKind::required, .dtypes = dtypes, .doc = doc};
  if constexpr (std::is_same_v<T, ValueId>) {
    f.load_operand = [](std::span<const ValueId> v, void* op) { static_cast<C*>(op)->*M = v[0]; };
    f.store_operand = [](const void* op, std::vector<ValueId>& out) {
      out.push_back(static_cast<const C*>(op)->*M);
    };
  } else {
    static_assert(std::is_same_v<T, std::vector<ValueId>>,
                  "operands are ValueId or vector<ValueId>");
    f.operand.kind = OperandKind::variadic;
    f.load_operand = [](std::span<const ValueId> v, void* op) {
      (static_cast<C*>(op)->*M).assign(v.begin(), v.end());
    };
    f.store_operand = [](const void* op, std::vector<ValueId>& out) {
      const auto& values = static_cast<const C*>(op)->*M;
      out.insert(out.end(), values.begin(), values.end());
    };
  }
  return f;
}

/// A ValueId field that may be absent (an empty id).
template <auto M>
Field optional_operand(std::string_view name, DTypeSet dtypes, std::string_view doc) {
  Field f = operand<M>(name, dtypes, doc);
  f.operand.kind = OperandKind::optional;
  return f;
}

/// An attribute; a std::optional field may stay unset. The struct's initialiser is the default.
template <auto M>
Field attr(std::string_view name, std::string_view doc) {
  using C = schema_detail::ClassOf<M>;
  using T = schema_detail::TypeOf<M>;
  using P = typename schema_detail::Plain<T>::type;
  Field f;
  f.role = Field::Role::attr;
  f.attr.name = name;
  f.attr.kind = schema_detail::attr_kind<P>();
  f.attr.doc = doc;
  f.attr.optional = schema_detail::IsOptional<T>::value;
  f.load_attr = [](const Attribute& a, void* op) {
    if constexpr (schema_detail::IsOptional<T>::value) {
      if (std::holds_alternative<std::monostate>(a))
        static_cast<C*>(op)->*M = std::nullopt;
      else
        static_cast<C*>(op)->*M = std::get<P>(a);
    } else {
      static_cast<C*>(op)->*M = std::get<P>(a);
    }
  };
  f.store_attr = [](const void* op, Attribute& a) {
    const T& value = static_cast<const C*>(op)->*M;
    if constexpr (schema_detail::IsOptional<T>::value) {
      if (value)
        a = *value;
      else
        a = std::monostate{};
    } else {
      a = value;
    }
  };
  f.default_attr = [](Attribute& a) {
    const C fresh{};
    if constexpr (schema_detail::IsOptional<T>::value) {
      if (fresh.*M)
        a = *(fresh.*M);
      else
        a = std::monostate{};
    } else {
      a = fresh.*M;
    }
  };
  return f;
}

/// A nested block.
template <auto M>
Field block(std::string_view name, std::string_view doc) {
  using C = schema_detail::ClassOf<M>;
  static_assert(std::is_same_v<schema_detail::TypeOf<M>, BlockId>);
  Field f;
  f.role = Field::Role::block;
  f.block = {name, doc};
  f.load_block = [](BlockId b, void* op) { static_cast<C*>(op)->*M = b; };
  f.store_block = [](const void* op) { return static_cast<const C*>(op)->*M; };
  return f;
}

}  // namespace fields

/// Declares the operand and attribute fields in their order.
OpSchema assemble_schema(OpKind kind, OpTraits traits, std::vector<Field> fields);

template <class Op, class... F>
OpSchema make_schema(const Room<Op>& room, F... fields) {
  OpSchema s = assemble_schema(Op::kind, room.traits, {std::move(fields)...});
  s.name = room.name;
  s.doc = room.doc;
  const auto loading = [](auto function) {
    return [function](const OpData& d, auto& c) { return function(d.schema->load<Op>(d), c); };
  };
  s.infer = loading(room.infer);
  s.eval = loading(room.eval);
  s.cost = loading(room.cost.function);
  if (room.bounds.function) s.bounds = loading(room.bounds.function);
  if (room.known) s.known = loading(room.known);
  return s;
}

}  // namespace corecast::ir
