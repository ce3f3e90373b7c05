#include "compress/palette/palette.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <limits>

#include "compress/palette/palette_assign.h"
#include "compress/palette/palette_buckets.h"

namespace corecast::compress {

namespace {

struct Task {
  const Values& w;
  const PaletteSpec& spec;
  const Importance& importance;
  ThreadPool& pool;
  IndexWriter& writer;

  int entries() const { return 1 << spec.bits; }
};

/// What one group's table costs, for the sums of all.
struct Outcome {
  double error = 0, bound = 0;
  bool fits = true;
};

/// Different values of many floats, ascending; stops when there are more than `most` (<= 256).
std::optional<std::vector<float>> few_values(const float* all, const Runs& runs, std::size_t most) {
  constexpr std::size_t slots = 1024;
  std::vector<float> table(slots);
  std::vector<bool> taken(slots);
  std::vector<float> found;
  bool fits = true;
  float last = std::numeric_limits<float>::quiet_NaN();
  runs.pieces(0, runs.total(), [&](std::int64_t at, std::int64_t n, std::int64_t) {
    for (std::int64_t i = at; fits && i < at + n; ++i) {
      const float x = all[i] + 0.0f;
      if (x == last) continue;
      last = x;
      std::size_t slot = (std::bit_cast<std::uint32_t>(x) * 2654435761u) >> 22;
      while (taken[slot] && table[slot] != x) slot = (slot + 1) % slots;
      if (taken[slot]) continue;
      taken[slot] = true;
      table[slot] = x;
      found.push_back(x);
      fits = found.size() <= most;
    }
  });
  if (!fits) return std::nullopt;
  std::sort(found.begin(), found.end());
  return found;
}

/// Smallest and largest of a part. Precondition: not empty.
std::pair<float, float> range_of(const float* all, const Runs& runs, ThreadPool& pool) {
  constexpr std::int64_t part = 1 << 18;
  const std::int64_t parts = (runs.total() + part - 1) / part;
  std::vector<std::pair<float, float>> ranges(static_cast<std::size_t>(parts));
  pool.parallel_for(parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      float low = std::numeric_limits<float>::infinity(), high = -low;
      runs.pieces(p * part, std::min((p + 1) * part, runs.total()),
                  [&](std::int64_t at, std::int64_t n, std::int64_t) {
                    for (std::int64_t i = at; i < at + n; ++i) {
                      low = std::min(low, all[i]);
                      high = std::max(high, all[i]);
                    }
                  });
      ranges[static_cast<std::size_t>(p)] = {low + 0.0f, high + 0.0f};
    }
  });
  auto result = ranges[0];
  for (const auto& [low, high] : ranges)
    result = {std::min(result.first, low), std::max(result.second, high)};
  return result;
}

/// Evenly spaced entries, by the formulas of the Core ML tools: every step is rounded to the
/// weight's dtype, unless the range overflows it.
class UniformGrid {
 public:
  UniformGrid(float low, float high, bool half, int bits)
      : low_(low), most_((1 << bits) - 1), half_(half) {
    range_ = rounded(double{high} - double{low});
    exact_ = !std::isfinite(range_);
    if (exact_) range_ = double{high} - double{low};
    step_ = rounded(range_ / most_);
  }
  /// With NaN or infinity nowhere: a range of zero has one entry.
  std::uint8_t index(float x) const {
    if (range_ == 0) return 0;
    const double place = rounded(rounded(rounded(double{x} - low_) / range_) * most_);
    return static_cast<std::uint8_t>(std::nearbyint(place));
  }
  float entry(int i) const {
    const double e = i * step_ + low_;
    return half_ ? ir::to_float(ir::to_half(e)) : static_cast<float>(e);
  }

 private:
  // The operands have at most 24 bits, so that rounding the double once is rounding the result.
  double rounded(double x) const {
    if (exact_) return x;
    return half_ ? double{ir::to_float(ir::to_half(static_cast<float>(x)))}
                 : double{static_cast<float>(x)};
  }
  double low_, range_ = 0, step_ = 0;
  int most_;
  bool half_, exact_ = false;
};

/// Makes the tables of groups, one after another; keeps its memory between them.
class GroupWorker {
 public:
  explicit GroupWorker(const Task& task) : task_(task) {}

  Outcome run(const Runs& runs, std::span<float> table) {
    const bool countable = task_.w.is_half() || runs.total() <= ValueCounter::kMostSorted;
    switch (task_.spec.mode) {
      case PaletteMode::kmeans:
        return countable ? kmeans(runs, table) : kmeans_of_many(runs, table);
      case PaletteMode::uniform:
        return task_.w.is_half() ? uniform_codes(runs, table) : uniform_floats(runs, table);
      case PaletteMode::unique: return unique(runs, table);
    }
    CC_UNREACHABLE("palette mode");
  }

