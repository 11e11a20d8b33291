#include "cpp/vision/resample.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace fastai::vision {
namespace {

// GCC on glibc compiles the marked function once for the baseline and once for AVX2 and picks when the library loads.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define VISION_HOT __attribute__((target_clones("default", "avx2")))
#else
#define VISION_HOT
#endif

// A pixel is 8 bits; 22 fractional bits leave two bits of headroom in a 32-bit sum.
constexpr int kPrecision = 32 - 8 - 2;
constexpr int32_t kHalf = 1 << (kPrecision - 1);

/// For every output position: the first input position, how many, and their fixed-point weights.
struct Weights {
  int64_t taps = 0;
  std::vector<int64_t> first;
  std::vector<int64_t> count;
  std::vector<int32_t> values;  // [out, taps]
};

double triangle(double x) { return std::max(0.0, 1.0 - std::abs(x)); }

Weights triangle_weights(int64_t in_size, float from, float to, int64_t out_size) {
  const double scale = static_cast<double>(to - from) / static_cast<double>(out_size);
  const double support = std::max(scale, 1.0);
  const double inverse = 1.0 / support;
  Weights weights;
  weights.taps = static_cast<int64_t>(std::ceil(support)) * 2 + 1;
  weights.first.resize(out_size);
  weights.count.resize(out_size);
  weights.values.assign(out_size * weights.taps, 0);
  std::vector<double> taps(weights.taps);
  for (int64_t i = 0; i < out_size; ++i) {
    const double center = from + (static_cast<double>(i) + 0.5) * scale;
    const auto low = std::max<int64_t>(static_cast<int64_t>(center - support + 0.5), 0);
    const auto high = std::min<int64_t>(static_cast<int64_t>(center + support + 0.5), in_size);
    double total = 0;
    for (int64_t x = low; x < high; ++x) {
      taps[x - low] = triangle((static_cast<double>(x) - center + 0.5) * inverse);
      total += taps[x - low];
    }
    for (int64_t x = low; x < high; ++x) {
      const double share = total == 0 ? taps[x - low] : taps[x - low] / total;
      weights.values[i * weights.taps + x - low] = static_cast<int32_t>(0.5 + share * (1 << kPrecision));
    }
    weights.first[i] = low;
    weights.count[i] = high - low;
  }
  return weights;
}

uint8_t to_byte(int32_t sum) { return static_cast<uint8_t>(std::clamp(sum >> kPrecision, 0, 255)); }

// NOTE [ eight lanes ] A vector of eight sums holds four channels of two rows, so one weight serves both rows and a
// three-channel pixel wastes only its fourth lane. Four bytes are read per pixel whatever its size: behind the last pixel
// of a row that is the next row, and the last row is copied to a longer buffer first.
using Lanes = int32_t __attribute__((vector_size(32)));
using Shorts = uint16_t __attribute__((vector_size(16)));
using Bytes = uint8_t __attribute__((vector_size(16)));
using Words = uint64_t __attribute__((vector_size(16)));

constexpr int64_t kOverrun = 4;

VISION_HOT void shrink_row_pair(const uint8_t* in_a, const uint8_t* in_b, const Weights& weights, int64_t width,
                                int64_t channels, uint8_t* a, uint8_t* b) {
  for (int64_t i = 0; i < width; ++i) {
    const int64_t from = weights.first[i] * channels;
    const int32_t* w = weights.values.data() + i * weights.taps;
    Lanes sum = {kHalf, kHalf, kHalf, kHalf, kHalf, kHalf, kHalf, kHalf};
    for (int64_t t = 0; t < weights.count[i]; ++t) {
      uint32_t pixel_a;
      uint32_t pixel_b;
      std::memcpy(&pixel_a, in_a + from + t * channels, sizeof(pixel_a));
      std::memcpy(&pixel_b, in_b + from + t * channels, sizeof(pixel_b));
      const Words both = {pixel_a | static_cast<uint64_t>(pixel_b) << 32, 0};
      // Widening in two steps (weave with zeros, then convert) is what compilers turn into two instructions.
      const auto wide = reinterpret_cast<Shorts>(__builtin_shufflevector(reinterpret_cast<Bytes>(both), Bytes{}, 0, 16,
                                                                         1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
      sum += __builtin_convertvector(wide, Lanes) * w[t];
    }
    for (int64_t c = 0; c < channels; ++c) {
      a[i * channels + c] = to_byte(sum[c]);
      b[i * channels + c] = to_byte(sum[4 + c]);
    }
  }
}

/// One grey row at a time: nothing to share between channels, so the sum runs along the taps.
VISION_HOT void shrink_grey_row(const uint8_t* in, const Weights& weights, int64_t width, uint8_t* out) {
  for (int64_t i = 0; i < width; ++i) {
    const uint8_t* pixels = in + weights.first[i];
    const int32_t* w = weights.values.data() + i * weights.taps;
    int32_t sum = kHalf;
    for (int64_t t = 0; t < weights.count[i]; ++t) sum += pixels[t] * w[t];
    out[i] = to_byte(sum);
  }
}

/// Rows [from, to) of the source, resized along x.
Image resize_rows(const ImageView& source, const Weights& weights, int64_t width, int64_t from, int64_t to) {
  Image out(width, to - from, source.channels);
  if (source.channels == 1) {
    for (int64_t y = from; y < to; ++y) shrink_grey_row(source.row(y), weights, width, out.row(y - from));
    return out;
  }
  const int64_t bytes = source.width * source.channels;
  std::vector<uint8_t> last(bytes + kOverrun);
  std::memcpy(last.data(), source.row(source.height - 1), bytes);
  const auto row = [&](int64_t y) { return y == source.height - 1 ? last.data() : source.row(y); };
  std::vector<uint8_t> spare(width * source.channels);
  for (int64_t y = from; y < to; y += 2) {
    const bool paired = y + 1 < to;
    shrink_row_pair(row(y), row(paired ? y + 1 : y), weights, width, source.channels, out.row(y - from),
                    paired ? out.row(y + 1 - from) : spare.data());
  }
  return out;
}

constexpr int64_t kBlock = 128;

VISION_HOT void blend_block(const uint8_t* in, int64_t stride, const int32_t* weights, int64_t count, uint8_t* out) {
  std::array<int32_t, kBlock> sums;
  sums.fill(kHalf);
  for (int64_t t = 0; t < count; ++t) {
    const uint8_t* row = in + t * stride;
    const int32_t w = weights[t];
    for (int64_t i = 0; i < kBlock; ++i) sums[i] += row[i] * w;
  }
  // Weights are non-negative and add up to at most 1 + taps / 2^23, so a sum never leaves 0..255 by more than rounding.
  for (int64_t i = 0; i < kBlock; ++i) out[i] = to_byte(sums[i]);
}

/// Blends whole rows of the source into each output row.
Image resize_columns(const ImageView& source, const Weights& weights, int64_t height, int64_t first_row) {
  Image out(source.width, height, source.channels);
  const int64_t bytes = source.width * source.channels;
  for (int64_t y = 0; y < height; ++y) {
    const uint8_t* in = source.row(weights.first[y] - first_row);
    const int32_t* w = weights.values.data() + y * weights.taps;
    int64_t x = 0;
    for (; x + kBlock <= bytes; x += kBlock) blend_block(in + x, source.stride, w, weights.count[y], out.row(y) + x);
    for (; x < bytes; ++x) {
      int32_t sum = kHalf;
      for (int64_t t = 0; t < weights.count[y]; ++t) sum += in[x + t * source.stride] * w[t];
      out.row(y)[x] = to_byte(sum);
    }
  }
  return out;
}

Image copy(const ImageView& source) {
  Image out(source.width, source.height, source.channels);
  for (int64_t y = 0; y < source.height; ++y) {
    std::memcpy(out.row(y), source.row(y), source.width * source.channels);
  }
  return out;
}

Image resize_bilinear(const ImageView& source, int64_t width, int64_t height, const Box& box) {
  const bool along_x = width != source.width || box.left != 0 || box.right != static_cast<float>(width);
  const bool along_y = height != source.height || box.top != 0 || box.bottom != static_cast<float>(height);
  if (!along_x && !along_y) return copy(source);
  if (!along_y) return resize_rows(source, triangle_weights(source.width, box.left, box.right, width), width, 0, height);
  const Weights vertical = triangle_weights(source.height, box.top, box.bottom, height);
  if (!along_x) return resize_columns(source, vertical, height, 0);
  const Weights horizontal = triangle_weights(source.width, box.left, box.right, width);
  // Pillow 13 begins with the columns when the height shrinks by more than twice as many pixels as the width; values
  // are rounded to bytes in between, so the order shows in the last bit.
  if (source.height > height && source.height - height > 2 * (source.width - width)) {
    const Image columns = resize_columns(source, vertical, height, 0);
    return resize_rows(columns.view(), horizontal, width, 0, height);
  }
  const int64_t from = vertical.first.front();
  const int64_t to = vertical.first.back() + vertical.count.back();
  const Image rows = resize_rows(source, horizontal, width, from, to);
  return resize_columns(rows.view(), vertical, height, from);
}

/// Input position under the centre of each output pixel; the running sum (not a product) is Pillow's rounding.
std::vector<int64_t> nearest_positions(int64_t in_size, float from, float to, int64_t out_size) {
  std::vector<int64_t> positions(out_size);
  const double step = static_cast<double>(to - from) / static_cast<double>(out_size);
  double at = from + step * 0.5;
  for (auto& position : positions) {
    position = std::clamp<int64_t>(static_cast<int64_t>(at), 0, in_size - 1);
    at += step;
  }
  return positions;
}

Image resize_nearest(const ImageView& source, int64_t width, int64_t height, const Box& box) {
  Image out(width, height, source.channels);
  const auto xs = nearest_positions(source.width, box.left, box.right, width);
  const auto ys = nearest_positions(source.height, box.top, box.bottom, height);
  for (int64_t y = 0; y < height; ++y) {
    const uint8_t* in = source.row(ys[y]);
    uint8_t* to = out.row(y);
    for (int64_t x = 0; x < width; ++x) {
      for (int64_t c = 0; c < source.channels; ++c) *to++ = in[xs[x] * source.channels + c];
    }
  }
  return out;
}

}  // namespace

Image resize(const ImageView& source, int64_t width, int64_t height, Filter filter, const std::optional<Box>& box) {
  if (source.width < 1 || source.height < 1 || width < 1 || height < 1) {
    throw std::invalid_argument("resize: expected an image and an output of at least one pixel");
  }
  if (source.channels < 1 || source.channels > 4) throw std::invalid_argument("resize: expected 1 to 4 channels");
  const Box whole{0, 0, static_cast<float>(source.width), static_cast<float>(source.height)};
  const Box from = box.value_or(whole);
  if (!(from.left >= 0 && from.top >= 0 && from.right <= whole.right && from.bottom <= whole.bottom &&
        from.left < from.right && from.top < from.bottom)) {
    throw std::invalid_argument("resize: expected a box inside the image that is not empty");
  }
  return filter == Filter::nearest ? resize_nearest(source, width, height, from)
                                   : resize_bilinear(source, width, height, from);
}

}  // namespace fastai::vision
