#include "compress/compress.h"

#include <algorithm>
#include <map>

#include "base/strings.h"
#include "compress/encode.h"
#include "ops/ops.h"
#include "passes/rewrite.h"

namespace corecast::compress {
namespace {

using ir::Function;
using ir::OpId;
using ir::ValueId;

std::size_t dense_bytes(const Weight& w) {
  const auto bytes = ir::packed_bytes(w.dtype, w.count());
  return stored_bytes(bytes.value_or(0), static_cast<std::size_t>(w.count()));
}

/// The first op of the entry block that is no part of a weight: those come and go.
OpId first_computing(const Function& f) {
  for (const OpId o : f.ops(f.entry())) {
    if (!f.op(o).schema->traits.constexpr_op) return o;
  }
  return {};
}

class Applier {
 public:
  Applier(ir::Module& m, const Context& context)
      : module_(m), context_(context), spill_(context.keep_in_memory) {}

  Result<Report> run(const std::vector<Weight>& weights, const std::vector<Decision>& decisions) {
    double total = 0, done = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (!decisions[i].scheme.none()) total += static_cast<double>(weights[i].count());
      const ir::Tensor* t = module_.functions[weights[i].function].constant(weights[i].value);
      if (t) ++uses_[t->buffer().get()];
    }
    // Compressed weights stand in front of everything that computes, in order.
    std::vector<OpId> firsts;
    for (const Function& f : module_.functions) firsts.push_back(first_computing(f));
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const Weight& w = weights[i];
      if (context_.stop.requested()) return interrupted_error();
      if (decisions[i].scheme.none() && !decisions[i].asked && w.count() < kMinElements) {
        if (ir::is_floating(w.dtype)) {
          ++report_.small;
          report_.small_elements += w.count();
          report_.small_bytes += dense_bytes(w);
        }
        continue;
      }
      if (!decisions[i].scheme.none()) {
        if (context_.progress) context_.progress(w.name, total > 0 ? done / total : 1);
        done += static_cast<double>(w.count());
      }
      Function& f = module_.functions[w.function];
      // What is compressed already has its parts made where it stands.
      const OpId def = f.def(w.value);
      const ir::InsertPoint at = def ? ir::InsertPoint{f.op(def).block, def}
                                     : ir::InsertPoint{f.entry(), firsts[w.function]};
      ir::Builder b(f, *module_.registry, at);
      TRY_VOID(one(w, decisions[i], b));
    }
    return std::move(report_);
  }

 private:
  /// Code it, write it in the weight's place, report it.
  Status one(const Weight& w, const Decision& d, ir::Builder& b) {
    const Function& f = b.function();
    WeightReport r;
    r.name = w.name;
    r.ops = w.ops;
    r.dtype = w.dtype;
    r.dims = w.dims;
    r.bytes_before = f.is_constant(w.value) ? dense_bytes(w) : coded_bytes(f, w.value);
    r.bytes_after = r.bytes_before;
    r.scheme = "none";
    r.reason = d.reason;
    if (!d.scheme.none()) {
      const Result<Coded> coded =
          f.is_constant(w.value) ? code_constant(w, d.scheme, f) : join(w, d.scheme, f);
      // A caller's function that fails is the caller's to mend; a weight that resists is not.
      if (!coded && coded.error().code == Code::E1303) return coded.error();
      if (coded)
        replace(w, *coded, b, r);
      else
        r.reason = coded.error().message;
    }
    report_.weights.push_back(std::move(r));
    return {};
  }

  /// An encoded weight on its way into the module.
  struct Coded {
    std::shared_ptr<const Encoded> encoded;
    std::string scheme;     ///< as the report says it
    bool joined = false;    ///< with codes that were there: some parts are in the module already
    bool may_wait = false;  ///< on disk, until the writer wants it
  };

  Result<Coded> code_constant(const Weight& w, const Scheme& scheme, const Function& f) {
    const ir::Tensor tensor = *f.constant(w.value);
    const auto coded = [&]() -> Result<std::shared_ptr<const Encoded>> {
      TRY(const LoadedWeight loaded, LoadedWeight::read(tensor, *context_.pool));
      TRY(Encoded e, encode(loaded, w, scheme, {}, *context_.pool, nullptr, context_.custom));
      return std::make_shared<const Encoded>(std::move(e));
    };
    if (uses_[tensor.buffer().get()] == 1) {
      TRY(auto encoded, coded());
      return Coded{std::move(encoded), to_text(scheme), false, true};
    }
    // A buffer that several constants share is compressed once, and stored once.
    std::vector<Kept>& known = shared_[tensor.buffer().get()];
    auto it = std::find_if(known.begin(), known.end(), [&](const Kept& k) {
      return k.encoded->scheme == scheme && k.encoded->form.dims == w.dims &&
             k.output_axis == w.output_axis && k.input_axis == w.input_axis;
    });
    if (it == known.end()) {
      TRY(auto encoded, coded());
      it = known.insert(it, {std::move(encoded), w.output_axis, w.input_axis, tensor.buffer()});
    }
    return Coded{it->encoded, to_text(scheme)};
  }

