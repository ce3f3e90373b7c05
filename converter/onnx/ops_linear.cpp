// Matrix products.
#include <algorithm>
#include <map>
#include <set>

#include "converter/onnx/rows.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/linear/matmul.h"
#include "ops/reduction/reduction.h"
#include "ops/shape/expand_dims.h"
#include "ops/shape/reshape.h"
#include "ops/shape/transpose.h"

namespace corecast::onnx {

Values matmul(OnnxNode& n) {
  const ValueId x = n.input(0);
  return {n.add(op::Matmul{.x = x, .y = n.input(1)})};
}

// alpha * A' B' + beta * C
Values gemm(OnnxNode& n) {
  op::Matmul product{.x = n.input(0), .y = n.input(1)};
  product.transpose_x = n.integer("transA", 0) != 0;
  product.transpose_y = n.integer("transB", 0) != 0;
  ValueId y = n.add(product);
  if (n.failed()) return {};
  const DType dtype = n.dtype(y);
  const auto scaled = [&](ValueId v, double factor) {
    return factor == 1.0 ? v : n.add(op::Mul{v, n.scalar(dtype, factor)});
  };
  y = scaled(y, n.real("alpha", 1.0));
  const ValueId c = n.optional(2);
  const double beta = n.real("beta", 1.0);
  return {c && beta != 0 ? n.add(op::Add{y, scaled(c, beta)}) : y};
}

namespace {

struct Equation {
  std::vector<std::string> inputs;
  std::string output;
};

// Letters per operand; an ellipsis becomes capital placeholders from the end of the alphabet's
// other half ('\x01'...), one per dimension, right-aligned.
bool parse_equation(const std::string& text, const std::vector<std::int64_t>& ranks, Equation& e) {
  std::string clean;
  for (const char c : text) {
    if (c != ' ') clean += c;
  }
  const auto arrow = clean.find("->");
  const std::string left = clean.substr(0, arrow);
  std::int64_t ellipsis = 0;
  std::vector<std::string> terms;
  for (const auto part : corecast::split(left, ',')) terms.emplace_back(part);
  if (terms.size() != ranks.size()) return false;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const auto dots = terms[i].find("...");
    if (dots != std::string::npos) {
      ellipsis = std::max(ellipsis, ranks[i] - static_cast<std::int64_t>(terms[i].size()) + 3);
    }
  }
  const auto fill = [&](std::int64_t count) {
    std::string s;
    for (std::int64_t k = 0; k < count; ++k) s += static_cast<char>(1 + ellipsis - count + k);
    return s;
  };
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const auto dots = terms[i].find("...");
    if (dots != std::string::npos) {
      const std::int64_t count = ranks[i] - static_cast<std::int64_t>(terms[i].size()) + 3;
      if (count < 0) return false;
      terms[i].replace(dots, 3, fill(count));
    }
    if (static_cast<std::int64_t>(terms[i].size()) != ranks[i]) return false;
    e.inputs.push_back(terms[i]);
  }
  if (arrow != std::string::npos) {
    e.output = clean.substr(arrow + 2);
    if (const auto dots = e.output.find("..."); dots != std::string::npos)
      e.output.replace(dots, 3, fill(ellipsis));
  } else {  // implicit: the ellipsis, then letters that appear once, in alphabetical order
    std::map<char, int> seen;
    for (const auto& t : e.inputs) {
      for (const char c : t) ++seen[c];
    }
    e.output = fill(ellipsis);
    for (const auto& [c, count] : seen) {
      if (count == 1 && c > 26) e.output += c;
    }
  }
  return true;
}

bool contains(const std::string& s, char c) { return s.find(c) != std::string::npos; }

ValueId transposed(OnnxNode& n, ValueId v, const std::string& from, const std::string& to) {
  if (from == to) return v;
  std::vector<std::int64_t> perm;
  for (const char c : to) perm.push_back(static_cast<std::int64_t>(from.find(c)));
  return n.add(op::Transpose{v, perm});
}