 private:
  Outcome kmeans(const Runs& runs, std::span<float> table) {
    counter_.count(task_.w, runs, task_.importance, task_.pool);
    const Points1d* points = &counter_.points();
    bool none_counts = false;
    if (!task_.importance.empty()) {
      counting_.clear();
      for (std::size_t i = 0; i < points->size(); ++i)
        if (points->weights[i] > 0) counting_.add(points->values[i], points->weights[i]);
      none_counts = counting_.size() == 0;
      if (none_counts)
        counter_.count(task_.w, runs, {}, task_.pool);
      else
        points = &counting_;
    }
    solver_.solve(*points, task_.entries());
    PaletteTable result(solver_.centers(), task_.w.is_half(), task_.spec.bits);
    // Points of weight 0 are assigned too, so that an entry of theirs is used.
    const double error = result.measure(counter_.points());
    write(runs, result, table);
    return {none_counts ? 0 : error, none_counts ? 0 : std::min(solver_.bound(), error)};
  }

  Outcome kmeans_of_many(const Runs& runs, std::span<float> table) {
    const Importance all_one;
    const Importance* importance = &task_.importance;
    ValueBuckets buckets = bucket_values(task_.w, runs, *importance, task_.entries(), task_.pool);
    const bool none_counts = buckets.points.size() == 0;
    if (none_counts) {
      importance = &all_one;
      buckets = bucket_values(task_.w, runs, all_one, task_.entries(), task_.pool);
    }
    // Few values: their buckets' means would not be them.
    const auto few = few_values(task_.w.floats(), runs, static_cast<std::size_t>(task_.entries()));
    std::vector<double> centers;
    double bound = 0;
    if (few) {
      centers.assign(few->begin(), few->end());
    } else {
      solver_.solve(buckets.points, task_.entries());
      centers = solver_.centers();
      bound = std::max(0.0, solver_.bound() - buckets.lost(task_.entries()));
    }
    PaletteTable result(centers, false, task_.spec.bits);
    double error = 0;
    for (bool all_used = false; !all_used;) {
      std::vector<std::atomic<bool>> used(result.entries().size());
      std::vector<double> errors(static_cast<std::size_t>(IndexWriter::blocks_of(runs)));
      task_.writer.fill(
          runs, task_.pool, [&](std::int64_t b, std::int64_t at, std::int64_t n, std::uint8_t* to) {
            const float* x = task_.w.floats() + at;
            kernels().palette.assign_float(x, n, result.float_limits(), task_.spec.bits, to);
            bool here[256] = {};
            for (std::int64_t i = 0; i < n; ++i) here[to[i]] = true;
            for (std::size_t e = 0; e < used.size(); ++e)
              if (here[e] && !used[e].load(std::memory_order_relaxed)) used[e] = true;
            errors[static_cast<std::size_t>(b)] = error_of(x, at, n, to, result.entries().data());
          });
      error = 0;
      for (const double e : errors) error += e;
      std::vector<bool> kept(used.begin(), used.end());
      all_used = std::find(kept.begin(), kept.end(), false) == kept.end();
      if (!all_used) result.keep(kept);
    }
    std::copy(result.entries().begin(), result.entries().end(), table.begin());
    return {error, none_counts ? 0 : std::min(bound, error)};
  }

  Outcome uniform_codes(const Runs& runs, std::span<float> table) {
    counter_.count(task_.w, runs, task_.importance, task_.pool);
    const Points1d& points = counter_.points();
    if (points.size() == 0) return {};
    const UniformGrid grid(static_cast<float>(points.values.front()),
                           static_cast<float>(points.values.back()), true, task_.spec.bits);
    for (std::size_t i = 0; i < table.size(); ++i) table[i] = grid.entry(static_cast<int>(i));
    by_code_.resize(65536);
    Outcome outcome;
    for (std::size_t i = 0; i < points.size(); ++i) {
      const auto x = static_cast<float>(points.values[i]);
      const std::uint8_t index = grid.index(x);
      by_code_[ir::to_half(x).bits] = index;
      if (x == 0) by_code_[0x8000] = index;
      const double d = points.values[i] - double{table[index]};
      outcome.error += points.weights[i] * d * d;
    }
    task_.writer.look_up(runs, by_code_, task_.pool);
    return outcome;
  }

  Outcome uniform_floats(const Runs& runs, std::span<float> table) {
    if (runs.total() == 0) return {};
    const auto [low, high] = range_of(task_.w.floats(), runs, task_.pool);
    const UniformGrid grid(low, high, false, task_.spec.bits);
    for (std::size_t i = 0; i < table.size(); ++i) table[i] = grid.entry(static_cast<int>(i));
    std::vector<double> errors(static_cast<std::size_t>(IndexWriter::blocks_of(runs)));
    task_.writer.fill(runs, task_.pool,
                      [&](std::int64_t b, std::int64_t at, std::int64_t n, std::uint8_t* to) {
                        const float* x = task_.w.floats() + at;
                        for (std::int64_t i = 0; i < n; ++i) to[i] = grid.index(x[i]);
                        errors[static_cast<std::size_t>(b)] = error_of(x, at, n, to, table.data());
                      });
    Outcome outcome;
    for (const double e : errors) outcome.error += e;
    return outcome;
  }

