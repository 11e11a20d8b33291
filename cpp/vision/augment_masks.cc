#include <cmath>

#include "cpp/vision/augment.h"
#include "cpp/vision/row_parts.h"

namespace fastai::vision {
namespace {

/// The pixel nearest to where each one comes from; -1 for none. Halves go to the even pixel.
template <Padding padding>
FASTAI_BODY void find_nearest_body(const float* __restrict map, const Part part, const Frame frame, int32_t width,
                                   int32_t* __restrict found) {
  for (int j = 0; j < part.count; ++j) {
    const float x = part.start + part.step * static_cast<float>(j);
    const Place place = place_of<padding>(map, x, part.y, frame.across, frame.down);
    const float column = rintf(place.column);
    const float row = rintf(place.row);
    const bool beside = column < 0 || column > frame.across.last || row < 0 || row > frame.down.last;
    const int32_t at = static_cast<int32_t>(row) * width + static_cast<int32_t>(column);
    found[j] = padding == Padding::Zeros && beside ? -1 : at;
  }
}

FASTAI_CLONES void find_nearest(const float* map, const Part& part, const Frame& frame, int64_t width, Padding padding,
                                int32_t* found) {
  const auto row = static_cast<int32_t>(width);
  switch (padding) {
    case Padding::Zeros: return find_nearest_body<Padding::Zeros>(map, part, frame, row, found);
    case Padding::Border: return find_nearest_body<Padding::Border>(map, part, frame, row, found);
    case Padding::Reflection: return find_nearest_body<Padding::Reflection>(map, part, frame, row, found);
  }
}

}  // namespace

template <typename Pixel>
void augment_mask_rows(const Pixel* in, int64_t* out, const Batch& batch, const Augmentation& what, int64_t begin,
                       int64_t end) {
  const Frame frame(batch, what.align_corners);
  alignas(64) int32_t found[kChunk];
  each_part(batch, begin, end, [&](int64_t image, int64_t row, int64_t first, int count) {
    find_nearest(what.maps + 9 * image, frame.part(row, first, count), frame, batch.width, what.padding, found);
    const Pixel* plane = in + image * batch.height * batch.width;
    int64_t* to = out + (image * batch.out_height + row) * batch.out_width + first;
    for (int j = 0; j < count; ++j) to[j] = found[j] < 0 ? 0 : static_cast<int64_t>(plane[found[j]]);
  });
}

template void augment_mask_rows<uint8_t>(const uint8_t*, int64_t*, const Batch&, const Augmentation&, int64_t, int64_t);
template void augment_mask_rows<int64_t>(const int64_t*, int64_t*, const Batch&, const Augmentation&, int64_t, int64_t);

}  // namespace fastai::vision
