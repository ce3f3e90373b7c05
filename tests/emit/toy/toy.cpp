#include "tests/emit/toy/toy.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "converter/emit/emit.h"
#include "converter/emit/interface.h"
#include "ops/activation/activation.h"
#include "ops/activation/softmax.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/linear/linear.h"

namespace corecast::toy {
namespace {

using emit::Emit;
using emit::Values;
using ir::DType;
using ir::Tensor;
using ir::ValueId;
using nlohmann::json;

constexpr std::string_view kName = "toy";

Error malformed(const std::string& path, std::string message) {
  return Error(Code::E2002, std::move(message), {}, Where{path, {}, {}, {}, {}});
}

Result<json> read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error(Code::E2001, "cannot be opened", {}, Where{path, {}, {}, {}, {}});
  json model = json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (!model.is_object() || !model["inputs"].is_object() || !model["layers"].is_array() ||
      !model["outputs"].is_array())
    return malformed(path, "this is no toy model");
  return model;
}

// A layer as its row reads it.
class Layer : public Emit {
 public:
  Layer(emit::Draft& draft, const json& layer, const std::map<std::string, ValueId>& values)
      : Emit(draft, {draft.path(), {}, layer.value("name", ""), layer.value("op", ""), {}}),
        layer_(layer),
        values_(values) {}

  ValueId input(std::size_t i) {
    const json& of = layer_.at("of");
    const auto it = i < of.size() ? values_.find(of[i].get<std::string>()) : values_.end();
    if (it == values_.end()) {
      fail("input ", i, " is missing");
      return {};
    }
    if (!it->second) poison();
    return it->second;
  }
  // Numbers, nested as they are to be shaped.
  ValueId weight(const char* name) {
    std::vector<std::int64_t> dims;
    for (const json* j = &layer_.at(name); j->is_array() && !j->empty(); j = &j->front())
      dims.push_back(static_cast<std::int64_t>(j->size()));
    const json flat = layer_.at(name).flatten();
    Tensor t = Tensor::zeros(DType::f32, dims);
    if (t.count() != static_cast<std::int64_t>(flat.size())) {
      fail(name, " has rows of different length");
      return {};
    }
    for (std::int64_t i = 0; const json& number : flat) t.set(i++, number.get<double>());
    return draft().stored(std::move(t));
  }

 private:
  const json& layer_;
  const std::map<std::string, ValueId>& values_;
};

struct Row {
  std::string_view op;
  ValueId (*read)(Layer&);
};
constexpr Row kRows[] = {
    {"linear",
     [](Layer& n) {
       const ValueId x = n.input(0);
       return n.add(op::Linear{x, n.weight("weight"), n.weight("bias")});
     }},
    {"relu", [](Layer& n) { return n.add(op::Relu{n.input(0)}); }},
    {"add",
     [](Layer& n) {
       const ValueId x = n.input(0);
       return n.add(op::Add{x, n.input(1)});
     }},
    {"softmax",
     [](Layer& n) {
       return n.add(op::Softmax{n.input(0), -1});
     }},
};

Status fill(const json& model, emit::Draft& draft, const converter::ImportOptions& options) {
  emit::Inputs inputs(draft, options, {});
  std::vector<std::string> names, outputs;
  for (const auto& [name, sizes] : model["inputs"].items()) names.push_back(name);
  TRY_VOID(inputs.check_names(names));
  for (const auto& [name, sizes] : model["inputs"].items()) {
    emit::DeclaredInput input{name, {}, DType::f32, std::vector<emit::DeclaredSize>()};
    for (const json& d : sizes) {
      input.shape->push_back(d.is_string() ? emit::DeclaredSize{std::nullopt, d.get<std::string>()}
                                           : emit::DeclaredSize{d.get<std::int64_t>(), {}});
    }
    TRY_VOID(inputs.declare(std::move(input)));
  }
  TRY(const Values arguments, inputs.add());
  std::map<std::string, ValueId> values;
  for (std::size_t i = 0; i < names.size(); ++i) values[names[i]] = arguments[i];
  for (const json& layer : model["layers"]) {
    if (!draft.count_node({})) break;
    Layer n(draft, layer, values);
    draft.set_location(n.where());
    const auto* row = std::find_if(std::begin(kRows), std::end(kRows),
                                   [&](const Row& r) { return r.op == n.where().op; });
    if (row == std::end(kRows)) n.unsupported("this operator is not supported");
    const ValueId made = n.failed() ? ValueId() : row->read(n);
    values[n.where().node] = n.failed() ? ValueId() : made;
    if (made) draft.function().set_name(made, n.where().node);
  }
  if (draft.diagnostics().has_errors()) return draft.diagnostics().summary();
  for (const json& name : model["outputs"]) outputs.push_back(name.get<std::string>());
  return emit::set_outputs(draft, options, {}, outputs, [&](const std::string& name) {
    const auto it = values.find(name);
    return it == values.end() ? nullptr : &it->second;
  });
}

Result<std::vector<std::string>> input_names(const std::string& path) {
  TRY(const json model, read(path));
  std::vector<std::string> names;
  for (const auto& [name, sizes] : model["inputs"].items()) names.push_back(name);
  return names;
}

Result<ir::Module> import(const std::string& path, const converter::ImportOptions& options,
                          Diagnostics& diagnostics) {
  TRY(const json model, read(path));
  const emit::Source source{path, kName, "write the model again"};
  const auto once = [&](emit::Draft& draft, const converter::ImportOptions& bound) -> Status {
    try {
      return fill(model, draft, bound);
    } catch (const json::exception& e) {  // a field that is missing, or of another type
      return malformed(path, e.what());
    }
  };
  return emit::import_at_required_sizes(source, options, diagnostics, once);
}

}  // namespace

const converter::Frontend& frontend() {
  static constexpr converter::Frontend row = {
      .name = kName,
      .title = "Toy",
      .noun = "a toy model",
      .sniff = [](const std::string& path, ByteView) { return path.ends_with(".toy.json"); },
      .interface = input_names,
      .import = import};
  return row;
}

}  // namespace corecast::toy
