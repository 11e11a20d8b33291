#pragma once

#include "cpp/vision/resample.h"

namespace fastai::vision {

enum class PadMode { zeros, border, reflection };

/// A rectangle in pixels of an image; it may reach outside of it.
struct Window {
  int64_t left = 0;
  int64_t top = 0;
  int64_t width = 0;
  int64_t height = 0;
};

struct CropPadOptions {
  Window window;
  PadMode pad_mode = PadMode::zeros;
  /// Size after the crop; 0 keeps the window's.
  int64_t width = 0;
  int64_t height = 0;
  Filter filter = Filter::bilinear;
};

/// The window of an image, with what lies outside filled in by `pad_mode` (reflection does not repeat the border pixel),
/// resized to `width` x `height`. Pixels outside the window do not count for the filter.
/// Throws std::invalid_argument on an empty window, or on one that does not touch the image.
Image crop_pad(const ImageView& source, const CropPadOptions& options);

/// The k-th of the eight symmetries of a square: mirror x for k in 1 3 4 7, mirror y for 2 4 5 7, then swap x and y for
/// 3 5 6 7. Throws std::invalid_argument when k is not 0 to 7.
Image dihedral(const ImageView& source, int64_t k);

/// Interleaved [height, width, channels] -> planar [channels, height, width].
Bytes to_planar(const uint8_t* data, int64_t pixels, int64_t channels);

/// Planar [channels, height, width] -> interleaved [height, width, channels].
Bytes to_interleaved(const uint8_t* planes, int64_t pixels, int64_t channels);

}  // namespace fastai::vision
