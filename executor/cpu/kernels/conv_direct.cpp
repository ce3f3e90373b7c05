// Direct convolution on blocked channels. Input [n][block][row][pixel][w]: the w channels of kw
// neighbouring pixels are contiguous, so one output pixel is a sum of dot products of length kw *
// w, one per (channel block, kernel row) - a batch-reduced matrix product whose A rows are pixels.

#include <algorithm>
#include <cstring>
#include <vector>

#include "executor/cpu/kernels/conv.h"

namespace corecast::cpu {

namespace {

/// The input as the tiles read it: borders present, channels in blocks of `block`.
struct Input {
  const float* data;
  std::int64_t block, row, plane, image;  ///< floats between rows, channel blocks, images
};

std::int64_t padded_rows(const ConvShape& s) { return s.in[1] + s.before[1] + s.after[1]; }
std::int64_t padded_columns(const ConvShape& s) { return s.in[2] + s.before[2] + s.after[2]; }

/// Copies blocked x into a frame of zeros.
void add_borders(ThreadPool& pool, const ConvShape& s, const float* x, std::int64_t blocks,
                 std::int64_t block, float* out) {
  const std::int64_t rows = padded_rows(s);
  const std::int64_t width = padded_columns(s) * block;
  const std::int64_t inner = s.in[2] * block;
  const std::int64_t grain = std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(1, width));
  pool.parallel_for(s.n * blocks * rows, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      float* to = out + i * width;
      const std::int64_t r = i % rows - s.before[1];
      if (r < 0 || r >= s.in[1]) {
        std::memset(to, 0, static_cast<std::size_t>(width) * sizeof(float));
        continue;
      }
      const std::int64_t left = s.before[2] * block;
      std::memset(to, 0, static_cast<std::size_t>(left) * sizeof(float));
      std::memcpy(to + left, x + (i / rows * s.in[1] + r) * inner,
                  static_cast<std::size_t>(inner) * sizeof(float));
      std::memset(to + left + inner, 0,
                  static_cast<std::size_t>(width - left - inner) * sizeof(float));
    }
  });
}

/// Plain [n, c, rows, columns] to pixel-interleaved with borders: [n][row][pixel][c].
void interleave(ThreadPool& pool, const ConvShape& s, const float* x, float* out) {
  const std::int64_t rows = padded_rows(s);
  const std::int64_t width = padded_columns(s) * s.c;
  pool.parallel_for(s.n * rows, 16, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      float* to = out + i * width;
      const std::int64_t r = i % rows - s.before[1];
      std::memset(to, 0, static_cast<std::size_t>(width) * sizeof(float));
      if (r < 0 || r >= s.in[1]) continue;
      to += s.before[2] * s.c;
      const float* from = x + i / rows * s.c * s.in[1] * s.in[2] + r * s.in[2];
      for (std::int64_t c = 0; c < s.c; ++c)
        for (std::int64_t p = 0; p < s.in[2]; ++p)
          to[p * s.c + c] = from[c * s.in[1] * s.in[2] + p];
    }
  });
}

/// How the output is cut: panels of pixels (at most a tile high) x panels of channels.
struct Cut {
  std::int64_t row_pixels;      ///< pixels of one row; a whole image when rows can be joined
  std::int64_t rows;            ///< rows over all images and groups' inputs
  std::int64_t row_panels;      ///< panels per row
  std::int64_t chunks, groups;  ///< of pixel panels, of channel panels: one task each
};

Cut cut_output(const ConvShape& s, bool joined, std::int64_t tile_rows, std::int64_t channel_panels,
               std::int64_t weight_bytes, std::int64_t input_bytes, int threads) {
  Cut c{};
  c.row_pixels = joined ? s.out[1] * s.out[2] : s.out[2];
  c.rows = joined ? s.n : s.n * s.out[1];
  c.row_panels = ceil_div(c.row_pixels, tile_rows);
  const std::int64_t panels = c.rows * c.row_panels;
  // A task's pixels stay in L2 while it sweeps its channels, whose weights stay there between
  // tasks.
  c.chunks = std::clamp<std::int64_t>(ceil_div(input_bytes, 192 << 10), 1, panels);
  c.groups = std::clamp<std::int64_t>(ceil_div(weight_bytes, 512 << 10), 1, channel_panels);
  const std::int64_t wanted = threads == 1 ? 1 : 4 * threads;
  while (c.chunks * c.groups < wanted) {
    const bool more_groups =
        c.groups < channel_panels &&
        (weight_bytes / c.groups > input_bytes / c.chunks || c.chunks >= panels);
    if (more_groups)
      c.groups = std::min(channel_panels, c.groups * 2);
    else if (c.chunks < panels)
      c.chunks = std::min(panels, c.chunks * 2);
    else
      break;
  }
  return c;
}

std::int64_t part(std::int64_t count, std::int64_t parts, std::int64_t i) {
  return count / parts * i + std::min(i, count % parts);
}

}  // namespace

