#include "validator/values.h"

#include <algorithm>
#include <cmath>

#include "validator/random.h"

namespace corecast::validator {
namespace {

using ir::Tensor;
using Dims = std::vector<std::int64_t>;

/// Hides a score from a softmax, in fp16 too.
constexpr double kHidden = -1e4;
constexpr double kLoudest = 0.3;
/// Of the deviation of other numbers.
constexpr double kStateScale = 0.1;

/// The last axis with more than one place: what the rows of a mask lie along.
std::size_t row_axis(const Dims& dims) {
  std::size_t axis = dims.empty() ? 0 : dims.size() - 1;
  while (axis > 0 && dims[axis] == 1) --axis;
  return axis;
}

/// true: kept. Each row keeps its beginning, more than half of it, and hides the rest: what padding
/// looks like. A row of one place keeps it.
std::vector<bool> kept(const Dims& dims, std::int64_t count, Random& random) {
  std::vector<bool> keep(static_cast<std::size_t>(count), true);
  if (dims.empty() || count == 0) return keep;
  const std::size_t axis = row_axis(dims);
  const std::int64_t size = dims[axis];
  std::int64_t inner = 1;
  for (std::size_t i = axis + 1; i < dims.size(); ++i) inner *= dims[i];
  if (size < 2) return keep;
  for (std::int64_t at = 0; at < count; at += size * inner) {
    const std::int64_t least = (size + 1) / 2;
    const std::int64_t from = least + random.below(size - least);
    for (std::int64_t i = from * inner; i < size * inner; ++i)
      keep[static_cast<std::size_t>(at + i)] = false;
  }
  return keep;
}

/// Numbers at every `cell`-th place of a line, and a smooth way from each to the next.
std::vector<double> smooth_line(std::int64_t size, std::int64_t cell, Random& random) {
  std::vector<double> knots(static_cast<std::size_t>(size / cell + 2));
  for (double& k : knots) k = random.within(-1, 1);
  std::vector<double> line(static_cast<std::size_t>(size));
  for (std::int64_t i = 0; i < size; ++i) {
    const double t = static_cast<double>(i % cell) / static_cast<double>(cell);
    const double ease = t * t * (3 - 2 * t);
    const auto k = static_cast<std::size_t>(i / cell);
    line[static_cast<std::size_t>(i)] = knots[k] + (knots[k + 1] - knots[k]) * ease;
  }
  return line;
}

/// Octaves that get finer and weaker, under an envelope: the spectrum of speech, roughly.
std::vector<double> sound(std::int64_t size, Random& random) {
  std::vector<double> all(static_cast<std::size_t>(size), 0.0);
  double strength = 0.4;
  for (const std::int64_t cell : {160, 40, 12, 4, 1}) {
    const auto line = smooth_line(size, cell, random);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] += strength * line[i];
    strength *= 0.6;
  }
  const auto envelope = smooth_line(size, std::max<std::int64_t>(size / 8, 1), random);
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i] *= kLoudest * (0.6 + 0.4 * envelope[i]);  // the strengths add up to less than 1
  return all;
}

/// A plane within 0 and 1: soft shapes, finer ones on them, and a few edges.
std::vector<double> plane(std::int64_t height, std::int64_t width, Random& random) {
  std::vector<double> all(static_cast<std::size_t>(height * width), 0.5);
  double strength = 0.25;
  for (const std::int64_t parts : {2, 5, 16}) {
    const auto rows = smooth_line(height, std::max<std::int64_t>(height / parts, 1), random);
    const auto columns = smooth_line(width, std::max<std::int64_t>(width / parts, 1), random);
    for (std::int64_t y = 0; y < height; ++y)
      for (std::int64_t x = 0; x < width; ++x)
        all[static_cast<std::size_t>(y * width + x)] +=
            strength * rows[static_cast<std::size_t>(y)] * columns[static_cast<std::size_t>(x)];
    strength *= 0.5;
  }
  for (int box = 0; box < 3; ++box) {
    const std::int64_t top = random.below(height), left = random.below(width);
    const std::int64_t bottom = top + 1 + random.below(height - top);
    const std::int64_t right = left + 1 + random.below(width - left);
    const double shade = random.within(-0.2, 0.2);
    for (std::int64_t y = top; y < std::min(bottom, height); ++y)
      for (std::int64_t x = left; x < std::min(right, width); ++x)
        all[static_cast<std::size_t>(y * width + x)] += shade;
  }
  for (double& v : all) v = std::clamp(v + random.within(-0.02, 0.02), 0.0, 1.0);
  return all;
}

/// Where the channels are: behind the places (height, width), or before them.
bool channels_last(const Dims& dims) {
  const auto few = [](std::int64_t n) { return n <= 4; };
  return few(dims.back()) && !(dims.size() >= 3 && few(dims[dims.size() - 3]));
}

/// What a plane of 0 to 1 becomes: as it is; as training norms it, roughly of mean 0 and deviation
/// 1; or noise in its place, which wakes detectors that see nothing in soft shapes.
enum class Style : std::uint8_t { plain, normed, noise };

