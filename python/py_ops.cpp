// For tests and generated documents: one function given as text, and the table of operators.
#include "base/strings.h"
#include "executor/plan.h"
#include "ir/parse.h"
#include "ir/verify.h"
#include "ops/interpret.h"
#include "ops/ops.h"
#include "python/bindings.h"

namespace corecast::python {
namespace {

using Outputs = Result<api::NamedTensors>;

Outputs interpret(const ir::Module& module, const api::NamedTensors& inputs) {
  return ops::interpret(module.main(), inputs);
}

Outputs execute(const ir::Module& module, const api::NamedTensors& inputs,
                executor::Precision precision, int thread_count) {
  executor::Options options;
  options.precision = precision;
  options.threads = thread_count;
  TRY(auto plan, executor::compile(module, {}, options));
  return plan->run(inputs);
}

py::list evaluate(const std::string& text, const py::dict& inputs, const std::string& engine,
                  int thread_count) {
  const api::NamedTensors given = to_tensors(inputs);
  std::optional<executor::Precision> precision;
  for (const auto p :
       {executor::Precision::fp32, executor::Precision::fp16, executor::Precision::native}) {
    if (engine == executor::name_of(p)) precision = p;
  }
  if (!precision && engine != "reference")
    throw py::value_error(cat("no engine ", quote(engine), ": reference, fp32, fp16 or native"));
  std::vector<std::string> names;
  Outputs outputs = [&]() -> Outputs {
    const py::gil_scoped_release release;
    TRY(const ir::Module module, ir::parse_module(text, ops::registry()));
    TRY_VOID(ir::verify(module));
    for (const auto& feature : module.main().outputs) names.push_back(feature.name);
    return precision ? execute(module, given, *precision, thread_count) : interpret(module, given);
  }();
  api::NamedTensors made = take(std::move(outputs));
  py::list out;
  for (const auto& name : names) {
    const auto it = made.find(name);
    CC_CHECK(it != made.end(), "every output is computed");
    out.append(to_numpy(it->second));
  }
  return out;
}

py::list operands_of(const ir::OpSchema& s) {
  py::list out;
  for (const auto& o : s.operands) {
    py::dict d;
    d["name"] = o.name;
    d["kind"] = o.kind == ir::OperandKind::required   ? "required"
                : o.kind == ir::OperandKind::optional ? "optional"
                                                      : "variadic";
    d["dtypes"] = o.dtypes.to_string();
    d["doc"] = o.doc;
    d["constant_in_mil"] = o.constant_in_mil;
    out.append(d);
  }
  return out;
}

py::list attributes_of(const ir::OpSchema& s) {
  py::list out;
  for (const auto& a : s.attrs) {
    py::dict d;
    d["name"] = a.name;
    d["kind"] = ir::name_of(a.kind);
    d["optional"] = a.optional;
    const bool has_default = a.fallback.index() != 0;
    d["default"] = has_default ? py::object(py::str(ir::to_string(a.fallback))) : py::none();
    d["doc"] = a.doc;
    d["in_mil"] = a.in_mil;
    d["since"] = ir::name_of(a.since);
    out.append(d);
  }
  return out;
}

py::list op_table() {
  py::list out;
  for (const ir::OpSchema& s : ops::registry().all()) {
    py::dict d;
    d["name"] = s.name;
    d["doc"] = s.doc;
    d["mil"] = s.mil.name.empty() ? py::object(py::none()) : py::cast(s.mil.name);
    d["since"] = ir::name_of(s.mil.since);
    d["operands"] = operands_of(s);
    d["attributes"] = attributes_of(s);
    py::list blocks;
    for (const auto& b : s.blocks) blocks.append(py::cast(b.name));
    d["blocks"] = blocks;
    d["has_reference"] = static_cast<bool>(s.eval);
    d["commutative"] = bool(s.traits.commutative);
    d["pure"] = bool(s.traits.pure);
    d["data_dependent"] = bool(s.traits.data_dependent);
    d["constexpr"] = bool(s.traits.constexpr_op);
    d["elementwise"] = bool(s.traits.elementwise);
    out.append(d);
  }
  return out;
}

}  // namespace

void define_ops(py::module_& m) {
  m.def("evaluate", &evaluate, py::arg("text"), py::arg("inputs"), py::arg("engine") = "reference",
        py::arg("threads") = 1,
        "Outputs, in order, of the IR text's main function: by the op rooms' reference evaluation, "
        "or by the executor.");
  m.def("op_table", &op_table,
        "Every operator of the IR: operands, attributes, spelling in MIL, since when.");
}

}  // namespace corecast::python
