#include "compress/weights.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/strings.h"
#include "ops/conv/conv_transpose.h"
#include "ops/indexing/gather.h"
#include "ops/linear/matmul.h"

namespace corecast::compress {
namespace {

using ir::Function;
using ir::OpId;
using ir::ValueId;

constexpr std::int64_t kSmallest = 10;  // as the format decides between a file and the message

struct Axes {
  std::int64_t output = 0, input = 1;
  friend bool operator==(const Axes&, const Axes&) = default;
};

/// Which axes an op takes as channels of operand `index`.
Axes axes_of(const Function& f, OpId op, std::size_t index, std::int64_t rank) {
  if (f.get_if<op::ConvTranspose>(op)) return {1, 0};
  if (const auto m = f.get_if<op::Matmul>(op)) {
    const bool left = index == 0;
    // The reduced axis is the input: the last of x, the one before of y.
    const bool input_last = left ? !m->transpose_x : m->transpose_y;
    return input_last ? Axes{rank - 2, rank - 1} : Axes{rank - 1, rank - 2};
  }
  if (const auto g = f.get_if<op::Gather>(op); g && index == 0) {
    const std::int64_t axis = g->axis < 0 ? g->axis + rank : g->axis;
    return {axis, axis == rank - 1 ? 0 : rank - 1};
  }
  return {0, 1};
}

class Finder {
 public:
  explicit Finder(const ir::Module& m) : module_(m) {}

  std::vector<Weight> run() {
    for (function_ = 0; function_ < module_.functions.size(); ++function_) {
      index_.clear();
      const Function& f = module_.functions[function_];
      ir::for_each_op(f, [&](OpId id) {
        const ir::OpData& op = f.op(id);
        if (op.schema->traits.constexpr_op) return;
        for (std::size_t i = 0; i < op.operands.size(); ++i) {
          if (op.operands[i]) visit(f, op.operands[i], id, i);
        }
      });
    }
    return std::move(weights_);
  }

 private:
  void visit(const Function& f, ValueId v, OpId reader, std::size_t operand) {
    const OpId def = f.def(v);
    const bool compressed = def && f.op(def).schema->traits.constexpr_op;
    if (!f.is_constant(v) && !compressed) return;
    const auto [it, fresh] = index_.try_emplace(v, weights_.size());
    if (fresh && !add(f, v, reader, operand)) {
      it->second = kNone;
      return;
    }
    if (it->second == kNone) return;
    Weight& w = weights_[it->second];
    const std::string op(f.op(reader).schema->name);
    const auto at = std::lower_bound(w.ops.begin(), w.ops.end(), op);
    if (at == w.ops.end() || *at != op) w.ops.insert(at, op);
    const auto rank = static_cast<std::int64_t>(w.dims.size());
    const Axes axes = axes_of(f, reader, operand, rank);
    if (fresh) {
      w.output_axis = axes.output;
      w.input_axis = axes.input;
    } else if (Axes{w.output_axis, w.input_axis} != axes) {
      w.axes_agree = false;
    }
  }

  bool add(const Function& f, ValueId v, OpId reader, std::size_t operand) {
    const ir::Type& type = f.type(v);
    if (!type.is_tensor() || !type.is_static()) return false;
    Weight w;
    w.function = function_;
    w.value = v;
    w.dtype = type.dtype;
    w.dims = ir::static_dims(type.shape);
    if (w.count() < kSmallest && w.count() != 0) return false;
    w.name = name_of(f, v, reader, operand);
    w.refusal = refusal(f, v, w);
    weights_.push_back(std::move(w));
    return true;
  }

  static std::string name_of(const Function& f, ValueId v, OpId reader, std::size_t operand) {
    std::string name = f.value(v).name;
    // What narrowing appends is not the source's.
    if (constexpr std::string_view suffix = "_to_fp16"; name.ends_with(suffix))
      name.resize(name.size() - suffix.size());
    if (!name.empty()) return name;
    const ir::OpData& op = f.op(reader);
    std::string node = op.location ? op.location->node : std::string();
    if (node.empty() && !op.results.empty()) node = f.value(op.results[0]).name;
    if (node.empty()) node = cat(op.schema->name, "_", reader.index());
    return cat(node, ".", op.schema->operands[op.schema->operand_index(op, operand)].name);
  }

  static std::string refusal(const Function& f, ValueId v, const Weight& w) {
    if (w.dtype != ir::DType::f16 && w.dtype != ir::DType::f32)
      return ir::is_floating(w.dtype) ? cat("it is ", ir::name_of(w.dtype))
                                      : std::string("it holds integers");
    if (w.count() == 0) return "it has no elements";
    if (w.dims.size() < 2) return "it is a vector";
    for (const ir::Use& use : f.value(v).uses) {
      if (use.block) return "it is an output of the model";
    }
    return {};
  }

  static constexpr std::size_t kNone = SIZE_MAX;
  const ir::Module& module_;
  std::size_t function_ = 0;
  std::map<ValueId, std::size_t> index_;
  std::vector<Weight> weights_;
};

}  // namespace

std::int64_t Weight::count() const { return ir::element_count(dims).value_or(0); }

std::vector<Weight> find_weights(const ir::Module& module) { return Finder(module).run(); }

}  // namespace corecast::compress