  /// Codes the elements that pruning left, or drops codes by pruning.
  Result<Coded> join(const Weight& w, const Scheme& scheme, const Function& f) {
    const auto dense = dense_value(f, w.value);
    if (!dense) return Error(Code::E4102, "its compressed form cannot be evaluated");
    TRY(const LoadedWeight loaded, LoadedWeight::read(*dense, *context_.pool));
    const CodedForm form = *read_form(f, w.value);
    if (scheme.palettize || scheme.quantize) {
      const auto mask = form.mask_alone();
      if (!mask) return Error(Code::E4102, "its elements are coded already");
      Scheme joint = scheme;
      joint.prune = Prune{};
      joint.prune->threshold = 0;
      TRY(Encoded e, encode(loaded, w, joint, {}, *context_.pool, &*mask, context_.custom));
      return Coded{std::make_shared<const Encoded>(std::move(e)), to_text(joint)};
    }
    TRY(Encoded e, encode(loaded, w, scheme, {}, *context_.pool));
    auto joined = without_codes(form, *e.form.mask_alone(), w.name, *context_.pool);
    if (!joined) return Error(Code::E4102, "its codes have no form that can be pruned");
    e.form = std::move(*joined);
    return Coded{std::make_shared<const Encoded>(std::move(e)),
                 cat(form.text(), " + ", to_text(scheme)), true};
  }

  void replace(const Weight& w, const Coded& coded, ir::Builder& b, WeightReport& r) {
    const Encoded& e = *coded.encoded;
    const ValueId v =
        write_form(b, e.form, context_.rules, w.name, coded.may_wait ? &spill_ : nullptr);
    swap(w, v, b);
    r.scheme = coded.scheme;
    r.bytes_after = coded.joined ? coded_bytes(b.function(), v) : e.bytes;
    r.error = e.error;
    r.signal = e.signal;
    r.bound = e.bound;
  }

  static void swap(const Weight& w, ValueId v, ir::Builder& b) {
    Function& f = b.function();
    const OpId old = f.def(w.value);
    f.replace_all_uses(w.value, v);
    if (old) passes::erase_dead(f, old);
  }

  struct Kept {
    std::shared_ptr<const Encoded> encoded;
    std::int64_t output_axis, input_axis;
    std::shared_ptr<const ir::Buffer> source;  ///< so that its address stays its own
  };
  ir::Module& module_;
  const Context& context_;
  std::map<const ir::Buffer*, int> uses_;  ///< how many weights lie in a buffer
  std::map<const ir::Buffer*, std::vector<Kept>> shared_;
  Spill spill_;
  Report report_;
};

}  // namespace

Result<Report> apply(ir::Module& module, const std::vector<Weight>& weights,
                     const std::vector<Decision>& decisions, const Context& context) {
  CC_CHECK(weights.size() == decisions.size(), "a decision for every weight");
  return Applier(module, context).run(weights, decisions);
}

Result<Report> compress(ir::Module& module, const Recipe& recipe, const Context& context) {
  const std::vector<Weight> weights = find_weights(module);
  TRY(const auto decisions, decide(module, weights, recipe, context));
  return apply(module, weights, decisions, context);
}

std::size_t decompress(ir::Module& module) {
  std::size_t n = 0;
  for (Function& f : module.functions) {
    std::vector<ValueId> coded;
    ir::for_each_op(f, [&](OpId id) {
      if (!f.op(id).schema->traits.constexpr_op) return;
      for (const ValueId r : f.op(id).results) {
        // What feeds nothing but another compressed form is a part of that.
        const auto& uses = f.value(r).uses;
        const bool read = std::any_of(uses.begin(), uses.end(), [&](const ir::Use& use) {
          return use.block || !f.op(use.op).schema->traits.constexpr_op;
        });
        if (read) coded.push_back(r);
      }
    });
    for (const ValueId v : coded) {
      auto dense = dense_value(f, v);
      if (!dense) continue;
      const OpId old = f.def(v);
      f.replace_all_uses(v, f.add_constant(std::move(*dense), f.value(v).name));
      passes::erase_dead(f, old);
      ++n;
    }
  }
  return n;
}

}  // namespace corecast::compress