// Sums away the letters of `term` that nobody else needs.
ValueId reduced(OnnxNode& n, ValueId v, std::string& term, const std::set<char>& needed) {
  std::vector<std::int64_t> axes;
  std::string rest;
  for (std::size_t i = 0; i < term.size(); ++i) {
    if (needed.contains(term[i]))
      rest += term[i];
    else
      axes.push_back(static_cast<std::int64_t>(i));
  }
  if (axes.empty()) return v;
  op::ReduceSum sum{};
  sum.x = v;
  sum.axes = axes;
  term = rest;
  return n.add(sum);
}

// One matmul of two operands, as long as each group of letters is at most one dimension; larger
// groups multiply and sum, which costs memory but is always right.
ValueId contract(OnnxNode& n, ValueId a, std::string ta, ValueId b, std::string tb,
                 const std::set<char>& needed, std::string& result) {
  std::string batch, left, right, inner;
  for (const char c : ta) (contains(tb, c) ? (needed.contains(c) ? batch : inner) : left) += c;
  for (const char c : tb) {
    if (!contains(ta, c)) right += c;
  }
  if (inner.size() == 1 && left.size() <= 1 && right.size() <= 1) {
    a = transposed(n, a, ta, batch + left + inner);
    b = transposed(n, b, tb, batch + inner + right);
    const auto rank = static_cast<std::int64_t>(batch.size());
    if (left.empty()) a = n.add(op::ExpandDims{a, {rank}});
    if (right.empty()) b = n.add(op::ExpandDims{b, {rank + 1}});
    ValueId y = n.add(op::Matmul{.x = a, .y = b});
    std::vector<std::int64_t> drop;
    if (left.empty()) drop.push_back(rank);
    if (right.empty()) drop.push_back(rank + 1);
    if (!drop.empty()) {
      op::ReduceSum squeeze{};  // a dimension of size 1
      squeeze.x = y;
      squeeze.axes = drop;
      y = n.add(squeeze);
    }
    result = batch + left + right;
    return y;
  }
  const std::string all = batch + left + right + inner;
  const auto aligned = [&](ValueId v, const std::string& term) {
    std::string order;
    std::vector<std::int64_t> axes;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (contains(term, all[i]))
        order += all[i];
      else
        axes.push_back(static_cast<std::int64_t>(i));
    }
    v = transposed(n, v, term, order);
    return axes.empty() ? v : n.add(op::ExpandDims{v, axes});
  };
  ValueId y = n.add(op::Mul{aligned(a, ta), aligned(b, tb)});
  result = all;
  return reduced(n, y, result, needed);
}

}  // namespace

Values einsum(OnnxNode& n) {
  Values operands = n.inputs();
  if (n.failed()) return {};
  std::vector<std::int64_t> ranks;
  for (const ValueId v : operands) ranks.push_back(n.rank(v));
  const std::string text = n.text("equation", "");
  Equation e;
  if (operands.empty() || !parse_equation(text, ranks, e))
    return n.fail("equation ", quote(text), " does not fit the inputs");
  for (const auto& t : e.inputs) {
    if (std::set<char>(t.begin(), t.end()).size() != t.size()) {
      return n.unsupported("equation ", quote(text), " takes a diagonal");
    }
  }
  std::string term = e.inputs[0];
  ValueId y = operands[0];
  for (std::size_t i = 0; i < operands.size(); ++i) {
    std::set<char> needed(e.output.begin(), e.output.end());
    for (std::size_t j = i + 1; j < operands.size(); ++j)
      needed.insert(e.inputs[j].begin(), e.inputs[j].end());
    if (i == 0) {
      y = reduced(n, y, term, needed);
      continue;
    }
    std::string other = e.inputs[i];
    std::set<char> wanted = needed;
    wanted.insert(term.begin(), term.end());
    const ValueId b = reduced(n, operands[i], other, wanted);
    std::string result;
    y = contract(n, y, term, b, other, needed, result);
    term = result;
  }
  for (const char c : e.output) {
    if (!contains(term, c))
      return n.fail("equation ", quote(text), " has an output letter without an input");
  }
  return {transposed(n, y, term, e.output)};
}

}  // namespace corecast::onnx
