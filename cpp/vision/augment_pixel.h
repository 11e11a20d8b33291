// One pixel of an augmented batch from beginning to end: what one thread of a GPU does (augment_kernels.cu).
#pragma once

#include "cpp/vision/augment_math.h"

namespace fastai::vision {

/// A batch and what is done with it, as augment.h has them, in the types that a kernel takes by value.
struct PixelCall {
  const void* in;
  void* out;
  const float* maps;   // 9 numbers an image, or null
  const float* light;  // 4 numbers an image, or null
  const float* mean;   // one a channel, or null
  const float* std;
  float scale;
  int count;
  int channels;
  int height;
  int width;
  int out_height;
  int out_width;
  Padding padding;
  bool align_corners;
};

/// Where pixel number `pixel` of output image `image` comes from.
FASTAI_BODY Place place_in(const PixelCall& call, int image, int pixel) {
  const Axis columns = axis_of(call.out_width, call.align_corners);
  const Axis rows = axis_of(call.out_height, call.align_corners);
  const float x = columns.start + columns.step * static_cast<float>(pixel % call.out_width);
  const float y = rows.start + rows.step * static_cast<float>(pixel / call.out_width);
  const Side across = side_of(call.width, call.align_corners);
  const Side down = side_of(call.height, call.align_corners);
  const float* map = call.maps + 9 * image;
  switch (call.padding) {
    case Padding::Zeros: return place_of<Padding::Zeros>(map, x, y, across, down);
    case Padding::Border: return place_of<Padding::Border>(map, x, y, across, down);
    default: return place_of<Padding::Reflection>(map, x, y, across, down);
  }
}

/// A pixel of a plane; 0 beside it.
template <typename Pixel>
FASTAI_BODY float pixel_at(const Pixel* plane, const PixelCall& call, int row, int column) {
  const bool inside = row >= 0 && row < call.height && column >= 0 && column < call.width;
  return inside ? static_cast<float>(plane[row * call.width + column]) : 0;
}

/// Where a pixel comes from, for bilinear sampling: the upper left of four, and the parts of the right and lower ones.
struct Corner {
  int row;
  int column;
  float right;
  float lower;
};
FASTAI_BODY Corner corner_of(const Place& place) {
  const float left = floorf(place.column);
  const float top = floorf(place.row);
  return {static_cast<int>(top), static_cast<int>(left), place.column - left, place.row - top};
}

template <typename Pixel>
FASTAI_BODY float sampled(const Pixel* plane, const PixelCall& call, const Corner& at) {
  const float upper = pixel_at(plane, call, at.row, at.column) * (1 - at.right) +
                      pixel_at(plane, call, at.row, at.column + 1) * at.right;
  const float lower = pixel_at(plane, call, at.row + 1, at.column) * (1 - at.right) +
                      pixel_at(plane, call, at.row + 1, at.column + 1) * at.right;
  return upper * (1 - at.lower) + lower * at.lower;
}

FASTAI_BODY float normalised(float value, const PixelCall& call, int channel) {
  return call.mean == nullptr ? value : (value - call.mean[channel]) / call.std[channel];
}

/// All channels of one pixel.
template <typename Pixel>
FASTAI_BODY void augment_pixel(const PixelCall& call, int image, int pixel) {
  const Corner corner = call.maps == nullptr ? Corner{} : corner_of(place_in(call, image, pixel));
  const Pixel* planes = static_cast<const Pixel*>(call.in) +
                        static_cast<long long>(image) * call.channels * call.height * call.width;
  const auto value_of = [&](int channel) {
    const Pixel* plane = planes + static_cast<long long>(channel) * call.height * call.width;
    return call.scale * (call.maps == nullptr ? static_cast<float>(plane[pixel]) : sampled(plane, call, corner));
  };
  const long long plane = static_cast<long long>(call.out_height) * call.out_width;
  float* out = static_cast<float*>(call.out) + image * call.channels * plane + pixel;
  const float* change = call.light == nullptr ? nullptr : call.light + 4 * image;
  const bool lights = change != nullptr && changes_light(change);
  const Light light = lights ? light_of(change) : Light{};
  if (change != nullptr && call.channels == 3 && (change[2] != 0 || change[3] != 0)) {
    float colors[] = {value_of(0), value_of(1), value_of(2)};
    if (lights) light_colors(colors[0], colors[1], colors[2], light);
    if (change[3] != 0) turn_hue(colors[0], colors[1], colors[2], change[3]);
    for (int channel = 0; channel < 3; ++channel) out[channel * plane] = normalised(colors[channel], call, channel);
    return;
  }
  for (int channel = 0; channel < call.channels; ++channel) {
    const float value = value_of(channel);
    out[channel * plane] = normalised(lights ? lit(value, light) : value, call, channel);
  }
}

/// The class number nearest to where a pixel of a mask comes from.
template <typename Pixel>
FASTAI_BODY void augment_mask_pixel(const PixelCall& call, int image, int pixel) {
  const Place place = place_in(call, image, pixel);
  const auto column = static_cast<int>(rintf(place.column));
  const auto row = static_cast<int>(rintf(place.row));
  const bool inside = row >= 0 && row < call.height && column >= 0 && column < call.width;
  const Pixel* plane = static_cast<const Pixel*>(call.in) + static_cast<long long>(image) * call.height * call.width;
  const long long at = static_cast<long long>(image) * call.out_height * call.out_width + pixel;
  static_cast<long long*>(call.out)[at] = inside ? static_cast<long long>(plane[row * call.width + column]) : 0;
}

}  // namespace fastai::vision
