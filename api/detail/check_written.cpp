#include "api/detail/check_written.h"

#include "api/model.h"
#include "base/strings.h"
#include "compress/weights.h"

namespace corecast::api {
namespace {

/// Whether two values are the same constexpr ops over the same constants.
bool same_form(const ir::Function& f, ir::ValueId a, const ir::Function& g, ir::ValueId b) {
  if (!a || !b) return !a && !b;
  const ir::Tensor *x = f.constant(a), *y = g.constant(b);
  if (x || y) return x && y && x->identical(*y);
  const ir::OpId da = f.def(a), db = g.def(b);
  if (!da || !db || f.op(da).schema != g.op(db).schema) return false;
  const ir::OpData &p = f.op(da), &q = g.op(db);
  if (p.operands.size() != q.operands.size() || f.value(a).index != g.value(b).index) return false;
  for (std::size_t i = 0; i < p.operands.size(); ++i) {
    if (!same_form(f, p.operands[i], g, q.operands[i])) return false;
  }
  return true;
}

/// The compressed weights of a module, in order of first use.
std::vector<compress::Weight> compressed_weights(const ir::Module& m) {
  std::vector<compress::Weight> all = compress::find_weights(m);
  std::erase_if(
      all, [&](const compress::Weight& w) { return m.functions[w.function].is_constant(w.value); });
  return all;
}

}  // namespace

Result<std::size_t> check_written(const ir::Module& module, const std::string& path) {
  const auto wanted = compressed_weights(module);
  if (wanted.empty()) return std::size_t{0};
  Diagnostics ignored;
  TRY(const Model package, load(path, {}, ignored));
  const auto found = compressed_weights(package.module);
  CC_CHECK(found.size() == wanted.size(),
           cat(path, " holds ", found.size(), " compressed weights, not ", wanted.size()));
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    CC_CHECK(same_form(module.functions[wanted[i].function], wanted[i].value,
                       package.module.functions[found[i].function], found[i].value),
             cat("compressed weight ", wanted[i].name, " differs in ", path));
  }
  return wanted.size();
}

}  // namespace corecast::api
