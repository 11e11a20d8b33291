#pragma once

#include <optional>

#include "cpp/vision/image_view.h"

namespace fastai::vision {

enum class Filter { bilinear, nearest };

/// Part of the source that is stretched over the output, in pixels; fractions allowed.
struct Box {
  float left = 0;
  float top = 0;
  float right = 0;
  float bottom = 0;
};

/// Resizes as Pillow does: `bilinear` is a triangle filter widened by the shrink factor (so it averages when shrinking),
/// horizontal pass then vertical pass, 8-bit values in between; `nearest` takes the pixel under each output centre.
/// source: 1 to 4 channels -> [height, width, channels]. With a box, pixels just outside of it still count for the filter;
/// pass a cropped view to keep them out. Throws std::invalid_argument on an empty image or box.
Image resize(const ImageView& source, int64_t width, int64_t height, Filter filter = Filter::bilinear,
             const std::optional<Box>& box = std::nullopt);

}  // namespace fastai::vision
