// The image functions that work on tensors, registered as operators of the namespace `fastai`: they are called, checked
// and found like libtorch's own, by device.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/library.h>

#include <algorithm>

#include "cpp/vision/augment.h"

namespace fastai::vision {
namespace {

const float* floats(const std::optional<at::Tensor>& tensor, int64_t count, const char* name) {
  if (!tensor || !tensor->defined()) return nullptr;
  TORCH_CHECK_VALUE(tensor->is_cpu() && tensor->scalar_type() == at::kFloat && tensor->is_contiguous() &&
                        tensor->numel() == count,
                    name, ": expected ", count, " contiguous float32 numbers on the CPU, got ", tensor->sizes(), " ",
                    tensor->scalar_type());
  return tensor->const_data_ptr<float>();
}

/// The geometry of a call on images [N, C, H, W], checked.
Batch batch_of(const at::Tensor& images, int64_t channels, at::IntArrayRef size, int64_t padding) {
  TORCH_CHECK_VALUE(padding >= 0 && padding <= 2, "expected a padding of 0, 1 or 2, got ", padding);
  TORCH_CHECK_VALUE(images.numel() > 0, "expected at least one pixel, got ", images.sizes());
  const Batch batch{images.size(0), channels, images.size(-2), images.size(-1), size[0], size[1]};
  TORCH_CHECK_VALUE(batch.out_height > 0 && batch.out_width > 0, "expected a positive size, got ", size);
  // With the zeros around it, an image's places are counted by 32 bits.
  TORCH_CHECK_VALUE((batch.height + 3) * (batch.width + 3) < (int64_t{1} << 31), "expected fewer than 2^31 pixels an image");
  return batch;
}

/// Calls body(begin, end) for all output rows, on several threads where that pays.
template <typename Body>
void share_rows(const Batch& batch, Body body) {
  const int64_t rows_a_thread = std::max<int64_t>(1, 8192 / (batch.out_width * batch.channels));
  at::parallel_for(0, batch.count * batch.out_height, rows_a_thread, body);
}

/// See augment.h. images [N, C, H, W] uint8 or float32, maps [N, 9], light [N, 2], mean and std [C] -> float32
/// [N, C, *size].
at::Tensor augment_images(const at::Tensor& images, const std::optional<at::Tensor>& maps, at::IntArrayRef size,
                          int64_t padding, bool align_corners, double scale, const std::optional<at::Tensor>& light,
                          const std::optional<at::Tensor>& mean, const std::optional<at::Tensor>& std) {
  const bool bytes = images.scalar_type() == at::kByte;
  TORCH_CHECK_VALUE(images.dim() == 4 && (bytes || images.scalar_type() == at::kFloat) && images.is_contiguous(),
                    "expected contiguous images [N, C, H, W] of uint8 or float32, got ", images.sizes(), " ",
                    images.scalar_type());
  const Batch batch = batch_of(images, images.size(1), size, padding);
  Augmentation what;
  what.maps = floats(maps, batch.count * 9, "maps");
  what.light = floats(light, batch.count * 2, "light");
  what.mean = floats(mean, batch.channels, "mean");
  what.std = floats(std, batch.channels, "std");
  what.padding = static_cast<Padding>(padding);
  what.align_corners = align_corners;
  what.scale = static_cast<float>(scale);
  TORCH_CHECK_VALUE((what.mean == nullptr) == (what.std == nullptr), "expected mean and std together");
  TORCH_CHECK_VALUE(what.maps != nullptr || (batch.out_height == batch.height && batch.out_width == batch.width),
                    "expected the images' own size where no maps are given, got ", size);
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
  TORCH_CHECK_VALUE(masks.dim() == 3 && (bytes || masks.scalar_type() == at::kLong) && masks.is_contiguous(),
                    "expected contiguous masks [N, H, W] of uint8 or int64, got ", masks.sizes(), " ",
                    masks.scalar_type());
  const Batch batch = batch_of(masks, 1, size, padding);
  Augmentation what;
  what.maps = floats(maps, batch.count * 9, "maps");
  TORCH_CHECK_VALUE(what.maps != nullptr, "expected maps");
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

}  // namespace
}  // namespace fastai::vision

TORCH_LIBRARY(fastai, library) {
  library.def(
      "augment_images(Tensor images, Tensor? maps, int[2] size, int padding=2, bool align_corners=True, "
      "float scale=1.0, Tensor? light=None, Tensor? mean=None, Tensor? std=None) -> Tensor");
  library.def(
      "augment_masks(Tensor masks, Tensor maps, int[2] size, int padding=2, bool align_corners=True) -> Tensor");
}
TORCH_LIBRARY_IMPL(fastai, CPU, library) {
  library.impl("augment_images", fastai::vision::augment_images);
  library.impl("augment_masks", fastai::vision::augment_masks);
}
