#include "tests/target/toy_target.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "ops/activation/activation.h"
#include "ops/activation/softmax.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/elementwise_unary.h"
#include "ops/ops.h"
#include "ops/reduction/reduction.h"
#include "passes/expand/expand.h"

namespace corecast::toy {
namespace {

using ir::DType;
using ir::DTypeSet;
using ir::OpKind;
using json = nlohmann::ordered_json;
using passes::Site;
using passes::Values;

// --- rules: what the machine takes --------------------------------------------------------------

constexpr DTypeSet kNumbers = DTypeSet::of(DType::f32, DType::i32);

struct Row {
  OpKind kind;
  std::string_view name;
  ops::Version since = ops::kAlways;
};
// clang-format off
constexpr Row kRows[] = {
    {OpKind::Add,       "plus"},
    {OpKind::Sub,       "minus"},
    {OpKind::Mul,       "times"},
    {OpKind::RealDiv,   "over"},
    {OpKind::Maximum,   "larger"},
    {OpKind::Exp,       "exp"},
    {OpKind::Erf,       "erf", 1},
    {OpKind::Matmul,    "product"},
    {OpKind::Reshape,   "view"},
    {OpKind::Cast,      "convert"},
    {OpKind::ReduceSum, "sum"},
    {OpKind::ReduceMax, "largest"},
};
// clang-format on

// --- expansions: what takes the place of other ops ----------------------------------------------

Values relu(Site& s) {
  const auto o = s.get<op::Relu>();
  return {s.add(op::Maximum{o.x, s.like(o.x, 0)})};
}

Values softmax(Site& s) {
  const auto o = s.get<op::Softmax>();
  const passes::Ints axes = {o.axis};
  const auto e = s.add(op::Exp{s.add(op::Sub{o.x, s.add(op::ReduceMax{o.x, axes, true})})});
  return {s.add(op::RealDiv{e, s.add(op::ReduceSum{e, axes, true})})};
}

Values gelu(Site& s) {
  const auto o = s.get<op::Gelu>();
  if (o.mode != "EXACT") return s.refuse("approximations");
  if (!s.may_have<op::Erf>()) return s.refuse_before<op::Erf>({}, "it is computed with erf");
  const auto half = s.add(op::Mul{o.x, s.like(o.x, 0.5)});
  const auto erf = s.add(op::Erf{s.add(op::Mul{o.x, s.like(o.x, 0.70710678118654752440)})});
  return {s.add(op::Mul{half, s.add(op::Add{erf, s.like(o.x, 1)})})};
}

const passes::Mapping& mapping() {
  static const passes::Mapping instance = {
      .rules = rules(),
      .check = nullptr,
      .steps = {},
      .expansions = {{OpKind::Relu, relu}, {OpKind::Softmax, softmax}, {OpKind::Gelu, gelu}}};
  return instance;
}

// --- the writer, and a reader to check it with --------------------------------------------------

json type_of(const ir::Type& type) {
  return {{"type", name_of(type.dtype)}, {"shape", ir::static_dims(type.shape)}};
}

json to_json(const ir::Attribute& attribute) {
  return std::visit(
      [](const auto& v) -> json {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, std::monostate>)
          return nullptr;
        else if constexpr (std::is_same_v<T, DType>)
          return name_of(v);
        else
          return v;
      },
      attribute);
}

ir::Attribute from_json(const json& value, ir::AttrKind kind) {
  switch (kind) {
    case ir::AttrKind::boolean: return value.get<bool>();
    case ir::AttrKind::integer: return value.get<std::int64_t>();
    case ir::AttrKind::integers: return value.get<std::vector<std::int64_t>>();
    case ir::AttrKind::dtype: return ir::dtype_from_name(value.get<std::string>()).value();
    default: CC_UNREACHABLE("no op of the machine has such an attribute");
  }
}

class Writer {
 public:
  explicit Writer(const ir::Function& f) : f_(f) {}

  std::string run() {
    const auto& entry = f_.block(f_.entry());
    for (std::size_t i = 0; i < entry.args.size(); ++i) {
      names_[entry.args[i]] = f_.inputs[i].name;
      out_["inputs"][f_.inputs[i].name] = type_of(f_.type(entry.args[i]));
    }
    out_["constants"] = json::object();
    out_["ops"] = json::array();
    ir::for_each_op(f_, [&](ir::OpId id) { op(f_.op(id)); });
    for (std::size_t i = 0; i < entry.results.size(); ++i)
      out_["outputs"][f_.outputs[i].name] = name(entry.results[i]);
    return out_.dump(1);
  }

