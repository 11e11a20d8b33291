// A batch of photos from bytes to what a network takes, in one pass: sampled at mapped coordinates, light changed,
// normalised.
#pragma once

#include <cstdint>

#include "cpp/vision/augment_math.h"

namespace fastai::vision {

/// One batch [n, channels, height, width], planes one after the other.
struct Batch {
  int64_t count = 0;
  int64_t channels = 0;
  int64_t height = 0;
  int64_t width = 0;
  int64_t out_height = 0;
  int64_t out_width = 0;
};

/// What is done with each image. Null pointers: not at all.
struct Augmentation {
  const float* maps = nullptr;  // 9 numbers an image: where in -1..1 of the input a point of the output comes from
  Padding padding = Padding::Reflection;
  bool align_corners = true;
  float scale = 1;              // what values are multiplied by first, so that they lie in 0..1
  // 4 numbers an image: logits times the first, plus the second, plus their grey times the third; then hues turned by
  // the fourth. Grey and hue are those of three channels.
  const float* light = nullptr;
  const float* mean = nullptr;  // one a channel
  const float* std = nullptr;   // one a channel
};

/// Rows `begin` to `end` of all count * out_height output rows, so that threads can share them.
/// Without maps the output is as large as the input.
template <typename Pixel>
void augment_rows(const Pixel* in, float* out, const Batch& batch, const Augmentation& what, int64_t begin,
                  int64_t end);

extern template void augment_rows<uint8_t>(const uint8_t*, float*, const Batch&, const Augmentation&, int64_t, int64_t);
extern template void augment_rows<float>(const float*, float*, const Batch&, const Augmentation&, int64_t, int64_t);

/// The same rows of masks (one channel): the nearest class number, moved by the maps and nothing else.
template <typename Pixel>
void augment_mask_rows(const Pixel* in, int64_t* out, const Batch& batch, const Augmentation& what, int64_t begin,
                       int64_t end);

extern template void augment_mask_rows<uint8_t>(const uint8_t*, int64_t*, const Batch&, const Augmentation&, int64_t,
                                                int64_t);
extern template void augment_mask_rows<int64_t>(const int64_t*, int64_t*, const Batch&, const Augmentation&, int64_t,
                                                int64_t);

}  // namespace fastai::vision
