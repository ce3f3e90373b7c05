#include "passes/numerics/hazards.h"

#include <array>
#include <cmath>
#include <cstdio>

#include "passes/numerics/site.h"

namespace corecast::passes::numerics {
namespace {

constexpr KindInfo kKinds[] = {
#define KIND(name, code, remedy) {Kind::name, #name, code, remedy},
#include "passes/numerics/kinds.def"
#undef KIND
};

constexpr Rule kRules[] = {exponentials,
                           domains,
                           divisors,
                           beyond_f16,
                           vanishing_numbers,
                           differences,
                           angles_and_positions,
                           whole_numbers,
                           narrowed_integers,
                           casts,
                           indices};

/// Integers of the interface that do not fit into 32 bits.
void look_at_inputs(const Ranges& ranges, std::vector<Hazard>& found) {
  const ir::Function& f = ranges.function();
  for (const ValueId v : f.block(f.entry()).args) {
    const Known& k = ranges.of(v);
    if (!ir::is_integer(f.type(v).dtype) || ir::bits_of(f.type(v).dtype) <= 32) continue;
    if (k.range.hi <= kLargestI32 && k.range.lo >= -kLargestI32 - 1) continue;
    found.push_back({Kind::integers,
                     {},
                     v,
                     k,
                     cat("the input holds ", text_of(k.range), "; 32 bits end at 2147483647"),
                     false,
                     false});
  }
}

}  // namespace

const KindInfo& info_of(Kind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

bool Site::operands_within(double limit) const {
  for (const ValueId v : data().operands) {
    if (v && of(v).inputs != 0 && !of(v).within(limit)) return false;
  }
  return true;
}

void Site::add(Hazard h) {
  if (h.fp16_only && !options_.fp16) return;
  // One op, one hazard of a kind: the first rule knows best.
  for (const Hazard& before : found_) {
    if (before.op == h.op && before.kind == h.kind) return;
  }
  found_.push_back(std::move(h));
}

std::string text_of(double number) {
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.5g", number);
  return buffer.data();
}

std::string text_of(const ir::Interval& range) {
  return cat(text_of(range.lo), "..", text_of(range.hi));
}

std::vector<Hazard> find_hazards(const Ranges& ranges, const HazardOptions& options,
                                 const Stop& stop) {
  std::vector<Hazard> found;
  look_at_inputs(ranges, found);
  for_each_op(ranges.function(), [&](OpId id) {
    if (stop.requested()) return;
    // An op writes to a list of its own: what others found is not its business.
    std::vector<Hazard> here;
    Site site(ranges, options, id, here);
    if (site.data().results.empty() || !site.data().blocks.empty()) return;
    if (ranges.of(site.data().results[0]).inputs == 0) return;
    for (const Rule rule : kRules) rule(site);
    found.insert(found.end(), here.begin(), here.end());
  });
  return found;
}

}  // namespace corecast::passes::numerics
