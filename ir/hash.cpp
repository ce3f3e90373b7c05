#include "ir/hash.h"

#include <bit>
#include <unordered_map>

namespace corecast::ir {

namespace {

class Hasher {
 public:
  void add(std::uint64_t word) {
    h_ = std::rotl((h_ ^ word) * 0xff51afd7ed558ccdu, 31) * 0xc4ceb9fe1a85ec53u;
  }
  void text(std::string_view s) {
    std::uint64_t h = 0xcbf29ce484222325u;  // FNV-1a
    for (const char c : s) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    add(h);
    add(s.size());
  }
  std::uint64_t value() const { return h_; }

 private:
  std::uint64_t h_ = 0x9e3779b97f4a7c15u;
};

struct AttributeHasher {
  Hasher& h;
  void operator()(std::monostate) const {}
  void operator()(bool v) const { h.add(std::uint64_t{v}); }
  void operator()(std::int64_t v) const { h.add(static_cast<std::uint64_t>(v)); }
  void operator()(double v) const { h.add(std::bit_cast<std::uint64_t>(v)); }
  void operator()(const std::string& v) const { h.text(v); }
  void operator()(DType v) const { h.add(static_cast<std::uint64_t>(v)); }
  template <class T>
  void operator()(const std::vector<T>& v) const {
    h.add(v.size());
    for (const auto& x : v) (*this)(T(x));
  }
};

class FunctionHasher {
 public:
  explicit FunctionHasher(const Function& f) : f_(f) {}

  std::uint64_t run() {
    for (const auto& [symbol, range] : f_.symbols) {
      h_.text(symbol);
      h_.add(static_cast<std::uint64_t>(range.lo));
      h_.add(static_cast<std::uint64_t>(range.hi));
    }
    for (const auto* features : {&f_.inputs, &f_.outputs}) {
      h_.add(features->size());
      for (const Feature& x : *features) h_.text(x.name);
    }
    block(f_.entry());
    return h_.value();
  }

 private:
  void define(ValueId v) {
    number_.emplace(v.raw, number_.size());
    h_.text(to_string(f_.type(v)));
  }
  void use(ValueId v) {
    if (!v) return h_.add(0x51u);
    if (const Tensor* t = f_.constant(v)) {
      // A big constant that is used often is hashed once.
      const auto [it, fresh] = constants_.try_emplace(v.raw, 0);
      if (fresh) it->second = t->hash();
      return h_.add(it->second);
    }
    const auto it = number_.find(v.raw);
    h_.add(it == number_.end() ? ~std::uint64_t{0} : it->second);
  }
  void block(BlockId b) {
    h_.add(f_.block(b).args.size());
    for (const ValueId v : f_.block(b).args) define(v);
    for (const OpId o : f_.ops(b)) {
      const OpData& d = f_.op(o);
      h_.text(d.schema->name);
      h_.add(d.operands.size());
      for (const ValueId v : d.operands) use(v);
      for (const Attribute& a : d.attrs) h_.add(structural_hash(a));
      for (const BlockId inner : d.blocks) block(inner);
      for (const ValueId v : d.results) define(v);
    }
    h_.add(f_.block(b).results.size());
    for (const ValueId v : f_.block(b).results) use(v);
  }

  const Function& f_;
  Hasher h_;
  std::unordered_map<std::uint32_t, std::uint64_t> number_, constants_;
};

}  // namespace

std::uint64_t structural_hash(const Attribute& a) {
  Hasher h;
  h.add(a.index());
  std::visit(AttributeHasher{h}, a);
  return h.value();
}

std::uint64_t structural_hash(const Function& f) { return FunctionHasher(f).run(); }

std::uint64_t structural_hash(const Module& m) {
  Hasher h;
  for (const Function& f : m.functions) {
    h.text(f.name);
    h.add(structural_hash(f));
  }
  return h.value();
}

}  // namespace corecast::ir