  Outcome unique(const Runs& runs, std::span<float> table) {
    const auto most = static_cast<std::size_t>(task_.entries());
    std::vector<double> values;
    if (task_.w.is_half()) {
      counter_.count(task_.w, runs, {}, task_.pool);
      if (counter_.points().size() > most) return {.fits = false};
      values = counter_.points().values;
    } else {
      const auto few = few_values(task_.w.floats(), runs, most);
      if (!few) return {.fits = false};
      values.assign(few->begin(), few->end());
    }
    write(runs, PaletteTable(values, task_.w.is_half(), task_.spec.bits), table);
    return {};
  }

  void write(const Runs& runs, const PaletteTable& result, std::span<float> table) {
    task_.writer.assign(runs, result, task_.pool);
    std::copy(result.entries().begin(), result.entries().end(), table.begin());
  }

  double error_of(const float* x, std::int64_t at, std::int64_t n, const std::uint8_t* indices,
                  const float* entries) const {
    double error = 0;
    if (task_.importance.empty()) {
      for (std::int64_t i = 0; i < n; ++i) {
        const double d = double{x[i]} - double{entries[indices[i]]};
        error += d * d;
      }
    } else {
      ImportanceCursor weight(task_.importance, at);
      for (std::int64_t i = 0; i < n; ++i) {
        const double d = double{x[i]} - double{entries[indices[i]]};
        error += weight.next() * d * d;
      }
    }
    return error;
  }

  const Task& task_;
  ValueCounter counter_;
  Kmeans1d solver_;
  Points1d counting_;
  std::vector<std::uint8_t> by_code_;
};

std::int64_t groups_of(const Axis& axis, std::int64_t group) {
  if (group <= 0 || axis.size == 0) return 1;
  CC_CHECK(axis.size % group == 0, "the group divides the channels");
  return axis.size / group;
}

/// f(first group, end) over the groups: in parallel when they are many, else one after the other
/// with all threads in each.
template <class F>
void for_groups(std::int64_t groups, std::int64_t elements, ThreadPool& pool, F&& f) {
  if (groups < 2 * pool.threads() && elements / groups > (1 << 20)) {
    f(0, groups);
    return;
  }
  const std::int64_t chunks = std::int64_t{8} * pool.threads();
  pool.parallel_for(groups, std::max<std::int64_t>(1, groups / chunks), f);
}

}  // namespace

Result<Palette> palettize(const Values& w, const Axis& axis, const PaletteSpec& spec,
                          const Importance& importance, ThreadPool& pool) {
  CC_CHECK(w.size() == axis.count(), "an axis of this weight");
  CC_CHECK(spec.bits >= 1 && spec.bits <= 8 && spec.bits != 5 && spec.bits != 7, "bits of a table");
  Palette palette;
  palette.bits = spec.bits;
  palette.groups = groups_of(axis, spec.group);
  const auto entries = static_cast<std::size_t>(1) << spec.bits;
  palette.tables.resize(static_cast<std::size_t>(palette.groups) * entries);
  IndexWriter writer(w, spec.bits, palette.groups == 1 ? w.size() : spec.group * axis.inner);
  const Task task{w, spec, importance, pool, writer};
  std::vector<Outcome> outcomes(static_cast<std::size_t>(palette.groups));
  for_groups(palette.groups, w.size(), pool, [&](std::int64_t begin, std::int64_t end) {
    GroupWorker worker(task);
    for (std::int64_t g = begin; g < end; ++g) {
      const auto at = static_cast<std::size_t>(g);
      outcomes[at] = worker.run(group_of(axis, spec.group, g),
                                std::span(palette.tables).subspan(at * entries, entries));
    }
  });
  for (const Outcome& o : outcomes) {
    if (!o.fits)
      return Error(Code::E4101,
                   "more than " + std::to_string(entries) + " different values in one table",
                   "use more bits, smaller groups, or the mode kmeans");
    palette.error += o.error;
    palette.bound += o.bound;
  }
  palette.indices = writer.finish(pool);
  return palette;
}

std::optional<int> bits_for_unique(const Values& w, const Axis& axis, std::int64_t group,
                                   ThreadPool& pool) {
  CC_CHECK(w.size() == axis.count(), "an axis of this weight");
  const std::int64_t groups = groups_of(axis, group);
  std::vector<std::size_t> found(static_cast<std::size_t>(groups));
  for_groups(groups, w.size(), pool, [&](std::int64_t begin, std::int64_t end) {
    ValueCounter counter;
    for (std::int64_t g = begin; g < end; ++g) {
      auto& count = found[static_cast<std::size_t>(g)];
      const Runs runs = group_of(axis, group, g);
      if (w.is_half()) {
        counter.count(w, runs, {}, pool);
        count = counter.points().size();
      } else {
        const auto few = few_values(w.floats(), runs, 256);
        count = few ? few->size() : 257;
      }
    }
  });
  const std::size_t most = *std::max_element(found.begin(), found.end());
  for (const int bits : {1, 2, 3, 4, 6, 8})
    if (most <= (std::size_t{1} << bits)) return bits;
  return std::nullopt;
}

}  // namespace corecast::compress
