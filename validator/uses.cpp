#include "validator/uses.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <set>

#include "ops/conv/conv.h"
#include "ops/creation/one_hot.h"
#include "ops/creation/range_1d.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/select.h"
#include "ops/indexing/gather.h"
#include "ops/indexing/scatter.h"
#include "ops/linear/attention.h"
#include "ops/linear/linear.h"
#include "ops/linear/matmul.h"
#include "ops/recurrent/rnn.h"
#include "ops/shape/reverse_sequence.h"

namespace corecast::validator {
namespace {

using ir::Dim;
using ir::OpId;
using ir::OpKind;
using ir::ValueId;

/// Numbers of this size hide a score.
constexpr double kHiding = -1e3;
constexpr std::size_t kMostSteps = 400;

/// What became of the input's elements on the way to a value.
struct Path {
  ValueId at;
  bool flipped = false;   ///< 1 - x, not x
  bool negative = false;  ///< times a large negative number
  bool scaled = false;    ///< by constants of any kind
};

class Walker {
 public:
  explicit Walker(const ir::Function& f) : f_(f) {}

  Uses walk(ValueId from) {
    queue_.push_back({from});
    while (!queue_.empty() && seen_.size() < kMostSteps) {
      const Path path = queue_.front();
      queue_.pop_front();
      if (!seen_.insert(path.at).second) continue;
      for (const ir::Use& use : f_.value(path.at).uses) {
        if (use.op) visit(path, use);
      }
    }
    return std::move(uses_);
  }

 private:
  void visit(const Path& path, const ir::Use& use) {
    if (indexes(path, use.op) || recurrent(path, use.op) || products(path, use.op) ||
        logic(path, use.op) || arithmetic(path, use.op))
      return;
    const auto& traits = f_.op(use.op).schema->traits;
    const bool moves = ir::moves_only(traits.moves) || traits.moves == ir::Moves::fills;
    const bool carried = moves || f_.is(use.op, OpKind::Cast);
    const bool is_data = use.index == 0 || f_.is(use.op, OpKind::Concat);
    if (carried && is_data) go_on(path, use.op);
  }

  void go_on(Path path, OpId op) {
    for (const ValueId r : f_.op(op).results) {
      path.at = r;
      queue_.push_back(path);
    }
  }

  void index(ValueId table, std::int64_t axis) {
    const auto& shape = f_.type(table).shape;
    const auto rank = static_cast<std::int64_t>(shape.size());
    if (axis < 0) axis += rank;
    if (axis < 0 || axis >= rank) return;
    if (limit(shape[static_cast<std::size_t>(axis)], name_of(table)))
      uses_.computed = !is_weight(table);
  }
  /// A constant, or a form of one.
  bool is_weight(ValueId v) const {
    while (v && !f_.is_constant(v) && f_.def(v) && !f_.op(f_.def(v)).operands.empty())
      v = f_.op(f_.def(v)).operands[0];
    return f_.is_constant(v);
  }
  /// True where the size is the smallest so far.
  bool limit(const Dim& size, const std::string& table) {
    const auto now = uses_.rows ? uses_.rows->constant() : std::nullopt;
    const auto more = size.constant();
    const bool smaller = now && more ? *more < *now : !now && (more || !uses_.rows);
    if (uses_.rows && !smaller) return false;
    uses_.rows = size;
    uses_.table = table;
    return true;
  }
  /// Weights may stand behind casts and the like.
  std::string name_of(ValueId v) const {
    while (v && f_.value(v).name.empty() && f_.def(v) && !f_.op(f_.def(v)).operands.empty())
      v = f_.op(f_.def(v)).operands[0];
    return v ? f_.value(v).name : std::string();
  }

