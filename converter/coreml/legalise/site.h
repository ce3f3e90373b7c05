// What an expansion may see and do: one op, and the way to build its replacement before it.
#pragma once

#include <optional>
#include <vector>

#include "ir/builder.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/select.h"
#include "ops/shape/reshape.h"
#include "passes/pass.h"
#include "passes/refresh.h"

namespace corecast::coreml::legal {

using ir::Dim;
using ir::DType;
using ir::OpId;
using ir::OpKind;
using ir::Shape;
using ir::Target;
using ir::Tensor;
using ir::Type;
using ir::ValueId;
using passes::PassContext;
using passes::refresh_all;
using passes::refresh_users;
using Values = std::vector<ValueId>;
using Ints = std::vector<std::int64_t>;

class Site {
 public:
  Site(ir::Function& f, const ir::Registry& registry, std::optional<Target> target, OpId at)
      : op(at), builder(f, registry, {f.op(at).block, at}), target_(target) {
    builder.set_location(f.op(at).location);
  }

  const OpId op;
  ir::Builder builder;

  ir::Function& f() { return builder.function(); }
  /// Whether the target (any, when none is set) has what came with `since`.
  bool available(Target since) const { return !target_ || *target_ >= since; }
  /// Whether the target is known to be `since` or newer.
  bool surely(Target since) const { return target_ && *target_ >= since; }

  template <class Op>
  Op get() {
    return *f().get_if<Op>(op);
  }
  template <class Op>
  ValueId add(const Op& fields) {
    return builder.add(fields);
  }
  const Type& type(ValueId v) const { return builder.type(v); }
  const Shape& shape(ValueId v) const { return type(v).shape; }
  DType dtype(ValueId v) const { return type(v).dtype; }
  std::int64_t rank(ValueId v) const { return type(v).rank(); }
  const Tensor* constant(ValueId v) { return f().constant(v); }
  const Type& result_type() { return type(f().op(op).results.at(0)); }

  /// A scalar of v's dtype.
  ValueId like(ValueId v, double number) { return builder.scalar(dtype(v), number); }
  ValueId ints(const Ints& values) { return builder.ints(values); }
  /// v itself when it has the dtype already.
  ValueId cast(ValueId v, DType to) { return dtype(v) == to ? v : add(op::Cast{v, to}); }
  ValueId reshape(ValueId v, const Ints& to) { return add(op::Reshape{v, ints(to)}); }
  ValueId select(ValueId cond, ValueId a, ValueId b) { return add(op::Select{cond, a, b}); }

  /// Says why the op cannot be expressed, and what the user can do; the op stays and is reported.
  Values refuse(std::string why, std::string remedy = {}) {
    refusal = std::move(why);
    help = std::move(remedy);
    return {};
  }
  std::string refusal, help;

 private:
  std::optional<Target> target_;
};

/// Replaces the op at the site by what it returns, one value per result; empty: it stays as it is.
struct Expansion {
  OpKind kind;
  Values (*expand)(Site&);
};
using Expansions = std::vector<Expansion>;

void add_elementwise(Expansions& out);
void add_bitwise(Expansions& out);
void add_activations(Expansions& out);
void add_norms(Expansions& out);
void add_broadcasts(Expansions& out);
void add_resizes(Expansions& out);
void add_convolutions(Expansions& out);
void add_pools(Expansions& out);
void add_linear_algebra(Expansions& out);
void add_einsum(Expansions& out);
void add_attention(Expansions& out);
void add_recurrent(Expansions& out);
void add_reductions(Expansions& out);
void add_shapes(Expansions& out);
void add_indexing(Expansions& out);
void add_images(Expansions& out);
void add_random(Expansions& out);

/// op::X{x, y} in short.
template <class Op>
ValueId binary(Site& s, ValueId x, ValueId y) {
  return s.add(Op{x, y});
}

}  // namespace corecast::coreml::legal
