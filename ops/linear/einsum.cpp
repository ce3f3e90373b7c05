#include "ops/linear/einsum.h"

#include <algorithm>
#include <map>

#include "ir/function.h"
#include "ops/detail/sums.h"
#include "ops/detail/wide.h"

namespace corecast::op {
namespace {

// An index: a letter, or -1, -2, ... for the dims of "...", counted from its right end.
using Label = int;
using Labels = std::vector<Label>;

struct Equation {
  std::vector<Labels> inputs;
  Labels output;
};

// The labels of one term for an operand of `rank` dims; `rank` < 0: the output term, whose "..."
// has `dots` dims.
Result<Labels> parse_term(std::string_view term, std::int64_t rank, std::int64_t dots) {
  Labels out;
  const auto at = term.find("...");
  const auto letters =
      static_cast<std::int64_t>(term.size()) - (at == std::string_view::npos ? 0 : 3);
  if (rank >= 0) dots = rank - letters;
  if (dots < 0 || (rank >= 0 && at == std::string_view::npos && dots != 0)) {
    return infer_error("equation term ", quote(term), " does not fit an operand of rank ", rank);
  }
  for (std::size_t i = 0; i < term.size(); ++i) {
    if (i == at) {
      for (auto d = dots; d > 0; --d) out.push_back(static_cast<Label>(-d));
      i += 2;
    } else if ((term[i] >= 'a' && term[i] <= 'z') || (term[i] >= 'A' && term[i] <= 'Z')) {
      out.push_back(term[i]);
    } else {
      return infer_error("equation term ", quote(term), " has a character that is no letter");
    }
  }
  return out;
}

Result<Equation> parse(std::string_view text, const std::vector<std::int64_t>& ranks) {
  std::string compact;
  std::copy_if(text.begin(), text.end(), std::back_inserter(compact),
               [](char ch) { return ch != ' '; });
  const auto arrow = compact.find("->");
  const auto terms = split(std::string_view(compact).substr(0, arrow), ',');
  if (terms.size() != ranks.size()) {
    return infer_error("equation ", quote(text), " has ", terms.size(), " terms for ", ranks.size(),
                       " operands");
  }
  Equation e;
  std::map<Label, int> uses;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    TRY(Labels labels, parse_term(terms[i], ranks[i], 0));
    for (const Label l : labels) ++uses[l];
    e.inputs.push_back(std::move(labels));
  }
  const std::int64_t dots = uses.empty() ? 0 : std::max(0, -uses.begin()->first);
  if (arrow != std::string::npos) {
    TRY(e.output, parse_term(std::string_view(compact).substr(arrow + 2), -1, dots));
  } else {  // implicit: the dims of "...", then every letter that stands once, in order
    for (const auto& [label, count] : uses) {
      if (label < 0 || count == 1) e.output.push_back(label);
    }
  }
  Labels sorted = e.output;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    return infer_error("equation ", quote(text), " repeats an index in its result");
  }
  for (const Label l : e.output) {
    if (!uses.contains(l))
      return infer_error("equation ", quote(text), " has an index only in its result");
  }
  return e;
}

Result<std::map<Label, Dim>> sizes_of(const Equation& e, const std::vector<Shape>& shapes) {
  std::map<Label, Dim> sizes;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    for (std::size_t d = 0; d < shapes[i].size(); ++d) {
      const auto [it, fresh] = sizes.emplace(e.inputs[i][d], shapes[i][d]);
      if (fresh) continue;
      const auto both = ir::broadcast({it->second}, {shapes[i][d]});
      if (!both) {
        return infer_error("an index is ", it->second.to_string(), " in one operand and ",
                           shapes[i][d].to_string(), " in dim ", d, " of operand ", i);
      }
      it->second = (*both)[0];
    }
  }
  return sizes;
}

Result<Types> infer(const Einsum& op, InferContext& c) {
  if (op.values.empty()) return infer_error("values is empty");
  std::vector<std::int64_t> ranks;
  std::vector<Shape> shapes;
  for (const ValueId v : op.values) {
    ranks.push_back(c.rank(v));
    shapes.push_back(c.shape(v));
  }
  TRY(const Equation e, parse(op.equation, ranks));
  TRY(const auto sizes, sizes_of(e, shapes));
  Shape shape;
  for (const Label l : e.output) shape.push_back(sizes.at(l));
  return Types{Type(c.dtype(op.values[0]), std::move(shape))};
}

