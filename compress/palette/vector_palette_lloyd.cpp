#include "compress/palette/vector_palette_lloyd.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace corecast::compress {

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// How far entries move, in distances to the middle of their vectors: anything below 2 lowers the
/// error, and this reaches in 20 rounds what 1 does not in 30.
constexpr double kStep = 1.8;

/// A vector far from its entry.
struct Far {
  float distance;
  std::int64_t vector;
  std::array<float, 8> x;
};

/// What one task found. Sums are [k, v] of weight * x and of the weights; one weight (a count) for
/// all coordinates unless the weights differ among them.
struct Sums {
  double error = 0;
  std::vector<double> x, w;
  std::vector<Far> far;  ///< the farthest vector of each block
};

/// How the weights of a block are read: none, one for each vector, one for each element.
enum class Weights { none, vector, element };

template <int V, Weights W>
void add_up(const VectorBlock& b, const std::uint8_t* index, double* xs, double* ws) {
  for (std::int64_t i = 0; i < b.n; ++i) {
    double* x = xs + index[i] * V;
    double* w = ws + index[i] * (W == Weights::element ? V : 1);
    if constexpr (W == Weights::none) w[0] += 1;
    if constexpr (W == Weights::vector) w[0] += static_cast<double>(b.w[i]);
    for (int j = 0; j < V; ++j) {
      const auto value = static_cast<double>(b.x[j * b.stride + i]);
      if constexpr (W == Weights::none) {
        x[j] += value;
      } else if constexpr (W == Weights::vector) {
        x[j] += value * static_cast<double>(b.w[i]);
      } else {
        const auto weight = static_cast<double>(b.w[j * b.w_stride + i]);
        x[j] += value * weight;
        w[j] += weight;
      }
    }
  }
}

template <int V>
void add_up(const VectorBlock& b, const std::uint8_t* index, Sums& sums) {
  if (!b.w)
    add_up<V, Weights::none>(b, index, sums.x.data(), sums.w.data());
  else if (b.w_stride == 0)
    add_up<V, Weights::vector>(b, index, sums.x.data(), sums.w.data());
  else
    add_up<V, Weights::element>(b, index, sums.x.data(), sums.w.data());
}

/// Squared distances are not negative: their order is that of their bits.
std::int64_t largest_of(const float* x, std::int64_t n) {
  std::int32_t largest = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto bits = std::bit_cast<std::int32_t>(x[i]);
    largest = bits > largest ? bits : largest;
  }
  std::int64_t i = 0;
  while (std::bit_cast<std::int32_t>(x[i]) < largest) ++i;
  return i;
}

std::int64_t weights_of_entry(const VectorData& data) {
  return data.weight_planes() > 1 ? data.vector() : 1;
}

void sum_chunk(const VectorData& data, const Assigner& assign, std::int64_t begin, std::int64_t end,
               Sums& sums) {
  VectorScratch scratch;
  std::uint8_t index[kVectorBlock];
  float distance[kVectorBlock];
  const std::int64_t v = data.vector();
  for (std::int64_t t = begin; t < end; t += kVectorBlock) {
    const VectorBlock b = data.block(t, std::min(end, t + kVectorBlock), scratch);
    assign(b, index, distance);
    sums.error += sum_of(distance, b.n);
    const std::int64_t farthest = largest_of(distance, b.n);
    Far far{distance[farthest], t + farthest, {}};
    for (std::int64_t j = 0; j < v; ++j) far.x[at(j)] = b.x[j * b.stride + farthest];
    sums.far.push_back(far);
    if (v == 2)
      add_up<2>(b, index, sums);
    else if (v == 4)
      add_up<4>(b, index, sums);
    else
      add_up<8>(b, index, sums);
  }
}

Sums sum_all(const VectorData& data, const Entries& entries, const GridLines* lines,
             ThreadPool& pool) {
  const Assigner assign(entries, data.vector(), lines, pool);
  const std::int64_t chunk = chunk_of(data.count());
  const std::int64_t chunks = (data.count() + chunk - 1) / chunk;
  const auto k = static_cast<std::int64_t>(entries.size()) / data.vector();
  std::vector<Sums> parts(at(chunks));
  pool.parallel_for(chunks, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t c = begin; c < end; ++c) {
      Sums& part = parts[at(c)];
      part.x.resize(entries.size());
      part.w.resize(at(k * weights_of_entry(data)));
      sum_chunk(data, assign, c * chunk, std::min(data.count(), (c + 1) * chunk), part);
    }
  });
  Sums all = std::move(parts.front());
  for (std::size_t c = 1; c < parts.size(); ++c) {
    all.error += parts[c].error;
    for (std::size_t i = 0; i < all.x.size(); ++i) all.x[i] += parts[c].x[i];
    for (std::size_t i = 0; i < all.w.size(); ++i) all.w[i] += parts[c].w[i];
    all.far.insert(all.far.end(), parts[c].far.begin(), parts[c].far.end());
  }
  return all;
}

