#include "api/detail/input_ranges.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>

#include "base/strings.h"
#include "ops/indexing/gather.h"

namespace corecast::api {
namespace {

using ir::DType;
using ir::ValueId;

// Assumed where nothing is known: most models see numbers of this size.
constexpr double kFloats = 10;

bool says(std::string_view name, std::string_view word) {
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  return std::search(name.begin(), name.end(), word.begin(), word.end(), same) != name.end();
}

/// The rows of the smallest table that the integers of v look up.
std::optional<std::int64_t> rows_looked_up(const ir::Function& f, ValueId v,
                                           std::set<ValueId>& seen) {
  std::optional<std::int64_t> least;
  if (!seen.insert(v).second || seen.size() > 64) return least;
  for (const ir::Use& use : f.value(v).uses) {
    if (!use.op) continue;
    std::optional<std::int64_t> rows;
    if (const auto g = f.get_if<op::Gather>(use.op); g && g->indices == v) {
      const auto& shape = f.type(g->x).shape;
      const auto rank = static_cast<std::int64_t>(shape.size());
      rows = shape[static_cast<std::size_t>(g->axis < 0 ? g->axis + rank : g->axis)].constant();
    } else if (f.op(use.op).schema->traits.looks_through(ir::Walk::vocabulary) && use.index == 0) {
      for (const ValueId r : f.op(use.op).results) {
        if (!ir::is_integer(f.type(r).dtype)) continue;
        const auto further = rows_looked_up(f, r, seen);
        if (further) rows = std::min(rows.value_or(*further), *further);
      }
    }
    if (rows) least = std::min(least.value_or(*rows), *rows);
  }
  return least;
}

InputRange assumed(const ir::Function& f, std::size_t i, double largest_integer) {
  const ValueId v = f.block(f.entry()).args[i];
  const DType dtype = f.type(v).dtype;
  const std::string& name = f.inputs[i].name;
  const auto range = [&](double low, double high, std::string why) {
    return InputRange{name, low, high, false, cat("assumed", why.empty() ? "" : ": ", why)};
  };
  if (f.inputs[i].image) return {name, 0, 255, true, "an image"};
  if (dtype == DType::boolean) return {name, 0, 1, true, "of bool"};
  if (says(name, "mask")) return range(0, 1, "its name says mask");
  if (ir::is_floating(dtype)) return range(-kFloats, kFloats, "");
  if (ir::bits_of(dtype) <= 8) {
    const ir::Interval all = ir::range_of(dtype);
    return {name, all.lo, all.hi, true, cat("of ", ir::name_of(dtype))};
  }
  std::set<ValueId> seen;
  if (const auto rows = rows_looked_up(f, v, seen); rows && *rows > 0)
    return range(0, static_cast<double>(*rows - 1), cat("it looks up ", *rows, " rows"));
  if (says(name, "token_type") || says(name, "segment")) return range(0, 1, "its name");
  return range(0, std::min(largest_integer, ir::range_of(dtype).hi), "");
}

Status fits(const RangeOf& r, DType dtype) {
  const ir::Interval all = ir::range_of(dtype);
  if (all.contains(r.low) && all.contains(r.high)) return {};
  return Error(Code::E1002,
               cat("input ", quote(r.input), " is ", ir::name_of(dtype), ", which does not hold ",
                   r.low, "..", r.high),
               cat("its numbers are from ", all.lo, " to ", all.hi));
}

}  // namespace

Result<std::vector<InputRange>> input_ranges(const ir::Function& f,
                                             const std::vector<RangeOf>& given,
                                             double largest_integer) {
  std::vector<InputRange> out;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < f.inputs.size(); ++i) {
    out.push_back(assumed(f, i, largest_integer));
    names.push_back(f.inputs[i].name);
  }
  for (const RangeOf& r : given) {
    const auto at = std::find(names.begin(), names.end(), r.input);
    if (at == names.end()) {
      const std::string near = nearest(r.input, names);
      return Error(
          Code::E1002, cat("--range-of: the model has no input ", quote(r.input)),
          near.empty() ? cat("inputs: ", join(names)) : cat("did you mean ", quote(near), "?"));
    }
    const auto i = static_cast<std::size_t>(at - names.begin());
    TRY_VOID(fits(r, f.type(f.block(f.entry()).args[i]).dtype));
    out[i] = {r.input, r.low, r.high, true, "given"};
  }
  return out;
}

}  // namespace corecast::api
