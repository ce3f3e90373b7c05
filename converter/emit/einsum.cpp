#include "converter/emit/einsum.h"

#include <algorithm>
#include <map>
#include <set>

#include "ops/elementwise/elementwise_binary.h"
#include "ops/linear/matmul.h"
#include "ops/reduction/reduction.h"
#include "ops/shape/expand_dims.h"
#include "ops/shape/transpose.h"

namespace corecast::emit {
namespace {

struct Equation {
  std::vector<std::string> inputs;
  std::string output;
};

// Letters per operand; an ellipsis becomes capital placeholders from the end of the alphabet's
// other half ('\x01'...), one per dimension, right-aligned.
bool parse_equation(const std::string& text, const std::vector<std::int64_t>& ranks, Equation& eq) {
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
    eq.inputs.push_back(terms[i]);
  }
  if (arrow != std::string::npos) {
    eq.output = clean.substr(arrow + 2);
    if (const auto dots = eq.output.find("..."); dots != std::string::npos)
      eq.output.replace(dots, 3, fill(ellipsis));
  } else {  // implicit: the ellipsis, then letters that appear once, in alphabetical order
    std::map<char, int> seen;
    for (const auto& t : eq.inputs) {
      for (const char c : t) ++seen[c];
    }
    eq.output = fill(ellipsis);
    for (const auto& [c, count] : seen) {
      if (count == 1 && c > 26) eq.output += c;
    }
  }
  return true;
}

bool contains(const std::string& s, char c) { return s.find(c) != std::string::npos; }

ValueId transposed(Emit& e, ValueId v, const std::string& from, const std::string& to) {
  if (from == to) return v;
  std::vector<std::int64_t> perm;
  for (const char c : to) perm.push_back(static_cast<std::int64_t>(from.find(c)));
  return e.add(op::Transpose{v, perm});
}

// Sums away the letters of `term` that nobody else needs.
ValueId reduced(Emit& e, ValueId v, std::string& term, const std::set<char>& needed) {
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
  return e.add(sum);
}

// One matmul of two operands, as long as each group of letters is at most one dimension; larger
// groups multiply and sum, which costs memory but is always right.
ValueId contract(Emit& e, ValueId a, std::string ta, ValueId b, std::string tb,
                 const std::set<char>& needed, std::string& result) {
  std::string batch, left, right, inner;
  for (const char c : ta) (contains(tb, c) ? (needed.contains(c) ? batch : inner) : left) += c;
  for (const char c : tb) {
    if (!contains(ta, c)) right += c;
  }
  if (inner.size() == 1 && left.size() <= 1 && right.size() <= 1) {
    a = transposed(e, a, ta, batch + left + inner);
    b = transposed(e, b, tb, batch + inner + right);
    const auto rank = static_cast<std::int64_t>(batch.size());
    if (left.empty()) a = e.add(op::ExpandDims{a, {rank}});
    if (right.empty()) b = e.add(op::ExpandDims{b, {rank + 1}});
    ValueId y = e.add(op::Matmul{.x = a, .y = b});
    std::vector<std::int64_t> drop;
    if (left.empty()) drop.push_back(rank);
    if (right.empty()) drop.push_back(rank + 1);
    if (!drop.empty()) {
      op::ReduceSum squeeze{};  // a dimension of size 1
      squeeze.x = y;
      squeeze.axes = drop;
      y = e.add(squeeze);
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
    v = transposed(e, v, term, order);
    return axes.empty() ? v : e.add(op::ExpandDims{v, axes});
  };
  ValueId y = e.add(op::Mul{aligned(a, ta), aligned(b, tb)});
  result = all;
  return reduced(e, y, result, needed);
}

}  // namespace

ValueId einsum(Emit& e, const std::string& text, const Values& operands) {
  if (e.failed()) return {};
  std::vector<std::int64_t> ranks;
  for (const ValueId v : operands) ranks.push_back(e.rank(v));
  Equation eq;
  if (operands.empty() || !parse_equation(text, ranks, eq))
    return e.fail("equation ", quote(text), " does not fit the inputs"), ValueId();
  for (const auto& t : eq.inputs) {
    if (std::set<char>(t.begin(), t.end()).size() != t.size()) {
      return e.unsupported("equation ", quote(text), " takes a diagonal"), ValueId();
    }
  }
  std::string term = eq.inputs[0];
  ValueId y = operands[0];
  for (std::size_t i = 0; i < operands.size(); ++i) {
    std::set<char> needed(eq.output.begin(), eq.output.end());
    for (std::size_t j = i + 1; j < operands.size(); ++j)
      needed.insert(eq.inputs[j].begin(), eq.inputs[j].end());
    if (i == 0) {
      y = reduced(e, y, term, needed);
      continue;
    }
    std::string other = eq.inputs[i];
    std::set<char> wanted = needed;
    wanted.insert(term.begin(), term.end());
    const ValueId b = reduced(e, operands[i], other, wanted);
    std::string result;
    y = contract(e, y, term, b, other, needed, result);
    term = result;
  }
  for (const char c : eq.output) {
    if (!contains(term, c))
      return e.fail("equation ", quote(text), " has an output letter without an input"), ValueId();
  }
  return transposed(e, y, term, eq.output);
}

}  // namespace corecast::emit
