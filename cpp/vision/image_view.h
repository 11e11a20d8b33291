#pragma once

#include <cstdint>

#include "cpp/core/bytes.h"

namespace fastai::vision {

/// A rectangle of interleaved 8-bit pixels that somebody else owns: [height, width, channels], rows `stride` bytes apart.
struct ImageView {
  const uint8_t* data = nullptr;
  int64_t width = 0;
  int64_t height = 0;
  int64_t channels = 0;
  int64_t stride = 0;

  const uint8_t* row(int64_t y) const { return data + y * stride; }
};

/// Interleaved 8-bit pixels [height, width, channels] without gaps between the rows, not cleared.
struct Image {
  Bytes data;
  int64_t width = 0;
  int64_t height = 0;
  int64_t channels = 0;

  Image() = default;
  Image(int64_t w, int64_t h, int64_t c) : data(static_cast<size_t>(w * h * c)), width(w), height(h), channels(c) {}

  uint8_t* row(int64_t y) { return data.data() + y * width * channels; }
  ImageView view() const { return {data.data(), width, height, channels, width * channels}; }
};

}  // namespace fastai::vision