std::int64_t conv_workspace(const ConvShape& s) {
  const ConvKind kind = conv_kind(s);
  if (kind == ConvKind::narrow) return s.n * s.c * padded_rows(s) * padded_columns(s);
  if (kind != ConvKind::direct || !s.padded()) return 0;
  return s.n * round_up(s.c, kernels().width) * padded_rows(s) * padded_columns(s);
}

void conv_direct(ThreadPool& pool, const ConvShape& s, const float* x, const PackedConv& weights,
                 float* y, float* workspace, const Epilogue& epilogue) {
  const auto& kernel = kernels();
  const std::int64_t w = kernel.width;
  const bool narrow = weights.kind == ConvKind::narrow;
  const std::int64_t ic = s.c / s.groups;
  const std::int64_t oc = s.oc / s.groups;

  Input in{};
  in.block = narrow ? s.c : w;
  const std::int64_t blocks = ceil_div(s.c, in.block);
  if (narrow) {
    interleave(pool, s, x, workspace);
  } else if (s.padded()) {
    add_borders(pool, s, x, blocks, w, workspace);
  }
  in.data = narrow || s.padded() ? workspace : x;
  in.row = padded_columns(s) * in.block;
  in.plane = padded_rows(s) * in.row;
  in.image = blocks * in.plane;

  // Neighbouring taps of a row are contiguous unless dilated.
  const bool whole_rows = s.dilation[2] == 1;
  const std::int64_t group_blocks = ceil_div(ic, in.block);
  std::vector<std::int64_t> offsets;
  for (std::int64_t b = 0; b < group_blocks; ++b)
    for (std::int64_t i = 0; i < s.kernel[1]; ++i)
      for (std::int64_t j = 0; j < (whole_rows ? 1 : s.kernel[2]); ++j)
        offsets.push_back(b * in.plane + i * s.dilation[1] * in.row + j * s.dilation[2] * in.block);

  const bool joined = s.taps() == 1 && s.stride[1] == 1 && s.stride[2] == 1;
  const std::int64_t k = group_blocks * in.block * s.taps();
  const std::int64_t panels = ceil_div(oc, 2 * w);
  const Cut cut =
      cut_output(s, joined, kernel.tile_rows, panels * s.groups, s.groups * k * round_up(oc, w) * 4,
                 s.n * in.image * 4, pool.threads());
  const std::int64_t out_plane = s.out[1] * s.out[2] * w;
  const std::int64_t out_image = ceil_div(s.oc, w) * out_plane;

  auto run = [&](std::int64_t first_pixel_panel, std::int64_t last_pixel_panel,
                 std::int64_t panel) {
    const std::int64_t g = panel / panels;
    const std::int64_t first = panel % panels * 2 * w;
    const int vectors = static_cast<int>(std::min<std::int64_t>(2, ceil_div(oc - first, w)));
    const std::int64_t channel = g * oc + first;
    TileArgs t;
    t.a_offsets = offsets.data();
    t.batches = static_cast<std::int64_t>(offsets.size());
    t.k = whole_rows ? s.kernel[2] * in.block : in.block;
    t.a_row = s.stride[2] * in.block;
    t.b = weights.weights.data() + g * k * round_up(oc, w) + first * k;
    t.c_row = w;
    t.c_vector = out_plane;
    t.bias = weights.bias.data() + channel;
    t.tail = static_cast<int>(w);
    t.lo = epilogue.lo;
    t.hi = epilogue.hi;
    for (std::int64_t p = first_pixel_panel; p < last_pixel_panel; ++p) {
      const std::int64_t row = p / cut.row_panels;
      const std::int64_t p0 = part(cut.row_pixels, cut.row_panels, p % cut.row_panels);
      const std::int64_t p1 = part(cut.row_pixels, cut.row_panels, p % cut.row_panels + 1);
      const std::int64_t image = joined ? row : row / s.out[1];
      const std::int64_t line = joined ? 0 : row % s.out[1];
      t.a = in.data + image * in.image + g * group_blocks * in.plane + line * s.stride[1] * in.row +
            p0 * t.a_row;
      const std::int64_t at =
          image * out_image + channel / w * out_plane + (line * s.out[2] + p0) * w;
      t.c = y + at;
      t.residual = epilogue.residual ? epilogue.residual + at : nullptr;
      kernel.tile[p1 - p0][vectors](t);
      if (epilogue.unary)
        for (int v = 0; v < vectors; ++v)
          kernel.unary(*epilogue.unary, t.c + v * out_plane, t.c + v * out_plane, (p1 - p0) * w,
                       epilogue.alpha, epilogue.beta);
    }
  };
  const std::int64_t pixel_panels = cut.rows * cut.row_panels;
  pool.parallel_for(cut.chunks * cut.groups, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t chunk = task / cut.groups;
      const std::int64_t group = task % cut.groups;
      const std::int64_t last = part(panels * s.groups, cut.groups, group + 1);
      for (std::int64_t panel = part(panels * s.groups, cut.groups, group); panel < last; ++panel)
        run(part(pixel_panels, cut.chunks, chunk), part(pixel_panels, cut.chunks, chunk + 1),
            panel);
    }
  });
}

}  // namespace corecast::cpu
