// einsum as products of matrices: MIL has one equation for four dims and one for three.
//
//   diagonals are cut out, indices of one factor alone summed up, then, factor by factor,
//   a[batch, m, k] * b[batch, k, n] with k the indices that no one needs afterwards.
#include "ops/linear/einsum.h"

#include <algorithm>
#include <map>

#include "base/strings.h"
#include "converter/coreml/legalise/extents.h"
#include "ops/creation/range_1d.h"
#include "ops/elementwise/cast.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/linear/matmul.h"
#include "ops/reduction/reduction.h"
#include "ops/shape/squeeze.h"
#include "ops/shape/transpose.h"

namespace corecast::coreml::legal {
namespace {

/// Letters, and -1, -2, ... for the dims of "..." from its right end.
using Labels = std::vector<int>;

struct Factor {
  ValueId v;
  Labels labels;
};

Labels labels_of(std::string_view term, std::int64_t dots) {
  Labels out;
  for (std::size_t i = 0; i < term.size(); ++i) {
    if (term[i] == '.') {
      for (auto d = dots; d > 0; --d) out.push_back(static_cast<int>(-d));
      i += 2;
    } else {
      out.push_back(term[i]);
    }
  }
  return out;
}

bool has(const Labels& l, int label) { return std::find(l.begin(), l.end(), label) != l.end(); }

class Lowering {
 public:
  explicit Lowering(Site& s) : s_(s) {
    const auto o = s.get<op::Einsum>();
    std::string text;
    std::copy_if(o.equation.begin(), o.equation.end(), std::back_inserter(text),
                 [](char c) { return c != ' '; });
    const auto arrow = text.find("->");
    const auto terms = split(std::string_view(text).substr(0, arrow), ',');
    std::map<int, int> uses;
    std::int64_t most_dots = 0;
    for (std::size_t i = 0; i < terms.size(); ++i) {
      const std::string_view term = terms[i];
      const bool dotted = term.find('.') != std::string_view::npos;
      const auto dots = dotted ? s.rank(o.values[i]) - static_cast<std::int64_t>(term.size()) + 3
                               : std::int64_t{0};
      most_dots = std::max(most_dots, dots);
      factors_.push_back({o.values[i], labels_of(term, dots)});
      for (const int l : factors_.back().labels) ++uses[l];
    }
    if (arrow != std::string::npos) {
      output_ = labels_of(std::string_view(text).substr(arrow + 2), most_dots);
    } else {
      for (const auto& [label, count] : uses) {
        if (label < 0 || count == 1) output_.push_back(label);
      }
    }
  }

  /// Whether the equation is one of MIL's two, up to letters and the order of the factors; `out` is
  /// then the op that MIL takes, or empty when that is the op as it stands.
  bool native(Values& out) {
    if (factors_.size() != 2) return false;
    for (const bool swapped : {false, true}) {
      const Factor &a = factors_[swapped ? 1 : 0], &b = factors_[swapped ? 0 : 1];
      const std::size_t rank = a.labels.size();
      if ((rank != 3 && rank != 4) || b.labels.size() != rank || output_.size() != rank) continue;
      // [n] c h w, [n] w h u -> [n] c h u
      const std::size_t n = rank - 3;
      const Labels &x = a.labels, &y = b.labels;
      Labels all = x;
      all.push_back(y[rank - 1]);
      std::sort(all.begin(), all.end());
      const bool distinct = std::adjacent_find(all.begin(), all.end()) == all.end();
      const bool fits = (n == 0 || (x[0] == y[0] && x[0] == output_[0])) && y[n] == x[n + 2] &&
                        y[n + 1] == x[n + 1] && output_[n] == x[n] && output_[n + 1] == x[n + 1] &&
                        output_[n + 2] == y[n + 2];
      if (!distinct || !fits) continue;
      const auto o = s_.get<op::Einsum>();
      const char* canonical = rank == 4 ? "nchw,nwhu->nchu" : "chw,whr->chr";
      if (swapped || o.equation != canonical) out = {s_.add(op::Einsum{{a.v, b.v}, canonical})};
      return true;
    }
    return false;
  }

  ValueId run() {
    for (Factor& f : factors_) diagonal(f);
    for (Factor& f : factors_) drop_repeated_ones(f);
    for (std::size_t i = 0; i < factors_.size(); ++i) sum_alone(i);
    Factor product = factors_[0];
    for (std::size_t i = 1; i < factors_.size(); ++i) {
      Labels later = output_;
      for (std::size_t k = i + 1; k < factors_.size(); ++k)
        later.insert(later.end(), factors_[k].labels.begin(), factors_[k].labels.end());
      product = multiply(product, factors_[i], later);
    }
    return in_order(product, output_);
  }

 private:
  Dim size(const Factor& f, std::size_t i) { return s_.shape(f.v)[i]; }

