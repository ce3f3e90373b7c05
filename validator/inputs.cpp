#include "validator/inputs.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <deque>
#include <random>
#include <set>

#include "base/strings.h"
#include "ops/creation/one_hot.h"
#include "ops/elementwise/cast.h"
#include "ops/indexing/gather.h"

namespace corecast::validator {
namespace {

using ir::DType;
using ir::Tensor;
using ir::ValueId;

constexpr std::size_t kLargestInput = std::size_t{1} << 36;

// The number of rows of the table that v indexes, looking through ops that keep integers as they
// are.
std::optional<std::int64_t> vocabulary(const ir::Function& f, ValueId v) {
  std::optional<std::int64_t> smallest;
  std::deque<ValueId> queue = {v};
  std::set<ValueId> seen;
  while (!queue.empty() && seen.size() < 64) {
    const ValueId at = queue.front();
    queue.pop_front();
    if (!seen.insert(at).second) continue;
    for (const ir::Use& use : f.value(at).uses) {
      if (!use.op) continue;
      const auto& op = f.op(use.op);
      if (const auto gather = f.get_if<op::Gather>(use.op); gather && gather->indices == at) {
        const auto& shape = f.type(gather->x).shape;
        const std::int64_t rank = static_cast<std::int64_t>(shape.size());
        const auto axis =
            static_cast<std::size_t>(gather->axis < 0 ? gather->axis + rank : gather->axis);
        if (const auto rows = shape[axis].constant())
          smallest = std::min(smallest.value_or(*rows), *rows);
        continue;
      }
      if (op.schema->traits.looks_through(ir::Walk::vocabulary) && use.index == 0) {
        for (const ValueId r : op.results) {
          if (ir::is_integer(f.type(r).dtype)) queue.push_back(r);
        }
      }
    }
  }
  return smallest;
}

bool says(const std::string& name, std::string_view word) {
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower.find(word) != std::string::npos;
}

// Normal numbers by Box and Muller: std::normal_distribution differs between standard libraries.
double normal(std::mt19937_64& random) {
  const double u = (static_cast<double>(random() >> 11) + 0.5) * 0x1p-53;
  const double v = static_cast<double>(random() >> 11) * 0x1p-53;
  return std::sqrt(-2 * std::log(u)) * std::cos(6.283185307179586 * v);
}

Tensor make(const ir::Function& f, std::size_t index, const std::vector<std::int64_t>& dims,
            std::uint64_t seed) {
  const ValueId v = f.block(f.entry()).args[index];
  const std::string& name = f.inputs[index].name;
  const DType dtype = f.type(v).dtype;
  std::mt19937_64 random(seed * 0x9e3779b97f4a7c15u + index + 1);
  Tensor t = Tensor::empty(dtype, dims);
  const auto fill = [&](auto value) {
    for (std::int64_t i = 0; i < t.count(); ++i) t.set(i, value());
  };
  if (dtype == DType::boolean) {
    fill([] { return 1.0; });
  } else if (ir::is_integer(dtype)) {
    const auto rows = vocabulary(f, v);
    if (says(name, "mask")) {
      fill([] { return 1.0; });
    } else if (says(name, "token_type") || says(name, "segment")) {
      fill([] { return 0.0; });
    } else if (says(name, "length") || says(name, "lens")) {
      const double whole = static_cast<double>(dims.empty() ? 1 : dims.back());
      fill([&] { return whole; });
    } else if (dims.empty() && says(name, "sr")) {
      fill([] { return 16000.0; });  // a sample rate
    } else {
      const auto below = static_cast<std::uint64_t>(
          std::max<std::int64_t>(rows.value_or(says(name, "byte") ? 256 : 10), 1));
      fill([&] { return static_cast<double>(random() % below); });
    }
  } else if (f.inputs[index].image) {
    fill([&] { return static_cast<double>(random() % 256); });
  } else if (says(name, "mask")) {
    // Float masks are added to attention scores as often as they are multiplied; 0 and 1 suit both.
    fill([] { return 0.0; });
  } else {
    fill([&] { return normal(random); });
  }
  return t;
}

}  // namespace

ir::SymbolValues symbol_values(const ir::Function& f, int variant) {
  ir::SymbolValues values;
  for (const auto& [name, range] : f.symbols) {
    // Sizes that appear in a leading dimension are usually batches: keep those small.
    bool leading = true;
    std::int64_t rank = 0;
    for (const ValueId arg : f.block(f.entry()).args) {
      const auto& shape = f.type(arg).shape;
      for (std::size_t i = 0; i < shape.size(); ++i) {
        const auto symbols = shape[i].symbols();
        if (std::find(symbols.begin(), symbols.end(), name) != symbols.end()) {
          leading = leading && i == 0 && shape.size() > 1;
          rank = std::max(rank, static_cast<std::int64_t>(shape.size()));
        }
      }
    }
    static constexpr std::int64_t batches[] = {1, 2, 3};
    static constexpr std::int64_t lengths[] = {64, 96, 160};
    static constexpr std::int64_t sizes[] = {64, 96, 128};
    static constexpr std::int64_t samples[] = {16000, 8000, 24000};
    const auto* choice = leading                ? batches
                         : rank >= 4            ? sizes
                         : says(name, "sample") ? samples
                                                : lengths;
    std::int64_t value = choice[variant % 3];
    value = std::max(value, range.lo);
    if (range.hi >= 0) value = std::min(value, range.hi);
    values[name] = value;
  }
  // Default shapes that the model itself names come first.
  if (variant == 0) {
    const auto& args = f.block(f.entry()).args;
    for (std::size_t i = 0; i < args.size() && i < f.inputs.size(); ++i) {
      const auto& shape = f.type(args[i]).shape;
      const auto& given = f.inputs[i].default_shape;
      for (std::size_t k = 0; k < shape.size() && given.size() == shape.size(); ++k) {
        if (const auto symbol = shape[k].as_symbol(); symbol && given[k] > 1)
          values[*symbol] = given[k];
      }
    }
  }
  return values;
}

Result<NamedTensors> generate_inputs(const ir::Function& f, const InputOptions& options) {
  ir::SymbolValues values = symbol_values(f, 0);
  for (const auto& [name, value] : options.symbols) {
    const auto range = f.symbols.find(name);
    if (range != f.symbols.end() &&
        (value < range->second.lo || (range->second.hi >= 0 && value > range->second.hi))) {
      return Error(Code::E1003, cat("size ", name, " = ", value, " is outside its range"));
    }
    values[name] = value;
  }
  NamedTensors inputs;
  const auto& args = f.block(f.entry()).args;
  for (std::size_t i = 0; i < args.size(); ++i) {
    std::vector<std::int64_t> dims;
    for (const ir::Dim& d : f.type(args[i]).shape) {
      const auto size = d.evaluate(values);
      if (!size || *size < 0) {
        return Error(Code::E1003, cat("the size ", d.to_string(), " of input ",
                                      quote(f.inputs[i].name), " is not known"));
      }
      dims.push_back(*size);
    }
    const auto count = ir::element_count(dims);
    const auto bytes = count ? ir::packed_bytes(f.type(args[i]).dtype, *count) : std::nullopt;
    if (!bytes || *bytes > kLargestInput) {
      return Error(Code::E5001,
                   cat("input ", quote(f.inputs[i].name), " of shape [", join(dims, ","),
                       "] is larger than the ", kLargestInput, " bytes that are made up"),
                   "give smaller sizes with --input, or the array itself with --inputs");
    }
    inputs[f.inputs[i].name] = make(f, i, dims, options.seed);
  }
  return inputs;
}

}  // namespace corecast::validator
