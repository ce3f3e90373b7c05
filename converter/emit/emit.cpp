#include "converter/emit/emit.h"

#include <algorithm>

#include "ops/elementwise/cast.h"

namespace corecast::emit {

void Emit::report(Error e) {
  if (failed_) return;
  failed_ = true;
  e.where = where_;
  if (e.help.empty()) {
    e.help =
        e.kind() == ErrorKind::unsupported
            ? std::string("export the model in another form, or fix sizes and values with --input")
            : std::string(draft_.source().remedy);
  }
  draft_.diagnostics().error(std::move(e));
}

void Emit::note(Code code, std::string message) {
  draft_.diagnostics().note(Error(code, std::move(message), {}, where_));
}

void Emit::require_equal(const Dim& a, const Dim& b) {
  const auto symbol = a.as_symbol();
  if (!symbol) {
    if (b.as_symbol()) require_equal(b, a);
    return;
  }
  if (b.is_constant() && function().symbols.contains(*symbol)) {
    draft_.required_sizes()[*symbol] = b.value();
  }
}

const Type& Emit::type(ValueId v) const {
  static const Type nothing;
  return v ? draft_.function().type(v) : nothing;
}

std::optional<Dims> Emit::known(ValueId v) const {
  if (!v) return std::nullopt;
  const auto& data = draft_.function().value(v);
  if (data.known) return *data.known;
  const Tensor* t = data.tensor.get();
  if (!t || !(ir::is_integer(t->dtype()) || t->dtype() == DType::boolean) ||
      t->count() > (1 << 20)) {
    return std::nullopt;
  }
  Dims dims;
  for (const auto i : t->to_ints()) dims.emplace_back(i);
  return dims;
}

std::optional<std::vector<std::int64_t>> Emit::known_ints(ValueId v) const {
  const auto dims = known(v);
  if (!dims || !ir::is_static(*dims)) return std::nullopt;
  return ir::static_dims(*dims);
}

std::vector<std::int64_t> Emit::need_ints(ValueId v, std::string_view what) {
  if (auto values = known_ints(v)) return *values;
  if (!failed_)
    unsupported(what, " must be known when converting, but depends on the model's inputs");
  return {};
}

std::optional<bool> Emit::known_flag(ValueId v) const {
  const Tensor* t = v ? constant(v) : nullptr;
  if (!t || t->count() != 1 || t->dtype() == DType::string) return std::nullopt;
  return t->at(0) != 0;
}

double Emit::need_scalar(ValueId v, std::string_view what) {
  const Tensor* t = constant(v);
  if (t && t->count() == 1 && t->dtype() != DType::string) return t->at(0);
  if (!failed_) unsupported(what, " must be a constant, but depends on the model's inputs");
  return 0;
}

std::int64_t Emit::need_axis(std::int64_t axis, std::int64_t rank) {
  if (axis < -rank || axis >= rank) {
    fail("axis ", axis, " is outside the rank ", rank);
    return 0;
  }
  return axis < 0 ? axis + rank : axis;
}

ValueId Emit::ints(const std::vector<std::int64_t>& values) {
  for (const auto v : values) {
    if (v < INT32_MIN || v > INT32_MAX) return constant(Tensor::of(values));
  }
  return draft_.builder().ints(values);
}

ValueId Emit::cast(ValueId v, DType to) { return dtype(v) == to ? v : add(op::Cast{v, to}); }

Values Emit::finish(Result<ir::OpId> op) {
  if (!op) {
    Error e = std::move(op).error();
    e.code = e.kind() == ErrorKind::unsupported ? Code::E3001 : Code::E2005;
    report(std::move(e));
    return {};
  }
  Values results = function().op(*op).results;
  for (const ValueId r : results) {
    if (rank(r) > kLargestRank)
      return fail("the result has rank ", rank(r), ", at most ", kLargestRank, " is read");
  }
  draft_.fold(*op, results);
  return results;
}

bool all_valid(const Values& values) {
  return std::all_of(values.begin(), values.end(), [](ValueId v) { return bool(v); });
}

}  // namespace corecast::emit
