// The image functions that work on tensors, registered as operators of the namespace `fastai`: they are called, checked
// and found like libtorch's own, by device.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/library.h>

#include <algorithm>

#include "cpp/vision/augment.h"
#include "cpp/vision/augment_checks.h"

namespace fastai::vision {
namespace {

/// Calls body(begin, end) for all output rows, on several threads where that pays.
template <typename Body>
void share_rows(const Batch& batch, Body body) {
  const int64_t rows_a_thread = std::max<int64_t>(1, 8192 / (batch.out_width * batch.channels));
  at::parallel_for(0, batch.count * batch.out_height, rows_a_thread, body);
}

/// See augment.h. images [N, C, H, W] uint8 or float32, maps [N, 9], light [N, 4], mean and std [C] -> float32
/// [N, C, *size].
at::Tensor augment_images(const at::Tensor& images, const std::optional<at::Tensor>& maps, at::IntArrayRef size,
                          int64_t padding, bool align_corners, double scale, const std::optional<at::Tensor>& light,
                          const std::optional<at::Tensor>& mean, const std::optional<at::Tensor>& std) {
  const bool bytes = images.scalar_type() == at::kByte;
  const Batch batch = images_batch(images, maps && maps->defined(), size, padding);
  const Numbers numbers(images, batch, maps, light, mean, std);
  Augmentation what;
  what.maps = pointer(numbers.maps);
  what.light = pointer(numbers.light);
  what.mean = pointer(numbers.mean);
  what.std = pointer(numbers.std);
  what.padding = static_cast<Padding>(padding);
  what.align_corners = align_corners;
  what.scale = static_cast<float>(scale);
  at::Tensor out = at::empty({batch.count, batch.channels, size[0], size[1]}, images.options().dtype(at::kFloat));
  float* target = out.mutable_data_ptr<float>();
  share_rows(batch, [&](int64_t begin, int64_t end) {
    if (bytes) {
      augment_rows(images.const_data_ptr<uint8_t>(), target, batch, what, begin, end);
    } else {
      augment_rows(images.const_data_ptr<float>(), target, batch, what, begin, end);
    }
  });
  return out;
}

/// See augment.h. masks [N, H, W] uint8 or int64, maps [N, 9] -> int64 [N, *size].
at::Tensor augment_masks(const at::Tensor& masks, const at::Tensor& maps, at::IntArrayRef size, int64_t padding,
                         bool align_corners) {
  const bool bytes = masks.scalar_type() == at::kByte;
  const Batch batch = masks_batch(masks, size, padding);
  const at::Tensor moves = numbers(maps, batch.count * 9, masks, "maps");
  TORCH_CHECK_VALUE(moves.defined(), "expected maps");
  Augmentation what;
  what.maps = pointer(moves);
  what.padding = static_cast<Padding>(padding);
  what.align_corners = align_corners;
  at::Tensor out = at::empty({batch.count, size[0], size[1]}, masks.options().dtype(at::kLong));
  auto* target = out.mutable_data_ptr<int64_t>();
  share_rows(batch, [&](int64_t begin, int64_t end) {
    if (bytes) {
      augment_mask_rows(masks.const_data_ptr<uint8_t>(), target, batch, what, begin, end);
    } else {
      augment_mask_rows(masks.const_data_ptr<int64_t>(), target, batch, what, begin, end);
    }
  });
  return out;
}

bool augments(const at::Tensor&) { return true; }

}  // namespace
}  // namespace fastai::vision

TORCH_LIBRARY(fastai, library) {
  library.def(
      "augment_images(Tensor images, Tensor? maps, int[2] size, int padding=2, bool align_corners=True, "
      "float scale=1.0, Tensor? light=None, Tensor? mean=None, Tensor? std=None) -> Tensor");
  library.def(
      "augment_masks(Tensor masks, Tensor maps, int[2] size, int padding=2, bool align_corners=True) -> Tensor");
  // Whether the two work on the device of a tensor.
  library.def("augments(Tensor images) -> bool");
}
TORCH_LIBRARY_IMPL(fastai, CPU, library) {
  library.impl("augment_images", fastai::vision::augment_images);
  library.impl("augment_masks", fastai::vision::augment_masks);
  library.impl("augments", fastai::vision::augments);
}
