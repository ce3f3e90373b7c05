// gru with a bias on each side: MIL's own form of it came with iOS 18 and resets in front of the
// product, so that the layers of PyTorch and of ONNX (linear_before_reset) are written out, step by
// step: unrolled when there are few steps, else as a loop.
#include <functional>

#include "converter/coreml/legalise/extents.h"
#include "converter/coreml/legalise/padding.h"
#include "ops/activation/activation.h"
#include "ops/control_flow/control_flow.h"
#include "ops/creation/fill.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/elementwise/elementwise_unary.h"
#include "ops/indexing/gather.h"
#include "ops/indexing/scatter.h"
#include "ops/linear/linear.h"
#include "ops/recurrent/rnn.h"
#include "ops/shape/concat.h"
#include "ops/shape/expand_dims.h"
#include "ops/shape/split.h"
#include "ops/shape/squeeze.h"

namespace corecast::coreml::legal {
namespace {

constexpr std::int64_t kMostUnrolled = 32;

ValueId activated(ir::Builder& b, const std::string& name, ValueId v) {
  if (name == "sigmoid") return b.add(op::Sigmoid{v});
  if (name == "relu") return b.add(op::Relu{v});
  if (name == "linear") return v;
  if (name == "tanh" || name == "scaled_tanh") return b.add(op::Tanh{v});
  return b.add(op::SigmoidHard{v, 0.2, 0.5});
}

/// The next hidden state [b, H] from a step's W x + input_bias [b, 3H] and the state.
ValueId step(ir::Builder& b, const op::Gru& o, ValueId from_input, ValueId h) {
  const op::Split thirds{.x = {}, .num_splits = 3, .split_sizes = std::nullopt, .axis = -1};
  auto parts = [&](ValueId v) {
    op::Split split = thirds;
    split.x = v;
    return b.add_all(split);
  };
  const Values x = parts(from_input);
  const Values r = parts(b.add(op::Linear{h, o.weight_hh, o.bias}));
  const ValueId reset = activated(b, o.recurrent_activation, b.add(op::Add{x[0], r[0]}));
  const ValueId update = activated(b, o.recurrent_activation, b.add(op::Add{x[2], r[2]}));
  const ValueId fresh =
      activated(b, o.activation, b.add(op::Add{x[1], b.add(op::Mul{reset, r[1]})}));
  // (1 - z) * o + z * h
  const ValueId change = b.add(op::Mul{update, b.add(op::Sub{h, fresh})});
  return b.add(op::Add{fresh, change});
}

Values unrolled(Site& s, const op::Gru& o, ValueId inputs, std::int64_t steps) {
  ValueId h = o.initial_h;
  Values all;
  for (std::int64_t k = 0; k < steps; ++k) {
    const std::int64_t t = o.direction == "reverse" ? steps - 1 - k : k;
    h = step(s.builder, o, s.add(op::Gather{inputs, s.builder.int_scalar(t), 0}), h);
    if (o.output_sequence) all.push_back(h);
  }
  return {o.output_sequence ? s.add(op::Stack{all, 0}) : s.add(op::ExpandDims{h, {0}}), h};
}

Values looped(Site& s, const op::Gru& o, ValueId inputs) {
  ir::Function& f = s.f();
  const ValueId steps = s.add(op::Squeeze{runtime_size(s, Extent::of(s, inputs, 0)), Ints{0}});
  const ValueId zero = s.builder.int_scalar(0), one = s.builder.int_scalar(1);
  Values start = {zero, o.initial_h};
  if (o.output_sequence) {
    const std::vector<Extent> shape = {Extent::of(s, inputs, 0), Extent::of(s, o.initial_h, 0),
                                       Extent::of(s, o.initial_h, 1)};
    start.push_back(s.add(op::Fill{sizes(s, shape), s.like(inputs, 0)}));
  }
  const auto block = [&] {
    const ir::BlockId id = f.add_block();
    for (const ValueId v : start) f.add_arg(id, f.type(v));
    return id;
  };
  const ir::BlockId cond = block(), body = block();
  ir::Builder c(f, s.builder.registry(), {cond, OpId()});
  f.set_results(cond, {c.add(op::Less{f.block(cond).args[0], steps})});

  ir::Builder b(f, s.builder.registry(), {body, OpId()});
  b.set_location(s.builder.location());
  const Values args = f.block(body).args;
  const ValueId at =
      o.direction == "reverse" ? b.add(op::Sub{b.add(op::Sub{steps, one}), args[0]}) : args[0];
  const ValueId h = step(b, o, b.add(op::Gather{inputs, at, 0}), args[1]);
  Values next = {b.add(op::Add{args[0], one}), h};
  if (o.output_sequence) {
    next.push_back(b.add(op::Scatter{.data = args[2],
                                     .indices = b.add(op::ExpandDims{args[0], {0}}),
                                     .updates = b.add(op::ExpandDims{h, {0}}),
                                     .axis = 0,
                                     .mode = "update"}));
  }
  // Sizes that are equal at run time, whatever they are called.
  for (std::size_t i = 0; i < next.size(); ++i) f.set_type(next[i], f.type(args[i]));
  f.set_results(body, next);
  const Values done = s.builder.add_all(op::WhileLoop{start, cond, body});
  return {o.output_sequence ? done[2] : s.add(op::ExpandDims{done[1], {0}}), done[1]};
}

Values gru(Site& s) {
  auto o = s.get<op::Gru>();
  if (!o.reset_after) {
    if (!o.input_bias || s.surely_has<op::Gru>("input_bias")) return {};
    // Both are added at the same place.
    o.bias = o.bias ? s.add(op::Add{o.bias, o.input_bias}) : o.input_bias;
    o.input_bias = {};
    const Tensor *a = s.constant(s.get<op::Gru>().bias),
                 *b = s.constant(s.get<op::Gru>().input_bias);
    if (a && b) {
      Tensor sum = Tensor::empty(a->dtype(), a->dims());
      for (std::int64_t i = 0; i < a->count(); ++i) sum.set(i, a->at(i) + b->at(i));
      o.bias = s.builder.constant(std::move(sum));
    }
    return s.builder.add_all(o);
  }
  if (!is_constant(s, o.weight_ih) || !is_constant(s, o.weight_hh)) return {};
  const ValueId inputs = s.add(op::Linear{o.x, o.weight_ih, o.input_bias});
  const Dim& steps = s.shape(o.x)[0];
  if (steps.is_constant() && steps.value() > 0 && steps.value() <= kMostUnrolled)
    return unrolled(s, o, inputs, steps.value());
  return looped(s, o, inputs);
}

}  // namespace

void add_recurrent(Expansions& out) { out.push_back({OpKind::Gru, gru}); }

}  // namespace corecast::coreml::legal
