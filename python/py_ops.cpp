// For tests and generated documents: one function given as text, and the table of operators.
#include "api/run.h"
#include "base/strings.h"
#include "converter/coreml/rules.h"
#include "ir/parse.h"
#include "ir/trait_names.h"
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
                const executor::Options& options) {
  TRY(auto plan, executor::compile(module, {}, options));
  return plan->run(inputs);
}

py::list evaluate(const std::string& text, const py::dict& inputs, const std::string& engine,
                  const std::string& precision, int thread_count) {
  const api::NamedTensors given = to_tensors(inputs);
  const bool by_rooms = engine == "reference";
  executor::Options options;
  options.pool = shared_pool(thread_count);
  options.precision = take(api::precision_from_name(precision));
  if (!by_rooms) options.engine = take(api::engine_from_name(engine));
  std::vector<std::string> names;
  Outputs outputs = [&]() -> Outputs {
    const py::gil_scoped_release release;
    TRY(const ir::Module module, ir::parse_module(text, ops::registry()));
    TRY_VOID(ir::verify(module));
    for (const auto& feature : module.main().outputs) names.push_back(feature.name);
    return by_rooms ? interpret(module, given) : execute(module, given, options);
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

/// What an op computed, and the bounds that its room states for it.
class Tracer {
 public:
  Tracer(const ir::Function& f, const api::NamedTensors& inputs) : f_(f) {
    const auto& args = f.block(f.entry()).args;
    for (std::size_t i = 0; i < args.size(); ++i) {
      const auto it = inputs.find(f.inputs[i].name);
      if (it != inputs.end()) values_.insert_or_assign(args[i], it->second);
    }
    options_.observe = [this](ir::ValueId v, const ir::Tensor& t) {
      values_.insert_or_assign(v, t);
    };
  }
  const ops::InterpretOptions& options() const { return options_; }

  py::dict row(ir::OpId id) const {
    const ir::OpData& op = f_.op(id);
    py::list operands, results, bounds, whatever;
    for (const ir::ValueId v : op.operands) operands.append(array(v));
    for (std::size_t i = 0; i < op.results.size(); ++i) {
      results.append(array(op.results[i]));
      bounds.append(pair(ir::bounds_of_result(f_, id, i, [&](ir::ValueId v) {
        const ir::Tensor* t = tensor(v);
        return t ? ir::bounds_of(*t) : ir::Interval();
      })));
      whatever.append(
          pair(ir::bounds_of_result(f_, id, i, [](ir::ValueId) { return ir::Interval(); })));
    }
    py::dict d;
    d["op"] = op.schema->name;
    d["operands"] = operands;
    d["results"] = results;
    d["bounds"] = bounds;
    d["bounds_of_anything"] = whatever;
    return d;
  }

 private:
  static py::tuple pair(const ir::Interval& i) { return py::make_tuple(i.lo, i.hi); }
  const ir::Tensor* tensor(ir::ValueId v) const {
    if (f_.is_constant(v)) return f_.constant(v);
    const auto it = values_.find(v);
    return it == values_.end() ? nullptr : &it->second;
  }
  py::object array(ir::ValueId v) const {
    const ir::Tensor* t = v ? tensor(v) : nullptr;
    return t ? py::object(to_numpy(*t)) : py::none();
  }

  const ir::Function& f_;
  std::map<ir::ValueId, ir::Tensor> values_;
  ops::InterpretOptions options_;
};

py::list trace(const std::string& text, const py::dict& inputs) {
  const api::NamedTensors given = to_tensors(inputs);
  const ir::Module module = take(ir::parse_module(text, ops::registry()));
  const ir::Function& f = module.main();
  Tracer tracer(f, given);
  take(ops::interpret(f, given, tracer.options()));
  py::list out;
  for (const ir::OpId id : f.ops(f.entry())) out.append(tracer.row(id));
  return out;
}

py::list engines() {
  py::list out;
  for (const auto& entry : executor::engine_list()) {
    const executor::EngineInfo info = entry.info();
    py::dict d;
    d["name"] = entry.name;
    d["available"] = info.available;
    d["devices"] = info.devices;
    d["why_not"] = info.why_not;
    out.append(d);
  }
  return out;
}

/// The name of the target that a rule means; of the oldest where there is nothing to say.
std::string_view since_text(ops::Version since) {
  return coreml::rules().versions[since == ops::kNever ? 0 : since];
}

py::list operands_of(const ir::OpSchema& s, const ops::OpRule& rule) {
  py::list out;
  for (const auto& o : s.operands) {
    py::dict d;
    d["name"] = o.name;
    d["kind"] = o.kind == ir::OperandKind::required   ? "required"
                : o.kind == ir::OperandKind::optional ? "optional"
                                                      : "variadic";
    d["dtypes"] = o.dtypes.to_string();
    d["doc"] = o.doc;
    d["constant_in_mil"] = rule.operand(o.name).computed_since == ops::kNever;
    out.append(d);
  }
  return out;
}

py::list attributes_of(const ir::OpSchema& s, const ops::OpRule& rule) {
  py::list out;
  for (const auto& a : s.attrs) {
    py::dict d;
    d["name"] = a.name;
    d["kind"] = ir::name_of(a.kind);
    d["optional"] = a.optional;
    const bool has_default = a.fallback.index() != 0;
    d["default"] = has_default ? py::object(py::str(ir::to_string(a.fallback))) : py::none();
    d["doc"] = a.doc;
    const ops::Version since = rule.parameter(a.name).since;
    d["in_mil"] = since != ops::kNever;
    d["since"] = since_text(since);
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
    const ops::OpRule& rule = coreml::rules().row(s.kind);
    d["mil"] = rule.name.empty() ? py::object(py::none()) : py::cast(rule.name);
    d["since"] = since_text(rule.since);
    d["operands"] = operands_of(s, rule);
    d["attributes"] = attributes_of(s, rule);
    py::list blocks;
    for (const auto& b : s.blocks) blocks.append(py::cast(b.name));
    d["blocks"] = blocks;
    d["has_reference"] = static_cast<bool>(s.eval);
    d["commutative"] = bool(s.traits.commutative);
    d["pure"] = bool(s.traits.pure);
    d["data_dependent"] = bool(s.traits.data_dependent);
    d["constexpr"] = bool(s.traits.constexpr_op);
    d["elementwise"] = bool(s.traits.elementwise);
    d["moves"] = ir::name_of(s.traits.moves);
    d["overflow"] = ir::name_of(s.traits.overflow);
    d["bounded"] = static_cast<bool>(s.bounds);
    out.append(d);
  }
  return out;
}

}  // namespace

void define_ops(py::module_& m) {
  m.def("evaluate", &evaluate, py::arg("text"), py::arg("inputs"), py::arg("engine") = "reference",
        py::arg("precision") = "fp32", py::arg("threads") = 1,
        "Outputs, in order, of the IR text's main function: by the op rooms' reference evaluation, "
        "or by an engine.");
  m.def("trace", &trace, py::arg("text"), py::arg("inputs"),
        "For each op of the IR text's main function: its operands, its results, and the bounds "
        "that its row in the "
        "table of ops states for them, of these operands and of any.");
  m.def("engines", &engines,
        "The engines that can be asked for: name, available, devices, why_not.");
  m.def("op_table", &op_table,
        "Every operator of the IR: operands, attributes, spelling in MIL, since when.");
}

}  // namespace corecast::python
