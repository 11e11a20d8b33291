#include "cpp/vision/resample.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "cpp/core/clones.h"
#include "cpp/vision/shrink_rows.h"

namespace fastai::vision {
namespace {

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

/// One grey row at a time: nothing to share between channels, so the sum runs along the taps.
FASTAI_CLONES void shrink_grey_row(const uint8_t* in, const Weights& weights, int64_t width, uint8_t* out) {
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
  const EvenWeights even(weights, source.width);
  std::vector<uint8_t> spare(width * source.channels);
  for (int64_t y = from; y < to; y += kRowsAtOnce) {
    Rows<const uint8_t> in{};
    Rows<uint8_t> target{};
    for (int64_t r = 0; r < kRowsAtOnce; ++r) {
      in[r] = row(std::min(y + r, to - 1));
      target[r] = y + r < to ? out.row(y + r - from) : spare.data();
    }
    shrink_rows(in, even, width, source.channels, target);
  }
  return out;
}

constexpr int64_t kBlock = 128;

FASTAI_CLONES void blend_block(const uint8_t* in, int64_t stride, const int32_t* weights, int64_t count, uint8_t* out) {
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
    if (bytes >= kBlock) {
      // The last block ends where the row does and may repeat some of the one before.
      for (int64_t x = 0; x < bytes; x += kBlock) {
        const int64_t at = std::min(x, bytes - kBlock);
        blend_block(in + at, source.stride, w, weights.count[y], out.row(y) + at);
      }
      continue;
    }
    for (int64_t x = 0; x < bytes; ++x) {
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