Result<Tensors> eval(const Einsum& op, EvalContext& c) {
  std::vector<std::int64_t> ranks;
  std::vector<Shape> shapes;
  for (const ValueId v : op.values) {
    ranks.push_back(c.tensor(v).rank());
    shapes.push_back(ir::make_shape(c.tensor(v).dims()));
  }
  TRY(const Equation e, parse(op.equation, ranks));
  TRY(const auto sizes, sizes_of(e, shapes));
  // The result's indices, then the summed ones; every operand steps through both by its strides.
  Labels summed;
  std::vector<std::int64_t> kept_sizes, summed_sizes;
  for (const Label l : e.output) kept_sizes.push_back(sizes.at(l).value());
  for (const auto& [l, size] : sizes) {
    if (std::find(e.output.begin(), e.output.end(), l) != e.output.end()) continue;
    summed.push_back(l);
    summed_sizes.push_back(size.value());
  }
  auto strides_for = [&](std::size_t operand, const Labels& labels) {
    const auto& dims = c.tensor(op.values[operand]).dims();
    const auto own = row_major_strides(dims);
    std::vector<std::int64_t> out(labels.size(), 0);
    for (std::size_t d = 0; d < dims.size(); ++d) {
      const auto it = std::find(labels.begin(), labels.end(), e.inputs[operand][d]);
      if (it != labels.end() && dims[d] != 1)
        out[static_cast<std::size_t>(it - labels.begin())] += own[d];
    }
    return out;
  };
  const DType dtype = c.tensor(op.values[0]).dtype();
  return Tensors{with_wide(dtype, [&]<class W>(W) {
    std::vector<std::vector<W>> values;
    std::vector<std::vector<std::int64_t>> outer, inner;
    for (std::size_t i = 0; i < op.values.size(); ++i) {
      values.push_back(load_wide<W>(c.tensor(op.values[i])));
      outer.push_back(strides_for(i, e.output));
      inner.push_back(strides_for(i, summed));
    }
    std::vector<W> out;
    for_each_index(kept_sizes, [&](const auto& kept) {
      W sum = 0;
      for_each_index(summed_sizes, [&](const auto& index) {
        W product = 1;
        for (std::size_t i = 0; i < values.size(); ++i) {
          product *=
              values[i][static_cast<std::size_t>(dot(kept, outer[i]) + dot(index, inner[i]))];
        }
        sum += product;
      });
      out.push_back(sum);
    });
    return store_wide(dtype, kept_sizes, out);
  })};
}

std::optional<Cost> cost_of(const Einsum& op, const CostContext& c) {
  std::vector<std::int64_t> ranks;
  std::vector<Shape> shapes;
  for (const ValueId v : op.values) {
    ranks.push_back(c.type(v).rank());
    shapes.push_back(c.shape(v));
  }
  const auto equation = parse(op.equation, ranks);
  if (!equation) return std::nullopt;
  const auto sizes = sizes_of(*equation, shapes);
  if (!sizes) return std::nullopt;
  Dim products = std::max<std::int64_t>(1, static_cast<std::int64_t>(op.values.size()) - 1);
  for (const auto& [label, size] : *sizes) products = products * size;
  return Cost{products, c.operand_bytes() + c.result_bytes()};
}

Interval bounds_of_products(const Einsum& op, const BoundsContext& c) {
  std::vector<std::int64_t> ranks;
  std::vector<Shape> shapes;
  Interval product = Interval::only(1);
  for (const ValueId v : op.values) {
    ranks.push_back(c.f.type(v).rank());
    shapes.push_back(c.f.type(v).shape);
    product = product * c.of(v);
  }
  const auto equation = parse(op.equation, ranks);
  const auto sizes = equation ? sizes_of(*equation, shapes) : Error(equation.error());
  if (!sizes) return {};
  double terms = 1;
  for (const auto& [label, size] : *sizes) {
    const Labels& kept = equation->output;
    if (std::find(kept.begin(), kept.end(), label) != kept.end()) continue;
    const auto most = size.upper_bound();
    if (!most) return {};
    terms *= static_cast<double>(*most);
  }
  return sum_bounds(product, 0, terms, c.dtype(op.values.at(0)));
}

}  // namespace

OpSchema einsum_schema() {
  return make_schema<Einsum>(
      {.name = "einsum",
       .doc = "Sum of products: for each index of the result, sum over all other indices of the "
              "product of the "
              "operands' elements. MIL takes only nchw,nwhu->nchu and chw,whr->chr.",
       .mil = {"einsum"},
       .traits = traits::products(Overflow::both).looked_through(Walk::positions),
       .bounds = bounds_of_products,
       .cost = cost_of,
       .infer = infer,
       .eval = eval},
      operand<&Einsum::values>("values", kNumbers, "The factors, one per term of the equation.")
          .grouped('T')
          .takes_in_mil(kMilFloats),
      attr<&Einsum::equation>("equation",
                              "Index letters of each factor, \"->\", those of the result."));
}

}  // namespace corecast::op
