#include "api/detail/input_ranges.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "base/strings.h"
#include "validator/uses.h"

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
  const auto axis = validator::uses_of(f, v).rows;
  if (const auto rows = axis ? axis->constant() : std::nullopt; rows && *rows > 0)
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
