#include "cpp/vision/crop_pad.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>
#include <utility>
#include <vector>

#include "cpp/core/clones.h"

namespace fastai::vision {
namespace {

ImageView view_of(const ImageView& source, int64_t left, int64_t top, int64_t width, int64_t height) {
  return {source.row(top) + left * source.channels, width, height, source.channels, source.stride};
}

/// Where a position outside 0..size-1 takes its value from; -1 is nowhere (zero).
int64_t padded_position(int64_t at, int64_t size, PadMode mode) {
  if (at >= 0 && at < size) return at;
  if (mode == PadMode::zeros) return -1;
  if (mode == PadMode::border || size == 1) return std::clamp<int64_t>(at, 0, size - 1);
  const int64_t period = 2 * (size - 1);
  const int64_t phase = ((at % period) + period) % period;
  return phase < size ? phase : period - phase;
}

/// Pads `source` so that it shows columns [left, left + width) and rows [top, top + height) of its own coordinates.
Image pad(const ImageView& source, const Window& window, PadMode mode) {
  Image out(window.width, window.height, source.channels);
  if (mode == PadMode::zeros) std::memset(out.data.data(), 0, out.data.size());
  std::vector<int64_t> columns(window.width);
  for (int64_t x = 0; x < window.width; ++x) columns[x] = padded_position(window.left + x, source.width, mode);
  for (int64_t y = 0; y < window.height; ++y) {
    const int64_t from = padded_position(window.top + y, source.height, mode);
    if (from < 0) continue;  // stays black
    const uint8_t* in = source.row(from);
    uint8_t* to = out.row(y);
    for (int64_t x = 0; x < window.width; ++x, to += source.channels) {
      if (columns[x] >= 0) std::memcpy(to, in + columns[x] * source.channels, source.channels);
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

bool is_any_of(int64_t k, std::initializer_list<int64_t> values) {
  return std::find(values.begin(), values.end(), k) != values.end();
}

}  // namespace

Image crop_pad(const ImageView& source, const CropPadOptions& options) {
  const Window& window = options.window;
  const int64_t left = std::max<int64_t>(window.left, 0);
  const int64_t top = std::max<int64_t>(window.top, 0);
  const int64_t right = std::min(window.left + window.width, source.width);
  const int64_t bottom = std::min(window.top + window.height, source.height);
  if (left >= right || top >= bottom) throw std::invalid_argument("crop: expected a window that touches the image");
  const ImageView inside = view_of(source, left, top, right - left, bottom - top);
  const int64_t width = options.width > 0 ? options.width : window.width;
  const int64_t height = options.height > 0 ? options.height : window.height;
  const bool keeps_size = width == window.width && height == window.height;
  if (inside.width == window.width && inside.height == window.height) {
    return keeps_size ? copy(inside) : resize(inside, width, height, options.filter);
  }
  Image padded = pad(inside, {window.left - left, window.top - top, window.width, window.height}, options.pad_mode);
  return keeps_size ? std::move(padded) : resize(padded.view(), width, height, options.filter);
}

Image dihedral(const ImageView& source, int64_t k) {
  if (k < 0 || k > 7) throw std::invalid_argument("dihedral: expected a number from 0 to 7");
  const bool mirror_x = is_any_of(k, {1, 3, 4, 7});
  const bool mirror_y = is_any_of(k, {2, 4, 5, 7});
  const bool swap = is_any_of(k, {3, 5, 6, 7});
  Image out(swap ? source.height : source.width, swap ? source.width : source.height, source.channels);
  for (int64_t y = 0; y < source.height; ++y) {
    const uint8_t* in = source.row(mirror_y ? source.height - 1 - y : y);
    for (int64_t x = 0; x < source.width; ++x) {
      uint8_t* to = swap ? out.row(x) + y * source.channels : out.row(y) + x * source.channels;
      std::memcpy(to, in + (mirror_x ? source.width - 1 - x : x) * source.channels, source.channels);
    }
  }
  return out;
}

namespace {

// With the count known, the loop over a row becomes shuffles of whole vectors.
template <int64_t channels>
__attribute__((always_inline)) inline void split(const uint8_t* in, int64_t pixels, uint8_t* out) {
  for (int64_t i = 0; i < pixels; ++i) {
    for (int64_t c = 0; c < channels; ++c) out[c * pixels + i] = in[i * channels + c];
  }
}

template <int64_t channels>
__attribute__((always_inline)) inline void weave(const uint8_t* in, int64_t pixels, uint8_t* out) {
  for (int64_t i = 0; i < pixels; ++i) {
    for (int64_t c = 0; c < channels; ++c) out[i * channels + c] = in[c * pixels + i];
  }
}

// `in` and `out` do not overlap, which lets the loops become shuffles of whole vectors.
FASTAI_CLONES void split_three(const uint8_t* __restrict in, int64_t pixels, uint8_t* __restrict out) {
  split<3>(in, pixels, out);
}

FASTAI_CLONES void weave_three(const uint8_t* __restrict in, int64_t pixels, uint8_t* __restrict out) {
  weave<3>(in, pixels, out);
}

}  // namespace

Bytes to_planar(const uint8_t* data, int64_t pixels, int64_t channels) {
  Bytes planes(static_cast<size_t>(pixels * channels));
  switch (channels) {
    case 1: std::memcpy(planes.data(), data, planes.size()); break;
    case 2: split<2>(data, pixels, planes.data()); break;
    case 3: split_three(data, pixels, planes.data()); break;
    default: split<4>(data, pixels, planes.data());
  }
  return planes;
}

Bytes to_interleaved(const uint8_t* planes, int64_t pixels, int64_t channels) {
  Bytes data(static_cast<size_t>(pixels * channels));
  switch (channels) {
    case 1: std::memcpy(data.data(), planes, data.size()); break;
    case 2: weave<2>(planes, pixels, data.data()); break;
    case 3: weave_three(planes, pixels, data.data()); break;
    default: weave<4>(planes, pixels, data.data());
  }
  return data;
}

}  // namespace fastai::vision
