#include "cpp/vision/augment.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "cpp/vision/row_parts.h"

namespace fastai::vision {
namespace {

// Zeros around an image: what is sampled beside it is nothing, without asking. Neighbours reach one pixel farther.
constexpr int64_t kBefore = 1;
constexpr int64_t kAround = 3;

// NOTE [ cells ]
// Fetching pixels from anywhere is one load after the other on every machine, the arithmetic after it is not. So as much
// as possible comes with one load: a cell holds the same pixel of four channels of bytes (or one float), and a pixel and
// its right neighbour are one load of two cells. Each image is brought into this form first, which costs a tenth of the
// rest.
template <typename Pixel>
struct Cell;
template <>
struct Cell<uint8_t> {
  using Type = uint32_t;
  static constexpr int64_t channels = 4;
  static FASTAI_BODY float value(uint32_t cell, int channel) {
    return static_cast<float>(static_cast<int32_t>((cell >> (8 * channel)) & 255));
  }
};
template <>
struct Cell<float> {
  using Type = float;
  static constexpr int64_t channels = 1;
  static FASTAI_BODY float value(float cell, int) { return cell; }
};

/// The pixels of a part of a row: from which pair of cells in the upper row they come, and the weights of the four.
struct Taps {
  alignas(64) int32_t place[kChunk];
  alignas(64) float weight[4][kChunk];
};

FASTAI_CLONES void pack_row(const uint8_t* first, int64_t plane, int64_t channels, int64_t width, uint32_t* out) {
  const uint8_t* second = first + plane;
  const uint8_t* third = second + plane;
  const uint8_t* fourth = third + plane;
  if (channels == 3) {
    for (int64_t x = 0; x < width; ++x) out[x] = first[x] | uint32_t{second[x]} << 8 | uint32_t{third[x]} << 16;
  } else if (channels >= 4) {
    for (int64_t x = 0; x < width; ++x) {
      out[x] = first[x] | uint32_t{second[x]} << 8 | uint32_t{third[x]} << 16 | uint32_t{fourth[x]} << 24;
    }
  } else if (channels == 2) {
    for (int64_t x = 0; x < width; ++x) out[x] = first[x] | uint32_t{second[x]} << 8;
  } else {
    for (int64_t x = 0; x < width; ++x) out[x] = first[x];
  }
}
void pack_row(const float* plane, int64_t, int64_t, int64_t width, float* out) {
  std::copy(plane, plane + width, out);
}

/// The cells of one image with zeros around them, groups of channels one after the other.
template <typename Pixel>
class Cells {
 public:
  using Type = typename Cell<Pixel>::Type;
  explicit Cells(const Batch& batch)
      : stride(batch.width + kAround),
        batch_(batch),
        area_(stride * (batch.height + kAround)),
        cells_(area_ * ((batch.channels - 1) / Cell<Pixel>::channels + 1)) {}

  void pack(const Pixel* image) {
    const int64_t plane = batch_.height * batch_.width;
    for (int64_t channel = 0; channel < batch_.channels; channel += Cell<Pixel>::channels) {
      Type* out = cells_.data() + channel / Cell<Pixel>::channels * area_ + kBefore * stride + kBefore;
      for (int64_t y = 0; y < batch_.height; ++y) {
        pack_row(image + channel * plane + y * batch_.width, plane, batch_.channels - channel, batch_.width,
                 out + y * stride);
      }
    }
  }

  const Type* group(int64_t channel) const { return cells_.data() + channel / Cell<Pixel>::channels * area_; }

  const int64_t stride;