/// Moves the entries; whether one without vectors went to a vector.
bool move_entries(Entries& entries, std::int64_t v, std::int64_t weights, double step, Sums& sums) {
  std::vector<std::int64_t> empty;
  const auto k = static_cast<std::int64_t>(entries.size()) / v;
  for (std::int64_t e = 0; e < k; ++e) {
    bool used = false;
    for (std::int64_t j = 0; j < v; ++j) {
      const double w = sums.w[at(e * weights + (weights > 1 ? j : 0))];
      if (w <= 0) continue;
      used = true;
      const double middle = sums.x[at(e * v + j)] / w;
      float& entry = entries[at(e * v + j)];
      entry = static_cast<float>(middle + (step - 1) * (middle - static_cast<double>(entry)));
    }
    if (!used) empty.push_back(e);
  }
  std::erase_if(sums.far, [](const Far& f) { return !(f.distance > 0); });
  const std::size_t moved = std::min(empty.size(), sums.far.size());
  std::partial_sort(sums.far.begin(), sums.far.begin() + static_cast<std::ptrdiff_t>(moved),
                    sums.far.end(), [](const Far& a, const Far& b) {
                      return a.distance > b.distance ||
                             (a.distance == b.distance && a.vector < b.vector);
                    });
  for (std::size_t i = 0; i < moved; ++i)
    std::copy_n(sums.far[i].x.begin(), v, entries.begin() + empty[i] * v);
  return moved > 0;
}

}  // namespace

double sum_of(const float* x, std::int64_t n) {
  double lanes[8] = {};
  std::int64_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (int l = 0; l < 8; ++l) lanes[l] += static_cast<double>(x[i + l]);
  for (; i < n; ++i) lanes[0] += static_cast<double>(x[i]);
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

std::int64_t chunk_of(std::int64_t vectors) {
  const std::int64_t even = (vectors / 256 + kVectorBlock - 1) / kVectorBlock;
  return kVectorBlock * std::max<std::int64_t>(8, even);
}

bool grid_pays(const VectorData& data, int entries) {
  return data.vector() == 2 && data.weight_planes() <= 1 && entries >= 64 && data.count() >= 4096;
}

Assigner::Assigner(const Entries& entries, std::int64_t vector, const GridLines* lines,
                   ThreadPool& pool)
    : entries_(entries), vector_(vector) {
  if (lines) grid_.emplace(*lines, entries, pool);
}

void Assigner::operator()(const VectorBlock& b, std::uint8_t* index, float* distance) const {
  const bool weigh_after = b.w && b.w_stride == 0;
  VectorBlock seen = b;
  if (weigh_after) seen.w = nullptr;  // one weight for a vector does not change what is nearest
  if (grid_ && !seen.w) {
    grid_->assign(seen, index, distance);
  } else {
    const auto k = static_cast<int>(static_cast<std::int64_t>(entries_.size()) / vector_);
    kernels().vector.assign[slot_of_vector(vector_)](seen, entries_.data(), k, index, distance);
  }
  if (weigh_after)
    for (std::int64_t i = 0; i < b.n; ++i) distance[i] *= b.w[i];
}

double lloyd(const VectorData& data, Entries& entries, const GridLines* lines,
             const LloydLimits& limits, ThreadPool& pool) {
  double before = INFINITY;
  bool moved = false;
  for (int round = 0; round < limits.rounds; ++round) {
    Sums sums = sum_all(data, entries, lines, pool);
    const bool settled = !moved && before - sums.error < limits.gain * before;
    // The last step ends in the middle.
    const double step = settled || round + 1 == limits.rounds ? 1 : kStep;
    moved = move_entries(entries, data.vector(), weights_of_entry(data), step, sums);
    before = sums.error;
    if (getenv("LL")) fprintf(stderr, "n %ld round %d err %.6g\n", data.count(), round, before);
    if (before <= 0 || (settled && !moved)) break;
  }
  return before;
}

}  // namespace corecast::compress
