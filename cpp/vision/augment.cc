#include "cpp/vision/augment.h"

#include <algorithm>
#include <bit>
#include <cmath>

// One function for each instruction set, chosen when the library is loaded.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__linux__)
#define FASTAI_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FASTAI_CLONES
#endif
// Bodies become part of each of those functions.
#define FASTAI_BODY inline __attribute__((always_inline))

namespace fastai::vision {
namespace {

constexpr int kChunk = 256;  // pixels of a row at a time; what is kept of them stays in the first cache
constexpr float kLogitEdge = 1e-7F;
constexpr float kFarthest = 1e6F;

/// Where the pixels of a part of a row come from: four places and their weights.
struct Taps {
  alignas(64) int32_t place[4][kChunk];
  alignas(64) float weight[4][kChunk];
};

/// -1..1 over `size` points; the middle for one point.
struct Axis {
  float start;
  float step;
  Axis(int64_t size, bool align_corners) {
    const auto n = static_cast<float>(size);
    const float reach = align_corners ? 1.0F : (n - 1) / n;
    start = size > 1 ? -reach : 0;
    step = size > 1 ? 2 * reach / (n - 1) : 0;
  }
};

/// From -1..1 to pixels, and how pixels beyond the border are mirrored: around `low`, with period 2 * span.
struct Side {
  float factor;
  float shift;
  float low;
  float span;
  float last;
  Side(int64_t size, bool align_corners) {
    const auto n = static_cast<float>(size);
    factor = (align_corners ? n - 1 : n) / 2;
    shift = align_corners ? factor : factor - 0.5F;
    low = align_corners ? 0 : -0.5F;
    span = align_corners ? std::max(n - 1, 1.0F) : n;
    last = n - 1;
  }
};

FASTAI_BODY float mirrored(float x, const Side& side) {
  const float distance = std::fabs(x - side.low);
  const float turns = std::floor(distance / side.span);
  const float rest = distance - turns * side.span;
  const float odd = turns - 2 * std::floor(turns / 2);
  return rest + odd * (side.span - 2 * rest) + side.low;
}

/// In this order of arguments, what is no number becomes the lower bound.
FASTAI_BODY float within(float low, float high, float x) { return std::min(std::max(low, x), high); }

template <Padding padding>
FASTAI_BODY float padded(float x, const Side& side) {
  // Wild maps lead anywhere, or to no number: kept where floats still tell neighbouring pixels apart.
  const float near = within(-kFarthest, kFarthest, x);
  if constexpr (padding == Padding::Zeros) return near;
  if constexpr (padding == Padding::Border) return within(0, side.last, near);
  return within(0, side.last, mirrored(near, side));
}

/// 1 for a place on the image, 0 beside it.
FASTAI_BODY float inside(float x, const Side& side) { return x >= 0 && x <= side.last ? 1.0F : 0.0F; }

/// Source: the projective map of AUG-15 and AUG-16, then the corners of bilinear sampling.
template <Padding padding>
FASTAI_BODY void find_taps_body(const float* __restrict map, float y, const Axis& axis, int64_t first, int count,
                           const Side across, const Side down, int32_t width, Taps& __restrict taps) {
  const auto start = axis.start + axis.step * static_cast<float>(first);
  const float step = axis.step;
  const float a = map[0], b = map[1] * y + map[2], d = map[3], e = map[4] * y + map[5], g = map[6],
              h = map[7] * y + map[8];
  for (int j = 0; j < count; ++j) {
    const float x = start + step * static_cast<float>(j);
    const float w = 1 / (g * x + h);
    const float column = padded<padding>((a * x + b) * w * across.factor + across.shift, across);
    const float row = padded<padding>((d * x + e) * w * down.factor + down.shift, down);
    const float left = std::floor(column);
    const float top = std::floor(row);
    const float right_part = (column - left) * inside(left + 1, across);
    const float left_part = (1 - (column - left)) * inside(left, across);
    const float lower_part = (row - top) * inside(top + 1, down);
    const float upper_part = (1 - (row - top)) * inside(top, down);
    taps.weight[0][j] = upper_part * left_part;
    taps.weight[1][j] = upper_part * right_part;
    taps.weight[2][j] = lower_part * left_part;
    taps.weight[3][j] = lower_part * right_part;
    const auto from_left = static_cast<int32_t>(within(0, across.last, left));
    const auto from_right = static_cast<int32_t>(within(0, across.last, left + 1));
    const auto from_top = static_cast<int32_t>(within(0, down.last, top)) * width;
    const auto from_bottom = static_cast<int32_t>(within(0, down.last, top + 1)) * width;
    taps.place[0][j] = from_top + from_left;
    taps.place[1][j] = from_top + from_right;
    taps.place[2][j] = from_bottom + from_left;
    taps.place[3][j] = from_bottom + from_right;
  }
}

FASTAI_CLONES void find_taps(const float* map, float y, const Axis& axis, int64_t first, int count, const Side& across,
                             const Side& down, int64_t width, Padding padding, Taps& taps) {
  const auto row = static_cast<int32_t>(width);
  switch (padding) {
    case Padding::Zeros: return find_taps_body<Padding::Zeros>(map, y, axis, first, count, across, down, row, taps);
    case Padding::Border: return find_taps_body<Padding::Border>(map, y, axis, first, count, across, down, row, taps);
    case Padding::Reflection:
      return find_taps_body<Padding::Reflection>(map, y, axis, first, count, across, down, row, taps);
  }
}

// Fetching is one pixel after the other on every machine; the arithmetic after it is not.
template <typename Pixel>
FASTAI_BODY void sample_body(const Pixel* __restrict plane, const Taps& __restrict taps, int count, float scale,
                        float* __restrict out) {
  alignas(64) float fetched[4][kChunk];
  for (int k = 0; k < 4; ++k) {
    for (int j = 0; j < count; ++j) fetched[k][j] = static_cast<float>(plane[taps.place[k][j]]);
  }
  for (int j = 0; j < count; ++j) {
    out[j] = scale * (fetched[0][j] * taps.weight[0][j] + fetched[1][j] * taps.weight[1][j] +
                      fetched[2][j] * taps.weight[2][j] + fetched[3][j] * taps.weight[3][j]);
  }
}
FASTAI_CLONES void sample(const uint8_t* plane, const Taps& taps, int count, float scale, float* out) {
  sample_body(plane, taps, count, scale, out);
}
FASTAI_CLONES void sample(const float* plane, const Taps& taps, int count, float scale, float* out) {
  sample_body(plane, taps, count, scale, out);
}

FASTAI_CLONES void copy(const uint8_t* in, int count, float scale, float* out) {
  for (int j = 0; j < count; ++j) out[j] = static_cast<float>(in[j]) * scale;
}
FASTAI_CLONES void copy(const float* in, int count, float scale, float* out) {
  for (int j = 0; j < count; ++j) out[j] = in[j] * scale;
}

/// log2 of a positive normal number, to about 1e-7: the exponent, and the series of artanh for the rest.
FASTAI_BODY float log2_of(float x) {
  const auto bits = std::bit_cast<int32_t>(x);
  constexpr int32_t middle = 0x3f3504f3;  // sqrt(1/2): the rest lies between it and sqrt(2)
  const int32_t shifted = bits - middle;
  const int32_t exponent = shifted >> 23;
  const auto rest = std::bit_cast<float>((shifted & 0x007fffff) + middle);
  const float z = (rest - 1) / (rest + 1);
  const float q = z * z;
  const float series = 1 + q * (1.0F / 3 + q * (1.0F / 5 + q * (1.0F / 7 + q * (1.0F / 9))));
  return static_cast<float>(exponent) + 2.885390082F * z * series;  // 2 / ln 2
}

/// 2^x, to about 1e-7: Taylor's series around the nearest whole number.
FASTAI_BODY float exp2_of(float x) {
  const float inside = std::min(std::max(x, -126.0F), 126.0F);
  const float whole = std::floor(inside + 0.5F);
  const float f = inside - whole;
  const float series =
      1 + f * (0.6931471806F + f * (0.2402265070F + f * (0.0555041087F + f * (0.0096181291F +
      f * (0.0013333558F + f * (0.0001540353F + f * 0.0000152528F))))));
  return series * std::bit_cast<float>((static_cast<int32_t>(whole) + 127) << 23);
}

/// sigmoid(scale * logit(v) + shift). Source: AUG-18, AUG-19.
FASTAI_CLONES void change_light(float* values, int count, float scale, float shift) {
  const float in_powers = shift * 1.442695041F;  // 1 / ln 2
  for (int j = 0; j < count; ++j) {
    const float v = std::min(std::max(values[j], kLogitEdge), 1 - kLogitEdge);
    values[j] = 1 / (1 + exp2_of(scale * log2_of((1 - v) / v) - in_powers));
  }
}

FASTAI_CLONES void normalise(float* values, int count, float mean, float std) {
  for (int j = 0; j < count; ++j) values[j] = (values[j] - mean) / std;
}

void finish(float* values, int count, const Augmentation& what, int64_t image, int64_t channel) {
  if (what.light != nullptr) {
    const float* light = what.light + 2 * image;
    if (light[0] != 1 || light[1] != 0) change_light(values, count, light[0], light[1]);
  }
  if (what.mean != nullptr) normalise(values, count, what.mean[channel], what.std[channel]);
}

}  // namespace

template <typename Pixel>
void augment_rows(const Pixel* in, float* out, const Batch& batch, const Augmentation& what, int64_t begin, int64_t end) {
  const Axis columns(batch.out_width, what.align_corners);
  const Axis rows(batch.out_height, what.align_corners);
  const Side across(batch.width, what.align_corners);
  const Side down(batch.height, what.align_corners);
  const int64_t in_plane = batch.height * batch.width;
  const int64_t out_plane = batch.out_height * batch.out_width;
  Taps taps;
  for (int64_t line = begin; line < end; ++line) {
    const int64_t image = line / batch.out_height;
    const int64_t row = line % batch.out_height;
    for (int64_t first = 0; first < batch.out_width; first += kChunk) {
      const int count = static_cast<int>(std::min<int64_t>(kChunk, batch.out_width - first));
      if (what.maps != nullptr) {
        const float y = rows.start + rows.step * static_cast<float>(row);
        find_taps(what.maps + 9 * image, y, columns, first, count, across, down, batch.width, what.padding, taps);
      }
      for (int64_t channel = 0; channel < batch.channels; ++channel) {
        const int64_t plane = image * batch.channels + channel;
        float* values = out + plane * out_plane + row * batch.out_width + first;
        if (what.maps != nullptr) {
          sample(in + plane * in_plane, taps, count, what.scale, values);
        } else {
          copy(in + plane * in_plane + row * batch.width + first, count, what.scale, values);
        }
        finish(values, count, what, image, channel);
      }
    }
  }
}

template void augment_rows<uint8_t>(const uint8_t*, float*, const Batch&, const Augmentation&, int64_t, int64_t);
template void augment_rows<float>(const float*, float*, const Batch&, const Augmentation&, int64_t, int64_t);

}  // namespace fastai::vision