 private:
  Batch batch_;
  int64_t area_;
  std::vector<Type> cells_;
};

/// The corners of bilinear sampling.
template <Padding padding>
FASTAI_BODY void find_taps_body(const float* __restrict map, const Part part, const Frame frame, float scale,
                                int32_t stride, Taps& __restrict taps) {
  for (int j = 0; j < part.count; ++j) {
    const float x = part.start + part.step * static_cast<float>(j);
    const Place place = place_of<padding>(map, x, part.y, frame.across, frame.down);
    const float left = floorf(place.column);
    const float top = floorf(place.row);
    const float right_part = place.column - left;
    const float lower_part = scale * (place.row - top);
    const float upper_part = scale - lower_part;
    taps.weight[0][j] = upper_part - upper_part * right_part;
    taps.weight[1][j] = upper_part * right_part;
    taps.weight[2][j] = lower_part - lower_part * right_part;
    taps.weight[3][j] = lower_part * right_part;
    taps.place[j] = (static_cast<int32_t>(top) + 1) * stride + static_cast<int32_t>(left) + 1;
  }
}

FASTAI_CLONES void find_taps(const float* map, const Part& part, const Frame& frame, float scale, int64_t stride,
                             Padding padding, Taps& taps) {
  const auto row = static_cast<int32_t>(stride);
  switch (padding) {
    case Padding::Zeros: return find_taps_body<Padding::Zeros>(map, part, frame, scale, row, taps);
    case Padding::Border: return find_taps_body<Padding::Border>(map, part, frame, scale, row, taps);
    case Padding::Reflection: return find_taps_body<Padding::Reflection>(map, part, frame, scale, row, taps);
  }
}

/// Upper and lower pairs of cells.
template <typename Type>
struct Fetched {
  alignas(64) Type upper[2 * kChunk];
  alignas(64) Type lower[2 * kChunk];
};

template <typename Type>
FASTAI_BODY void fetch(const Type* __restrict cells, int64_t stride, const Taps& __restrict taps, int count,
                       Fetched<Type>& __restrict out) {
  for (int j = 0; j < count; ++j) {
    const Type* at = cells + taps.place[j];
    std::memcpy(out.upper + 2 * j, at, 2 * sizeof(Type));
    std::memcpy(out.lower + 2 * j, at + stride, 2 * sizeof(Type));
  }
}

template <typename Pixel>
FASTAI_BODY void mix_body(const Fetched<typename Cell<Pixel>::Type>& __restrict from, const Taps& __restrict taps,
                          int count, int channel, float* __restrict out) {
  for (int j = 0; j < count; ++j) {
    out[j] = Cell<Pixel>::value(from.upper[2 * j], channel) * taps.weight[0][j] +
             Cell<Pixel>::value(from.upper[2 * j + 1], channel) * taps.weight[1][j] +
             Cell<Pixel>::value(from.lower[2 * j], channel) * taps.weight[2][j] +
             Cell<Pixel>::value(from.lower[2 * j + 1], channel) * taps.weight[3][j];
  }
}
FASTAI_CLONES void mix(const Fetched<uint32_t>& from, const Taps& taps, int count, int channel, float* out) {
  mix_body<uint8_t>(from, taps, count, channel, out);
}
FASTAI_CLONES void mix(const Fetched<float>& from, const Taps& taps, int count, int channel, float* out) {
  mix_body<float>(from, taps, count, channel, out);
}

FASTAI_CLONES void copy(const uint8_t* in, int count, float scale, float* out) {
  for (int j = 0; j < count; ++j) out[j] = static_cast<float>(in[j]) * scale;
}
FASTAI_CLONES void copy(const float* in, int count, float scale, float* out) {
  for (int j = 0; j < count; ++j) out[j] = in[j] * scale;
}

/// Values times a number, plus another.
struct Linear {
  float factor = 1;
  float offset = 0;
};

/// After their light has changed.
FASTAI_CLONES void light_and_normalise(float* values, int count, const Light& light, const Linear& linear) {
  const Light one = light;
  const Linear after = linear;
  for (int j = 0; j < count; ++j) values[j] = lit(values[j], one) * after.factor + after.offset;
}
FASTAI_CLONES void light(float* __restrict red, float* __restrict green, float* __restrict blue, int count,
                         const Light& light) {
  const Light one = light;
  for (int j = 0; j < count; ++j) light_colors(red[j], green[j], blue[j], one);
}
FASTAI_CLONES void turn(float* __restrict red, float* __restrict green, float* __restrict blue, int count, float by) {
  for (int j = 0; j < count; ++j) turn_hue(red[j], green[j], blue[j], by);
}
FASTAI_CLONES void normalise(float* values, int count, const Linear& linear) {
  const Linear after = linear;
  for (int j = 0; j < count; ++j) values[j] = values[j] * after.factor + after.offset;
}

Linear normalisation(const Augmentation& what, int64_t channel) {
  if (what.mean == nullptr) return {};
  return {1 / what.std[channel], -what.mean[channel] / what.std[channel]};
}

/// Light and normalisation of a part of a row: channels `plane` values apart.
void finish(float* values, int64_t plane, int count, const Batch& batch, const Augmentation& what, int64_t image) {
  constexpr float still[] = {1, 0, 0, 0};
  const float* change = what.light == nullptr ? still : what.light + 4 * image;
  const bool lights = changes_light(change);
  const bool colors = batch.channels == 3 && (change[2] != 0 || change[3] != 0);
  const Light own = lights ? light_of(change) : Light{};
  if (colors && lights) light(values, values + plane, values + 2 * plane, count, own);
  if (colors && change[3] != 0) turn(values, values + plane, values + 2 * plane, count, change[3]);
  for (int64_t channel = 0; channel < batch.channels; ++channel) {
    const Linear linear = normalisation(what, channel);
    float* row = values + channel * plane;
    if (lights && !colors) light_and_normalise(row, count, own, linear);
    else if (what.mean != nullptr) normalise(row, count, linear);
  }
}

template <typename Pixel>
void copy_rows(const Pixel* in, float* out, const Batch& batch, const Augmentation& what, int64_t begin, int64_t end) {
  each_part(batch, begin, end, [&](int64_t image, int64_t row, int64_t first, int count) {
    const int64_t plane = batch.height * batch.width;
    const int64_t at = image * batch.channels * plane + row * batch.width + first;
    for (int64_t channel = 0; channel < batch.channels; ++channel) {
      copy(in + at + channel * plane, count, what.scale, out + at + channel * plane);
    }
    finish(out + at, plane, count, batch, what, image);
  });
}

template <typename Pixel>
void sample_rows(const Pixel* in, float* out, const Batch& batch, const Augmentation& what, int64_t begin,
                 int64_t end) {
  const Frame frame(batch, what.align_corners);
  Cells<Pixel> cells(batch);
  Fetched<typename Cell<Pixel>::Type> fetched;
  Taps taps;
  int64_t packed = -1;
  each_part(batch, begin, end, [&](int64_t image, int64_t row, int64_t first, int count) {
    if (image != packed) cells.pack(in + image * batch.channels * batch.height * batch.width);
    packed = image;
    const Part part = frame.part(row, first, count);
    find_taps(what.maps + 9 * image, part, frame, what.scale, cells.stride, what.padding, taps);
    const int64_t plane = batch.out_height * batch.out_width;
    float* values = out + image * batch.channels * plane + row * batch.out_width + first;
    for (int64_t channel = 0; channel < batch.channels; ++channel) {
      const auto in_cell = static_cast<int>(channel % Cell<Pixel>::channels);
      if (in_cell == 0) fetch(cells.group(channel), cells.stride, taps, count, fetched);
      mix(fetched, taps, count, in_cell, values + channel * plane);
    }
    finish(values, plane, count, batch, what, image);
  });
}

}  // namespace

template <typename Pixel>
void augment_rows(const Pixel* in, float* out, const Batch& batch, const Augmentation& what, int64_t begin,
                  int64_t end) {
  if (what.maps == nullptr) return copy_rows(in, out, batch, what, begin, end);
  sample_rows(in, out, batch, what, begin, end);
}

template void augment_rows<uint8_t>(const uint8_t*, float*, const Batch&, const Augmentation&, int64_t, int64_t);
template void augment_rows<float>(const float*, float*, const Batch&, const Augmentation&, int64_t, int64_t);

}  // namespace fastai::vision