  bool indexes(const Path& path, OpId op) {
    const ValueId at = path.at;
    if (const auto o = f_.get_if<op::Gather>(op)) return by(o->indices == at, o->x, o->axis);
    if (const auto o = f_.get_if<op::GatherAlongAxis>(op))
      return by(o->indices == at, o->x, o->axis);
    if (const auto o = f_.get_if<op::GatherNd>(op))
      return by(o->indices == at, o->x, o->batch_dims);
    if (const auto o = f_.get_if<op::Scatter>(op)) return by(o->indices == at, o->data, o->axis);
    if (const auto o = f_.get_if<op::ScatterAlongAxis>(op))
      return by(o->indices == at, o->data, o->axis);
    if (const auto o = f_.get_if<op::ScatterNd>(op)) return by(o->indices == at, o->data, 0);
    if (const auto o = f_.get_if<op::OneHot>(op); o && o->indices == at) {
      const ir::Tensor* depth = f_.constant(o->one_hot_vector_size);
      if (depth && depth->count() == 1) {
        limit(Dim(depth->at_int(0)), {});
        uses_.one_hot = uses_.table.empty();
      }
      return true;
    }
    if (const auto o = f_.get_if<op::ReverseSequence>(op); o && o->lengths == at) {
      const auto& shape = f_.type(o->x).shape;
      const auto rank = static_cast<std::int64_t>(shape.size());
      uses_.steps = shape[static_cast<std::size_t>(o->seq_axis + (o->seq_axis < 0 ? rank : 0))];
      return true;
    }
    return false;
  }
  bool by(bool is_index, ValueId table, std::int64_t axis) {
    if (is_index) index(table, axis);
    return is_index;
  }

  bool recurrent(const Path& path, OpId op) {
    const auto starts = [&](ValueId h) { return uses_.initial_state |= h == path.at; };
    if (const auto o = f_.get_if<op::Lstm>(op))
      return starts(o->initial_h), starts(o->initial_c), true;
    if (const auto o = f_.get_if<op::Gru>(op)) return starts(o->initial_h), true;
    if (const auto o = f_.get_if<op::Rnn>(op)) return starts(o->initial_h), true;
    return false;
  }

  bool products(const Path& path, OpId op) {
    if (const auto o = f_.get_if<op::Conv>(op)) {
      if (o->x == path.at) uses_.convolved = static_cast<int>(f_.type(path.at).rank());
      return true;
    }
    if (const auto o = f_.get_if<op::ScaledDotProductAttention>(op)) {
      if (o->attn_mask != path.at) return true;
      if (f_.type(path.at).dtype == ir::DType::boolean)
        uses_.chooses = true, uses_.hides = path.flipped;
      else
        add_to_scores(path);
      return true;
    }
    const bool matrix = f_.is(op, OpKind::Linear) || f_.is(op, OpKind::Matmul);
    if (matrix && !path.scaled) uses_.features = true;
    return matrix;
  }

  bool logic(const Path& path, OpId op) {
    if (const auto o = f_.get_if<op::Select>(op); o && o->cond == path.at) {
      uses_.chooses = true;
      if (is_hiding(o->a)) uses_.hides = !path.flipped;
      if (is_hiding(o->b)) uses_.hides = path.flipped;
      return true;
    }
    if (f_.is(op, OpKind::LogicalNot)) {
      Path flipped = path;
      flipped.flipped = !path.flipped;
      go_on(flipped, op);
      return true;
    }
    for (const OpKind k : {OpKind::LogicalAnd, OpKind::LogicalOr, OpKind::LogicalXor}) {
      if (!f_.is(op, k)) continue;
      uses_.chooses = true;
      go_on(path, op);
      return true;
    }
    return compares(path, op);
  }

  bool compares(const Path& path, OpId op) {
    const bool equal = f_.is(op, OpKind::Equal) || f_.is(op, OpKind::NotEqual);
    bool order = false;
    for (const OpKind k : {OpKind::Less, OpKind::LessEqual, OpKind::Greater, OpKind::GreaterEqual})
      order = order || f_.is(op, k);
    if (!equal && !order) return false;
    const ValueId other = other_of(path, op);
    const ir::Tensor* constant = f_.constant(other);
    if (equal && constant && constant->count() == 1) {
      uses_.equals.push_back(constant->at(0));
      const double zero = constant->at(0);
      // mask == 0 and mask != 1 are true where a mask of 0 and 1 says no.
      if (zero == 0 || zero == 1) {
        Path on = path;
        if (f_.is(op, OpKind::Equal) == (zero == 0)) on.flipped = !path.flipped;
        go_on(on, op);
      }
      return true;
    }
    if (!order) return true;
    uses_.compared = true;
    if (const auto axis = places(other)) uses_.steps = *axis;
    return true;
  }

