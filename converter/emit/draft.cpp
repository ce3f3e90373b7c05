#include "converter/emit/draft.h"

#include "base/strings.h"
#include "ops/interpret.h"
#include "ops/ops.h"

namespace corecast::emit {

using ir::Tensor;
using ir::Type;

Draft::Draft(Source source, Diagnostics& diagnostics, Stop stop)
    : source_(std::move(source)),
      diagnostics_(&diagnostics),
      stop_(stop),
      module_(ops::registry()),
      builder_((module_.functions.emplace_back("main"), module_.functions.back()),
               ops::registry()) {
  module_.source_format = std::string(source_.format);
}

bool Draft::count_node(const std::string& graph) {
  if (exhausted()) return false;
  if (++nodes_ <= kMostNodes) return true;
  diagnostics_->error(Error(Code::E5001,
                            cat("the model has more than ", kMostNodes,
                                " nodes, those of unrolled loops and functions counted"),
                            "give loops a smaller fixed trip count, or export without them",
                            Where{path(), graph, {}, {}, {}}));
  return false;
}

void Draft::set_location(const Where& node) {
  builder_.set_location(
      std::make_shared<ir::Location>(ir::Location{node.node, node.op, node.source}));
}

void Draft::rewind(const Mark& mark) {
  *diagnostics_ = mark.diagnostics;
  required_sizes_ = mark.required_sizes;
}

ValueId Draft::stored(Tensor tensor) {
  weight_bytes_ += static_cast<std::int64_t>(tensor.byte_size());
  return builder_.constant(std::move(tensor));
}

void Draft::replace(ir::OpId op, Values& results, ir::Tensors tensors) {
  for (const Tensor& t : tensors) folded_bytes_ += static_cast<std::int64_t>(t.byte_size());
  for (std::size_t i = 0; i < results.size(); ++i)
    results[i] = builder_.constant(std::move(tensors[i]));
  function().erase(op);
}

// Shape arithmetic: shapes of flexible values fold too when the part read is fixed.
bool Draft::folds_known(ir::OpId op, Values& results) {
  const auto& f = function();
  const auto& data = f.op(op);
  const auto& known = f.value(data.results[0]).known;
  if (data.results.size() != 1 || !known || !ir::is_static(*known)) return false;
  const Type& t = f.type(data.results[0]);
  if (!t.is_static() || !(ir::is_integer(t.dtype) || t.dtype == ir::DType::boolean)) return false;
  Tensor folded = Tensor::zeros(t.dtype, ir::static_dims(t.shape));
  if (folded.count() != static_cast<std::int64_t>(known->size())) return false;
  for (std::int64_t i = 0; i < folded.count(); ++i)
    folded.set_int(i, (*known)[static_cast<std::size_t>(i)].value());
  replace(op, results, {std::move(folded)});
  return true;
}

void Draft::fold(ir::OpId op, Values& results) {
  // A result may be as large as its operands, so slices of weights fold, but no fill is blown up.
  std::int64_t largest = 1 << 16;
  const auto& f = function();
  const auto& data = f.op(op);
  if (!data.schema->traits.pure || data.schema->traits.constexpr_op || !data.blocks.empty()) return;
  for (const ValueId v : data.operands) {
    if (const Tensor* t = f.constant(v)) largest += t->count();
  }
  for (const ValueId r : data.results) {
    const Type& t = f.type(r);
    const auto count = ir::element_count(t.shape).constant();
    if (!t.is_tensor() || (!data.schema->traits.data_dependent && (!count || *count > largest)))
      return;
  }
  if (folds_known(op, results)) return;
  // Every doubling is allowed, a thousand of them are not.
  if (largest > (1 << 20) && folded_bytes_ > 4 * weight_bytes_ + (std::int64_t{1} << 28)) return;
  bool all_constant = true;
  for (const ValueId v : data.operands) all_constant = all_constant && (!v || f.is_constant(v));
  if (!all_constant) return;
  if (auto tensors = ops::evaluate_constant(f, op)) replace(op, results, std::move(*tensors));
}

Result<ir::Module> import_at_required_sizes(
    const Source& source, const converter::ImportOptions& options, Diagnostics& diagnostics,
    const std::function<Status(Draft&, const converter::ImportOptions&)>& once) {
  converter::ImportOptions bound = options;
  for (;;) {
    Diagnostics own;
    Draft draft(source, own, options.stop);
    const Status done = once(draft, bound);
    // What was found on the way may come of leaving off.
    if (options.stop.requested()) return interrupted_error().with_file(source.path);
    const std::size_t known = bound.sizes.size();
    bound.sizes.insert(draft.required_sizes().begin(), draft.required_sizes().end());
    if (bound.sizes.size() > known) continue;  // every round fixes a symbol more
    diagnostics.append(own);
    for (const auto& [symbol, size] : bound.sizes) {
      if (options.sizes.contains(symbol)) continue;
      diagnostics.note(Error(Code::N2010, cat("dimension ", symbol, " is fixed to ", size,
                                              ": an operator works at this size only"))
                           .with_file(source.path));
    }
    if (!done) return Error(done.error()).with_file(source.path);
    return std::move(draft.module());
  }
}

}  // namespace corecast::emit
