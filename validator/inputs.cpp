#include "validator/inputs.h"

#include <algorithm>

#include "base/strings.h"
#include "validator/roles.h"
#include "validator/sizes.h"
#include "validator/values.h"

namespace corecast::validator {
namespace {

constexpr std::size_t kLargestInput = std::size_t{1} << 36;

Result<std::vector<std::int64_t>> dims_of(const ir::Function& f, std::size_t index,
                                          const ir::SymbolValues& values) {
  const ir::Type& type = f.type(f.block(f.entry()).args[index]);
  const std::string& name = f.inputs[index].name;
  std::vector<std::int64_t> dims;
  for (const ir::Dim& d : type.shape) {
    const auto size = d.evaluate(values);
    if (!size || *size < 0) {
      return Error(Code::E1003,
                   cat("the size ", d.to_string(), " of input ", quote(name), " is not known"));
    }
    dims.push_back(*size);
  }
  const auto count = ir::element_count(dims);
  const auto bytes = count ? ir::packed_bytes(type.dtype, *count) : std::nullopt;
  if (!bytes || *bytes > kLargestInput) {
    return Error(Code::E5001,
                 cat("input ", quote(name), " of shape [", join(dims, ","), "] is larger than the ",
                     kLargestInput, " bytes that are made up"),
                 "give smaller sizes with --input, or the array itself with --inputs");
  }
  return dims;
}

}  // namespace

ir::SymbolValues symbol_values(const ir::Function& f, int variant) {
  return Sizes(f).usual(variant);
}

std::map<std::string, std::string> how_inputs_are_made(
    const ir::Function& f, const std::map<std::string, ir::Interval>& ranges) {
  std::map<std::string, std::string> how;
  for (std::size_t i = 0; i < f.inputs.size(); ++i) {
    if (!f.type(f.block(f.entry()).args[i]).is_tensor()) continue;
    std::string& text = how[f.inputs[i].name] = role_of(f, i).how;
    if (const auto r = ranges.find(f.inputs[i].name); r != ranges.end())
      text += cat(", stretched to ", r->second.lo, "..", r->second.hi);
  }
  return how;
}

Result<NamedTensors> generate_inputs(const ir::Function& f, const InputOptions& options) {
  ir::SymbolValues values = options.symbols;
  for (const auto& [name, value] : options.symbols) {
    const auto range = f.symbols.find(name);
    if (range != f.symbols.end() &&
        (value < range->second.lo || (range->second.hi >= 0 && value > range->second.hi))) {
      return Error(Code::E1003, cat("size ", name, " = ", value, " is outside its range"));
    }
  }
  const auto given = [&](const auto& symbol) { return values.contains(symbol.first); };
  if (!std::all_of(f.symbols.begin(), f.symbols.end(), given)) {
    for (const auto& [symbol, value] : symbol_values(f, 0)) values.try_emplace(symbol, value);
  }
  NamedTensors inputs;
  const auto& args = f.block(f.entry()).args;
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (f.type(args[i]).kind == ir::TypeKind::state) continue;  // starts as zeros
    TRY(const auto dims, dims_of(f, i, values));
    const InputRole role = role_of(f, i);
    const ir::DType dtype = f.type(args[i]).dtype;
    const std::uint64_t seed = options.seed * 0x9e3779b97f4a7c15u + i + 1;
    ir::Tensor& t = inputs[f.inputs[i].name];
    t = options.plain ? plain_values_of(role, dtype, dims)
                      : values_of(role, dtype, dims, values, seed);
    if (const auto r = options.ranges.find(f.inputs[i].name); r != options.ranges.end())
      stretch(t, r->second);
  }
  return inputs;
}

}  // namespace corecast::validator
