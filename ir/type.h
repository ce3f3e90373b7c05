// Type of a value: a tensor, a list of tensors, or a state (a mutable tensor between calls).
#pragma once

#include <string>

#include "ir/dim.h"
#include "ir/dtype.h"

namespace corecast::ir {

enum class TypeKind : std::uint8_t { tensor, list, state };

struct Type {
  TypeKind kind = TypeKind::tensor;
  DType dtype = DType::f32;  ///< of the tensor, of a list's elements, or of the state's tensor
  Shape shape;               ///< likewise
  Dim length = 0;            ///< of a list

  Type() = default;
  Type(DType d, Shape s) : dtype(d), shape(std::move(s)) {}

  std::int64_t rank() const { return static_cast<std::int64_t>(shape.size()); }
  bool is_tensor() const { return kind == TypeKind::tensor; }
  bool is_static() const { return ir::is_static(shape); }
  bool is_scalar() const { return is_tensor() && shape.empty(); }
  Type with(DType d) const {
    Type t = *this;
    t.dtype = d;
    return t;
  }
  friend bool operator==(const Type&, const Type&) = default;
};

/// "f32[N,3]", "state<f16[1,8]>", "list<f32[4],10>".
std::string to_string(const Type& type);

}  // namespace corecast::ir