  /// The size of the axis whose places 0, 1, 2, ... v holds.
  std::optional<Dim> places(ValueId v) const {
    for (int hops = 0; v && hops < 8; ++hops) {
      const OpId def = f_.def(v);
      if (f_.is_constant(v)) {
        const ir::Tensor& t = *f_.constant(v);
        const bool counts = t.count() > 1 && t.at(0) == 0 && t.at(1) == 1;
        return counts ? std::optional<Dim>(t.count()) : std::nullopt;
      }
      if (!def) return std::nullopt;
      if (f_.is(def, OpKind::Range1d)) return f_.type(v).shape[0];
      const auto& traits = f_.op(def).schema->traits;
      if (!ir::moves_only(traits.moves) && !f_.is(def, OpKind::Cast)) return std::nullopt;
      v = f_.op(def).operands[0];
    }
    return std::nullopt;
  }

  bool arithmetic(const Path& path, OpId op) {
    const bool add = f_.is(op, OpKind::Add), sub = f_.is(op, OpKind::Sub),
               mul = f_.is(op, OpKind::Mul), div = f_.is(op, OpKind::RealDiv);
    if (!add && !sub && !mul && !div) return false;
    const ValueId other = other_of(path, op);
    const ir::Tensor* constant = f_.constant(other);
    if (!constant || constant->count() == 0) {
      if (add) add_to_scores(path, op);
      if (mul) uses_.multiplied = true;
      return true;
    }
    const double c = constant->at(0);
    const bool second = f_.op(op).operands[0] != path.at;
    Path next = path;
    next.scaled = true;
    if (sub && second) next.flipped = !path.flipped;
    if (mul && c <= kHiding) next.negative = true;
    if (add || sub) uses_.offset = std::max(uses_.offset, std::fabs(c));
    if (div && !second) uses_.divisor = std::max(uses_.divisor, std::fabs(c));
    if (mul && c != 0) uses_.divisor = std::max(uses_.divisor, 1 / std::fabs(c));
    go_on(next, op);
    return true;
  }

  void add_to_scores(const Path& path, OpId op) {
    if (reaches_softmax(f_.op(op).results[0])) add_to_scores(path);
  }
  void add_to_scores(const Path& path) {
    if (!path.negative) {
      uses_.added_to_scores = true;
      return;
    }
    uses_.masks_scores = true;
    uses_.hides = !path.flipped;
  }

  ValueId other_of(const Path& path, OpId op) const {
    const auto& operands = f_.op(op).operands;
    return operands[0] == path.at ? operands[1] : operands[0];
  }

  bool is_hiding(ValueId v) const {
    const ir::Tensor* t = f_.constant(v);
    return t && t->count() > 0 && ir::is_floating(t->dtype()) && t->at(0) <= kHiding;
  }

  /// A softmax, or one written out.
  bool reaches_softmax(ValueId from) const {
    std::deque<ValueId> queue = {from};
    std::set<ValueId> seen;
    while (!queue.empty() && seen.size() < 40) {
      const ValueId at = queue.front();
      queue.pop_front();
      if (!seen.insert(at).second) continue;
      for (const ir::Use& use : f_.value(at).uses) {
        if (!use.op) continue;
        for (const OpKind k : {OpKind::Softmax, OpKind::LogSoftmax, OpKind::Exp})
          if (f_.is(use.op, k)) return true;
        const auto attention = f_.get_if<op::ScaledDotProductAttention>(use.op);
        if (attention && attention->attn_mask == at) return true;
        const auto& traits = f_.op(use.op).schema->traits;
        const bool onwards = ir::moves_only(traits.moves) || f_.is(use.op, OpKind::Add) ||
                             f_.is(use.op, OpKind::Sub) || f_.is(use.op, OpKind::Cast) ||
                             f_.is(use.op, OpKind::Maximum) || f_.is(use.op, OpKind::Clip);
        if (!onwards) continue;
        for (const ValueId r : f_.op(use.op).results) queue.push_back(r);
      }
    }
    return false;
  }

  const ir::Function& f_;
  Uses uses_;
  std::deque<Path> queue_;
  std::set<ValueId> seen_;
};

}  // namespace

Uses uses_of(const ir::Function& f, ValueId v) { return Walker(f).walk(v); }

}  // namespace corecast::validator
