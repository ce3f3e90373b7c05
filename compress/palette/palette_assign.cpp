#include "compress/palette/palette_assign.h"

#include <cmath>
#include <cstring>
#include <limits>

namespace corecast::compress {

PaletteTable::PaletteTable(const std::vector<double>& centers, bool half, int bits)
    : half_(half), bits_(bits) {
  for (const double c : centers) {
    const float e = (half ? ir::to_float(ir::to_half(c)) : static_cast<float>(c)) + 0.0f;
    if (entries_.empty() || entries_.back() < e) entries_.push_back(e);
  }
  set_limits();
}

void PaletteTable::set_limits() {
  CC_CHECK(entries_.size() <= (std::size_t{1} << bits_), "a table of 2^bits entries");
  middles_.clear();
  keys_.fill(std::numeric_limits<std::int16_t>::max());
  floats_.fill(std::numeric_limits<float>::infinity());
  for (std::size_t i = 0; i + 1 < entries_.size(); ++i) {
    const double middle =
        (static_cast<double>(entries_[i]) + static_cast<double>(entries_[i + 1])) / 2;
    middles_.push_back(middle);
    // The largest numbers that are not above the middle.
    const float near = static_cast<float>(middle);
    floats_[i] = static_cast<double>(near) > middle
                     ? std::nextafter(near, -std::numeric_limits<float>::infinity())
                     : near;
    if (half_) {
      const ir::half code = ir::to_half(middle);
      const bool above = static_cast<double>(ir::to_float(code)) > middle;
      keys_[i] = static_cast<std::int16_t>(half_key(code.bits) - (above ? 1 : 0));
    }
  }
}

void PaletteTable::keep(const std::vector<bool>& used) {
  std::size_t to = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i)
    if (used[i]) entries_[to++] = entries_[i];
  entries_.resize(to);
  set_limits();
}

double PaletteTable::measure(const Points1d& points) {
  std::vector<bool> used(entries_.size());
  double error = 0;
  std::size_t i = 0;
  for (std::size_t e = 0; e < entries_.size(); ++e) {
    const std::size_t first = i;
    const double entry = static_cast<double>(entries_[e]);
    double sum = 0;
    for (; i < points.size() && !(e < middles_.size() && points.values[i] > middles_[e]); ++i) {
      const double d = points.values[i] - entry;
      sum += points.weights[i] * d * d;
    }
    used[e] = i > first;
    error += sum;
  }
  // An entry without points lies outside of everything its neighbours are nearest to.
  if (std::find(used.begin(), used.end(), false) != used.end()) keep(used);
  return error;
}

IndexWriter::IndexWriter(const Values& w, int bits, std::int64_t part)
    : w_(w), bits_(bits), packed_(packed_buffer(w.size(), bits)) {
  if (part * bits % 8 != 0 && part < w.size()) loose_.resize(static_cast<std::size_t>(w.size()));
}

void IndexWriter::assign(const Runs& runs, const PaletteTable& table, ThreadPool& pool) {
  const PaletteKernels& loops = kernels().palette;
  if (!w_.is_half()) {
    fill(runs, pool, [&](std::int64_t, std::int64_t at, std::int64_t n, std::uint8_t* to) {
      loops.assign_float(w_.floats() + at, n, table.float_limits(), bits_, to);
    });
    return;
  }
  if (bits_ <= loops.most_bits || runs.total() < 8192) {
    const auto* codes = reinterpret_cast<const std::uint16_t*>(w_.halves());
    fill(runs, pool, [&](std::int64_t, std::int64_t at, std::int64_t n, std::uint8_t* to) {
      loops.assign_half(codes + at, n, table.key_limits(), bits_, to);
    });
    return;
  }
  // Keys between two limits share an index: fill whole stretches of codes.
  constexpr int most = 0x7bff;
  std::vector<std::uint8_t> by_code(65536);
  int from = -most;
  for (std::size_t e = 0; e < table.entries().size(); ++e) {
    const int to =
        e + 1 < table.entries().size() ? std::min<int>(table.key_limits()[e], most) : most;
    const int index = static_cast<int>(e);
    if (from <= std::min(to, 0))
      std::memset(&by_code[static_cast<std::size_t>(0x8000 - std::min(to, 0))], index,
                  static_cast<std::size_t>(std::min(to, 0) - from + 1));
    if (std::max(from, 0) <= to)
      std::memset(&by_code[static_cast<std::size_t>(std::max(from, 0))], index,
                  static_cast<std::size_t>(to - std::max(from, 0) + 1));
    from = to + 1;
  }
  look_up(runs, by_code, pool);
}

void IndexWriter::look_up(const Runs& runs, const std::vector<std::uint8_t>& by_code,
                          ThreadPool& pool) {
  const PaletteKernels& loops = kernels().palette;
  const auto* codes = reinterpret_cast<const std::uint16_t*>(w_.halves());
  fill(runs, pool, [&](std::int64_t, std::int64_t at, std::int64_t n, std::uint8_t* to) {
    loops.look_up(codes + at, n, by_code.data(), to);
  });
}

std::shared_ptr<ir::OwnedBuffer> IndexWriter::finish(ThreadPool& pool) {
  if (!loose_.empty()) {
    const auto n = static_cast<std::int64_t>(loose_.size());
    auto* packed = reinterpret_cast<std::uint8_t*>(packed_->mutable_bytes());
    pool.parallel_for((n + kBlock - 1) / kBlock, 16, [&](std::int64_t begin, std::int64_t end) {
      const std::int64_t from = begin * kBlock, to = std::min(end * kBlock, n);
      kernels().palette.pack(loose_.data() + from, to - from, bits_, packed + from * bits_ / 8);
    });
    loose_.clear();
  }
  return std::move(packed_);
}

}  // namespace corecast::compress