void fill_noise(Tensor& t, const InputRole& role, bool whole, Random& random) {
  for (std::int64_t i = 0; i < t.count(); ++i)
    t.set(i, whole ? static_cast<double>(random.below(static_cast<std::int64_t>(role.top) + 1))
                   : random.normal());
}

void fill_picture(Tensor& t, const InputRole& role, Random& random) {
  const Dims& dims = t.dims();
  if (t.count() == 0) return;
  const bool last = dims.size() >= 3 && channels_last(dims);
  const std::size_t rank = dims.size();
  const std::int64_t channels = last ? dims.back() : 1;
  const std::int64_t width = rank == 0 ? 1 : last ? dims[rank - 2] : dims[rank - 1];
  const std::int64_t height = rank < 2 ? 1 : last ? dims[rank - 3] : dims[rank - 2];
  const bool whole = !ir::is_floating(t.dtype()) || role.top > 1;
  const auto style = static_cast<Style>(random.below(3));
  if (style == Style::noise) return fill_noise(t, role, whole, random);
  const std::int64_t each = height * width;
  for (std::int64_t at = 0; at < t.count(); at += each * channels) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const auto values = plane(height, width, random);
      for (std::int64_t i = 0; i < each; ++i) {
        const double share = values[static_cast<std::size_t>(i)];
        const double v = whole || style == Style::plain ? share * role.top : 4 * share - 2;
        t.set(at + i * channels + c, whole ? std::floor(v + 0.5) : v);
      }
    }
  }
}

void fill_audio(Tensor& t, Random& random) {
  const Dims& dims = t.dims();
  if (t.count() == 0) return;
  const std::int64_t size = dims.empty() ? 1 : dims[row_axis(dims)];
  for (std::int64_t at = 0; at < t.count(); at += size) {
    const auto line = sound(size, random);
    for (std::int64_t i = 0; i < size; ++i) t.set(at + i, line[static_cast<std::size_t>(i)]);
  }
}

void fill_mask(Tensor& t, const InputRole& role, Random& random) {
  const auto keep = kept(t.dims(), t.count(), random);
  const bool added = role.role == Role::added_mask;
  for (std::int64_t i = 0; i < t.count(); ++i) {
    const bool k = keep[static_cast<std::size_t>(i)];
    t.set(i, added ? (k ? 0 : kHidden) : (k != role.hides ? 1 : 0));
  }
}

void fill_lengths(Tensor& t, std::int64_t most, Random& random) {
  // The first of several is whole, so that some row has no padding; a single one is so at times.
  const bool first_whole = t.count() > 1 || random.below(2) == 0;
  for (std::int64_t i = 0; i < t.count(); ++i) {
    const std::int64_t least = std::max<std::int64_t>((most + 1) / 2, 1);
    const auto size = i == 0 && first_whole ? most : least + random.below(most - least + 1);
    t.set(i, static_cast<double>(size));
  }
}

}  // namespace

Tensor values_of(const InputRole& role, ir::DType dtype, const Dims& dims,
                 const ir::SymbolValues& sizes, std::uint64_t seed) {
  Random random(seed);
  Tensor t = Tensor::empty(dtype, dims);
  const auto fill = [&](auto value) {
    for (std::int64_t i = 0; i < t.count(); ++i) t.set(i, value());
  };
  const std::int64_t below = role.below.evaluate(sizes).value_or(1);
  switch (role.role) {
    case Role::normal: fill([&] { return random.normal(); }); break;
    case Role::whole: fill([&] { return static_cast<double>(random.below(below)); }); break;
    case Role::mask:
    case Role::added_mask: fill_mask(t, role, random); break;
    case Role::length: fill_lengths(t, below, random); break;
    case Role::one_of:
      fill([&] {
        return role.choices[static_cast<std::size_t>(
            random.below(static_cast<std::int64_t>(role.choices.size())))];
      });
      break;
    case Role::state: fill([&] { return kStateScale * random.normal(); }); break;
    case Role::picture: fill_picture(t, role, random); break;
    case Role::audio: fill_audio(t, random); break;
    case Role::share: fill([&] { return random.uniform(); }); break;
    case Role::on: fill([] { return 1.0; }); break;
  }
  return t;
}

void stretch(Tensor& t, const ir::Interval& range) {
  ir::Interval now{HUGE_VAL, -HUGE_VAL};
  for (std::int64_t i = 0; i < t.count(); ++i)
    now = {std::min(now.lo, t.at(i)), std::max(now.hi, t.at(i))};
  const bool whole = !ir::is_floating(t.dtype());
  for (std::int64_t i = 0; i < t.count(); ++i) {
    const double place = now.hi > now.lo ? (t.at(i) - now.lo) / (now.hi - now.lo) : 0.5;
    const double v = range.lo + place * (range.hi - range.lo);
    t.set(i, whole ? std::round(v) : v);
  }
}

Tensor plain_values_of(const InputRole& role, ir::DType dtype, const Dims& dims) {
  const bool ones = (role.role == Role::mask && !role.hides) || role.role == Role::length ||
                    role.role == Role::on;
  const double value = role.role == Role::one_of ? role.choices.front() : ones ? 1 : 0;
  return Tensor::splat(dtype, dims, value);
}

}  // namespace corecast::validator
