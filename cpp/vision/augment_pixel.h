// One pixel of an augmented batch from beginning to end: what one thread of a GPU does (augment_kernels.cu).
#pragma once

#include "cpp/vision/augment_math.h"

namespace fastai::vision {

/// A batch and what is done with it, as augment.h has them, in the types that a kernel takes by value.
struct PixelCall {
  const void* in;
  void* out;
  const float* maps;   // 9 numbers an image, or null
  const float* light;  // 2 numbers an image, or null
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

/// All channels of one pixel.
template <typename Pixel>
FASTAI_BODY void augment_pixel(const PixelCall& call, int image, int pixel) {
  const Place place = call.maps == nullptr ? Place{0, 0} : place_in(call, image, pixel);
  const auto left = static_cast<int>(floorf(place.column));
  const auto top = static_cast<int>(floorf(place.row));
  const float right_part = place.column - floorf(place.column);
  const float lower_part = place.row - floorf(place.row);
  const float* change = call.light == nullptr ? nullptr : call.light + 2 * image;
  const bool lights = change != nullptr && (change[0] != 1 || change[1] != 0);
  const Light light = lights ? light_of(change[0], change[1]) : Light{};
  for (int channel = 0; channel < call.channels; ++channel) {
    const long long plane_number = static_cast<long long>(image) * call.channels + channel;
    const Pixel* plane = static_cast<const Pixel*>(call.in) + plane_number * call.height * call.width;
    float value = 0;
    if (call.maps == nullptr) {
      value = static_cast<float>(plane[pixel]);
    } else {
      const float upper = pixel_at(plane, call, top, left) * (1 - right_part) +
                          pixel_at(plane, call, top, left + 1) * right_part;
      const float lower = pixel_at(plane, call, top + 1, left) * (1 - right_part) +
                          pixel_at(plane, call, top + 1, left + 1) * right_part;
      value = upper * (1 - lower_part) + lower * lower_part;
    }
    value *= call.scale;
    if (lights) value = lit(value, light);
    if (call.mean != nullptr) value = (value - call.mean[channel]) / call.std[channel];
    static_cast<float*>(call.out)[plane_number * call.out_height * call.out_width + pixel] = value;
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