 private:
  std::string name(ir::ValueId v) {
    const auto [it, fresh] = names_.try_emplace(v, cat("v", names_.size()));
    if (const ir::Tensor* t = f_.constant(v); t && fresh) {
      json constant = type_of(f_.type(v));
      constant["data"] = t->to_doubles();
      out_["constants"][it->second] = std::move(constant);
    }
    return it->second;
  }

  void op(const ir::OpData& data) {
    json line = {{"op", rules().row(data.schema->kind).name}};
    for (const auto v : data.operands) line["in"].push_back(name(v));
    for (std::size_t i = 0; i < data.attrs.size(); ++i) {
      if (!identical(data.attrs[i], data.schema->attrs[i].fallback))
        line[std::string(data.schema->attrs[i].name)] = to_json(data.attrs[i]);
    }
    line["out"] = name(data.results.at(0));
    out_["ops"].push_back(std::move(line));
  }

  const ir::Function& f_;
  json out_;
  std::map<ir::ValueId, std::string> names_;
};

ir::Type read_type(const json& value) {
  return {ir::dtype_from_name(value["type"].get<std::string>()).value(),
          ir::make_shape(value["shape"].get<std::vector<std::int64_t>>())};
}

}  // namespace

const ops::RuleTable& rules() {
  static const ops::RuleTable instance = [] {
    const auto& registry = ops::registry();
    ops::RuleTable table{
        .family = "The toy", .versions = {"toy1", "toy2"}, .largest_rank = 4, .rows = {}};
    table.rows.resize(registry.all().size());
    for (const Row& row : kRows) {
      ops::OpRule& rule = table.rows[static_cast<std::size_t>(row.kind)];
      rule.name = row.name;
      rule.since = row.since;
      if (row.kind == OpKind::Cast) continue;  // from and to any type
      for (const auto& operand : registry.get(row.kind).operands)
        rule.operands.push_back({.name = operand.name, .takes = kNumbers});
    }
    return table;
  }();
  return instance;
}

const passes::PassList& passes() {
  static const passes::PassList instance(
      {passes::mapping_pass("legalise", "Maps the IR to what the toy computes.", mapping)});
  return instance;
}

std::string write(const ir::Module& module) { return Writer(module.main()).run(); }

ir::Module read(const std::string& text) {
  const json file = json::parse(text);
  ir::Function f;
  std::map<std::string, ir::ValueId> values;
  for (const auto& [name, type] : file["inputs"].items()) {
    values[name] = f.add_arg(f.entry(), read_type(type), name);
    f.inputs.push_back({.name = name});
  }
  for (const auto& [name, constant] : file["constants"].items()) {
    const ir::Type type = read_type(constant);
    ir::Tensor t = ir::Tensor::zeros(type.dtype, ir::static_dims(type.shape));
    for (std::size_t i = 0; i < constant["data"].size(); ++i)
      t.set(static_cast<std::int64_t>(i), constant["data"][i].get<double>());
    values[name] = f.add_constant(std::move(t));
  }
  for (const json& line : file["ops"]) {
    const auto name = line["op"].get<std::string>();
    const auto* row = std::find_if(std::begin(kRows), std::end(kRows),
                                   [&](const Row& r) { return r.name == name; });
    CC_CHECK(row != std::end(kRows), "the machine has no such op");
    const ir::OpSchema& schema = ops::registry().get(row->kind);
    std::vector<ir::ValueId> operands;
    for (const auto& in : line["in"]) operands.push_back(values.at(in.get<std::string>()));
    std::vector<ir::Attribute> attributes;
    for (const auto& spec : schema.attrs) {
      const auto it = line.find(std::string(spec.name));
      attributes.push_back(it == line.end() ? spec.fallback : from_json(*it, spec.kind));
    }
    const auto id = f.insert({f.entry(), {}}, schema, operands, attributes, {}, nullptr);
    CC_CHECK(id.has_value(), "what the legalised module says can be said");
    values[line["out"].get<std::string>()] = f.op(*id).results[0];
  }
  std::vector<ir::ValueId> results;
  for (const auto& [name, value] : file["outputs"].items()) {
    results.push_back(values.at(value.get<std::string>()));
    f.outputs.push_back({.name = name});
  }
  f.set_results(f.entry(), std::move(results));
  ir::Module module(ops::registry());
  module.functions.push_back(std::move(f));
  return module;
}

}  // namespace corecast::toy
