#include "compress/compress.h"

#include <algorithm>
#include <map>

#include "base/strings.h"
#include "compress/emit.h"
#include "compress/existing.h"
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
      if (context_.stopped())
        return Error(ErrorKind::interrupted, "E5104", "interrupted; nothing was written");
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
      const Status coded =
          f.is_constant(w.value) ? encode_constant(w, d.scheme, b, r) : join(w, d.scheme, b, r);
      // A caller's function that fails is the caller's to mend; a weight that resists is not.
      if (!coded && coded.error().code == "E1303") return coded.error();
      if (!coded) r.reason = coded.error().message;
    }
    report_.weights.push_back(std::move(r));
    return {};
  }

  Status encode_constant(const Weight& w, const Scheme& scheme, ir::Builder& b, WeightReport& r) {
    const ir::Tensor tensor = *b.function().constant(w.value);
    const auto coded = [&]() -> Result<Encoded> {
      TRY(const LoadedWeight loaded, LoadedWeight::read(tensor, *context_.pool));
      return encode(loaded, w, scheme, {}, *context_.pool, nullptr, context_.custom);
    };
    if (uses_[tensor.buffer().get()] == 1) {
      TRY(const Encoded e, coded());
      replace(w, e, b, r, &spill_);
      return {};
    }
    // A buffer that several constants share is compressed once, and stored once.
    std::vector<Kept>& known = shared_[tensor.buffer().get()];
    auto it = std::find_if(known.begin(), known.end(), [&](const Kept& k) {
      return k.encoded.scheme == scheme && k.encoded.dims == w.dims &&
             k.output_axis == w.output_axis && k.input_axis == w.input_axis;
    });
    if (it == known.end()) {
      TRY(Encoded e, coded());
      it = known.insert(it, {std::move(e), w.output_axis, w.input_axis, tensor.buffer()});
    }
    replace(w, it->encoded, b, r);
    return {};
  }

  Status join(const Weight& w, const Scheme& scheme, ir::Builder& b, WeightReport& r) {
    const auto dense = dense_value(b.function(), w.value);
    if (!dense) return Error(ErrorKind::input, "E4102", "its compressed form cannot be evaluated");
    TRY(const LoadedWeight loaded, LoadedWeight::read(*dense, *context_.pool));
    if (scheme.palettize || scheme.quantize) {
      const auto mask = existing_mask(b.function(), w.value);
      if (!mask) return Error(ErrorKind::input, "E4102", "its elements are coded already");
      Scheme joint = scheme;
      joint.prune = Prune{};
      joint.prune->threshold = 0;
      TRY(const Encoded e, encode(loaded, w, joint, {}, *context_.pool, &*mask, context_.custom));
      replace(w, e, b, r);
      return {};
    }
    TRY(const Encoded pruned, encode(loaded, w, scheme, {}, *context_.pool));
    const auto v = prune_codes(b, w.value, *pruned.mask, w.name, *context_.pool);
    if (!v) return Error(ErrorKind::input, "E4102", "its codes have no form that can be pruned");
    const ExistingForm form = *existing_form(b.function(), w.value);
    swap(w, *v, b);
    r.scheme = cat(form.text(), " + ", to_text(scheme));
    r.bytes_after = coded_bytes(b.function(), *v);
    r.error = pruned.error;
    r.signal = pruned.signal;
    return {};
  }

  void replace(const Weight& w, const Encoded& e, ir::Builder& b, WeightReport& r,
               Spill* spill = nullptr) {
    swap(w, emit(b, e, context_.target, w.name, spill), b);
    r.scheme = to_text(e.scheme);
    r.bytes_after = e.bytes;
    r.error = e.error;
    r.signal = e.signal;
    r.bound = e.mask || !e.scales.empty() ? 0 : e.bound;
  }

  static void swap(const Weight& w, ValueId v, ir::Builder& b) {
    Function& f = b.function();
    const OpId old = f.def(w.value);
    f.replace_all_uses(w.value, v);
    if (old) passes::erase_dead(f, old);
  }

  struct Kept {
    Encoded encoded;
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
