// Rows of a batch of images in parts that stay in the first cache, and loops that become vector instructions.
#pragma once

#include <algorithm>
#include <cstdint>

#include "cpp/vision/augment.h"
#include "cpp/core/clones.h"

namespace fastai::vision {

constexpr int kChunk = 256;  // pixels of a row at a time

/// A part of a row of the output, in -1..1: which row, from where on, how far apart, how many pixels.
struct Part {
  float y;
  float start;
  float step;
  int count;
};

/// How the places of a batch's output and input are counted.
struct Frame {
  Axis columns;
  Axis rows;
  Side across;
  Side down;
  Frame(const Batch& batch, bool align_corners)
      : columns(axis_of(static_cast<int>(batch.out_width), align_corners)),
        rows(axis_of(static_cast<int>(batch.out_height), align_corners)),
        across(side_of(static_cast<int>(batch.width), align_corners)),
        down(side_of(static_cast<int>(batch.height), align_corners)) {}

  Part part(int64_t row, int64_t first, int count) const {
    return {rows.start + rows.step * static_cast<float>(row), columns.start + columns.step * static_cast<float>(first),
            columns.step, count};
  }
};

/// Calls body(image, row, first column, count) for parts of the output rows begin to end.
template <typename Body>
void each_part(const Batch& batch, int64_t begin, int64_t end, Body body) {
  for (int64_t line = begin; line < end; ++line) {
    for (int64_t first = 0; first < batch.out_width; first += kChunk) {
      const auto count = static_cast<int>(std::min<int64_t>(kChunk, batch.out_width - first));
      body(line / batch.out_height, line % batch.out_height, first, count);
    }
  }
}

}  // namespace fastai::vision