  /// An index that stands twice: only where both are equal counts.
  void diagonal(Factor& f) {
    for (std::size_t i = 0; i < f.labels.size(); ++i) {
      for (std::size_t j = i + 1; j < f.labels.size(); ++j) {
        if (f.labels[i] != f.labels[j]) continue;
        const std::int64_t rank = s_.rank(f.v);
        const auto line = [&](std::size_t dim) {
          Ints to(static_cast<std::size_t>(rank), 1);
          to[dim] = -1;
          const ValueId end = s_.add(op::Squeeze{
              runtime_size(s_, Extent::of(s_, f.v, static_cast<std::int64_t>(dim))), Ints{0}});
          return s_.reshape(
              s_.add(op::Range1d{end, s_.builder.int_scalar(0), s_.builder.int_scalar(1)}), to);
        };
        const ValueId equal = s_.add(op::Equal{line(i), line(j)});
        const ValueId masked = s_.select(equal, f.v, s_.like(f.v, 0));
        f.v = s_.add(op::ReduceSum{masked, Ints{static_cast<std::int64_t>(j)}, false});
        f.labels.erase(f.labels.begin() + static_cast<std::ptrdiff_t>(j));
        --j;
      }
    }
  }

  /// A size of one that another factor's size repeats is no index of this factor.
  void drop_repeated_ones(Factor& f) {
    Ints gone;
    Labels kept;
    for (std::size_t i = 0; i < f.labels.size(); ++i) {
      const bool repeated =
          size(f, i) == Dim(1) &&
          std::any_of(factors_.begin(), factors_.end(), [&](const Factor& other) {
            const auto at = std::find(other.labels.begin(), other.labels.end(), f.labels[i]);
            return &other != &f && at != other.labels.end() &&
                   !(size(other, static_cast<std::size_t>(at - other.labels.begin())) == Dim(1));
          });
      if (repeated)
        gone.push_back(static_cast<std::int64_t>(i));
      else
        kept.push_back(f.labels[i]);
    }
    if (gone.empty()) return;
    f.v = s_.add(op::Squeeze{f.v, gone});
    f.labels = kept;
  }

  void sum_alone(std::size_t index) {
    Factor& f = factors_[index];
    Ints axes;
    Labels kept;
    for (std::size_t i = 0; i < f.labels.size(); ++i) {
      bool needed = has(output_, f.labels[i]);
      for (std::size_t k = 0; k < factors_.size(); ++k)
        needed = needed || (k != index && has(factors_[k].labels, f.labels[i]));
      if (needed)
        kept.push_back(f.labels[i]);
      else
        axes.push_back(static_cast<std::int64_t>(i));
    }
    if (axes.empty()) return;
    f.v = s_.add(op::ReduceSum{f.v, axes, false});
    f.labels = kept;
  }

  ValueId in_order(const Factor& f, const Labels& order) {
    if (f.labels == order) return f.v;
    Ints perm;
    for (const int l : order)
      perm.push_back(std::find(f.labels.begin(), f.labels.end(), l) - f.labels.begin());
    return s_.add(op::Transpose{f.v, perm});
  }

  Extent extent(const Factor& f, int label) {
    return Extent::of(s_, f.v,
                      std::find(f.labels.begin(), f.labels.end(), label) - f.labels.begin());
  }
  Extent extent(const Factor& f, const Labels& labels) {
    Extent e(1);
    for (const int l : labels) e = e * extent(f, l);
    return e;
  }

  Factor multiply(const Factor& a, const Factor& b, const Labels& later) {
    Labels batch, summed, rows, columns;
    for (const int l : a.labels) {
      if (!has(b.labels, l))
        rows.push_back(l);
      else if (has(later, l))
        batch.push_back(l);
      else
        summed.push_back(l);
    }
    for (const int l : b.labels) {
      if (!has(a.labels, l)) columns.push_back(l);
    }
    const auto joined = [](Labels x, const Labels& y) {
      x.insert(x.end(), y.begin(), y.end());
      return x;
    };
    std::vector<Extent> left, right, result;
    // Three dims of batch and a matrix make five.
    if (batch.size() <= 3) {
      for (const int l : batch) left.push_back(extent(a, l));
    } else {
      left.push_back(extent(a, batch));
    }
    right = left;
    left.push_back(extent(a, rows));
    left.push_back(extent(a, summed));
    right.push_back(extent(b, summed));
    right.push_back(extent(b, columns));
    const ValueId x = reshape(s_, in_order(a, joined(joined(batch, rows), summed)), left);
    const ValueId y = reshape(s_, in_order(b, joined(joined(batch, summed), columns)), right);
    const bool outer = summed.empty();  // the products alone
    const ValueId z = outer ? s_.add(op::Mul{x, y}) : s_.add(op::Matmul{x, y});
    for (const int l : batch) result.push_back(extent(a, l));
    for (const int l : rows) result.push_back(extent(a, l));
    for (const int l : columns) result.push_back(extent(b, l));
    return {reshape(s_, z, result), joined(joined(batch, rows), columns)};
  }

  Site& s_;
  std::vector<Factor> factors_;
  Labels output_;
};

Values einsum(Site& s) {
  Lowering lowering(s);
  Values as_is;
  if (ir::is_floating(s.dtype(s.get<op::Einsum>().values[0])) && lowering.native(as_is))
    return as_is;
  return {lowering.run()};
}

}  // namespace

void add_einsum(Expansions& out) { out.push_back({OpKind::Einsum, einsum}); }

}  // namespace corecast::coreml::legal
