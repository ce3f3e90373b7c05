// FunctionBench: a function under construction, for tests of inference and of symbolic known
// values.
//
//   FunctionBench b;
//   const auto x = b.input("f32[N,3]");
//   CHECK(b.type(op::Transpose{x, {1, 0}}) == "f32[3,N]");
#pragma once

#include <string>

#include "ir/builder.h"
#include "ops/interpret.h"
#include "ops/ops.h"

namespace corecast::test {

class FunctionBench {
 public:
  /// An input of this dtype and shape, dims in Dim's text form.
  ir::ValueId input(ir::DType dtype, const std::vector<std::string>& dims) {
    ir::Shape shape;
    for (const auto& d : dims) shape.push_back(ir::Dim::parse(d).value());
    return f_.add_arg(f_.entry(), ir::Type(dtype, shape));
  }
  ir::ValueId floats(const std::vector<std::string>& dims) { return input(ir::DType::f32, dims); }
  ir::ValueId ints(const std::vector<std::int64_t>& values) { return b_.ints(values); }
  ir::ValueId constant(ir::Tensor t) { return b_.constant(std::move(t)); }

  template <class Op>
  ir::ValueId add(const Op& op) {
    return b_.add(op);
  }
  /// "f32[3,N]", or the message of the error.
  template <class Op>
  std::string type(const Op& op) {
    const auto id = b_.try_add(op);
    if (!id) return plain<Op>(id.error());
    std::string out;
    for (const auto r : f_.op(*id).results) out += (out.empty() ? "" : " ") + to_string(f_.type(r));
    return out;
  }
  /// The symbolic elements of the op's result as "[N,3]"; "unknown" where they are not known.
  template <class Op>
  std::string known(const Op& op) {
    const auto& k = f_.value(b_.add(op)).known;
    return k ? to_string(*k) : "unknown";
  }
  /// The result of an op on constants, or the message of the error.
  template <class Op>
  Result<ir::Tensor> run(const Op& op) {
    TRY(const ir::OpId id, b_.try_add(op));
    TRY(auto out, ops::evaluate_op(f_, id, [&](ir::ValueId v) { return f_.constant(v); }));
    return out.at(0);
  }
  template <class Op>
  std::string error(const Op& op) {
    auto out = run(op);
    return out ? "no error" : plain<Op>(out.error());
  }

 private:
  /// The message without the op's name in front, which inference adds.
  template <class Op>
  static std::string plain(const Error& error) {
    const std::string prefix = std::string(ops::registry().get(Op::kind).name) + ": ";
    return error.message.starts_with(prefix) ? error.message.substr(prefix.size()) : error.message;
  }
  ir::Function f_;
  ir::Builder b_{f_, ops::registry()};
};

}  // namespace corecast::test
