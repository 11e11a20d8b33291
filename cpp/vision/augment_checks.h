// What the operators of augmentation check, the same on every device.
#pragma once

#include <ATen/ATen.h>

#include "cpp/vision/augment.h"

namespace fastai::vision {

/// The geometry of a call on images [N, C, H, W] or masks [N, H, W].
inline Batch batch_of(const at::Tensor& images, int64_t channels, at::IntArrayRef size, int64_t padding) {
  TORCH_CHECK_VALUE(padding >= 0 && padding <= 2, "expected a padding of 0, 1 or 2, got ", padding);
  TORCH_CHECK_VALUE(images.numel() > 0, "expected at least one pixel, got ", images.sizes());
  const Batch batch{images.size(0), channels, images.size(-2), images.size(-1), size[0], size[1]};
  TORCH_CHECK_VALUE(batch.out_height > 0 && batch.out_width > 0, "expected a positive size, got ", size);
  // Places on an image, with the zeros around it, are counted by 32 bits.
  const auto counted = [](int64_t height, int64_t width) { return (height + 3) * (width + 3) < (int64_t{1} << 31); };
  TORCH_CHECK_VALUE(counted(batch.height, batch.width) && counted(batch.out_height, batch.out_width),
                    "expected fewer than 2^31 pixels an image");
  return batch;
}

inline Batch images_batch(const at::Tensor& images, bool maps, at::IntArrayRef size, int64_t padding) {
  const auto type = images.scalar_type();
  TORCH_CHECK_VALUE(images.dim() == 4 && (type == at::kByte || type == at::kFloat) && images.is_contiguous(),
                    "expected contiguous images [N, C, H, W] of uint8 or float32, got ", images.sizes(), " ", type);
  const Batch batch = batch_of(images, images.size(1), size, padding);
  TORCH_CHECK_VALUE(maps || (batch.out_height == batch.height && batch.out_width == batch.width),
                    "expected the images' own size where no maps are given, got ", size);
  return batch;
}

inline Batch masks_batch(const at::Tensor& masks, at::IntArrayRef size, int64_t padding) {
  const auto type = masks.scalar_type();
  TORCH_CHECK_VALUE(masks.dim() == 3 && (type == at::kByte || type == at::kLong) && masks.is_contiguous(),
                    "expected contiguous masks [N, H, W] of uint8 or int64, got ", masks.sizes(), " ", type);
  return batch_of(masks, 1, size, padding);
}

/// `count` contiguous numbers on the device of the images, or nothing.
inline at::Tensor numbers(const std::optional<at::Tensor>& tensor, int64_t count, const at::Tensor& images,
                          const char* name) {
  if (!tensor || !tensor->defined()) return {};
  TORCH_CHECK_VALUE(tensor->scalar_type() == at::kFloat && tensor->is_contiguous() && tensor->numel() == count, name,
                    ": expected ", count, " contiguous float32 numbers, got ", tensor->sizes(), " ",
                    tensor->scalar_type());
  return tensor->to(images.device());
}

inline const float* pointer(const at::Tensor& numbers) {
  return numbers.defined() ? numbers.const_data_ptr<float>() : nullptr;
}

/// The numbers of a call, on the images' device.
struct Numbers {
  at::Tensor maps;
  at::Tensor light;
  at::Tensor mean;
  at::Tensor std;

  Numbers(const at::Tensor& images, const Batch& batch, const std::optional<at::Tensor>& maps,
          const std::optional<at::Tensor>& light, const std::optional<at::Tensor>& mean,
          const std::optional<at::Tensor>& std)
      : maps(numbers(maps, batch.count * 9, images, "maps")),
        light(numbers(light, batch.count * 4, images, "light")),
        mean(numbers(mean, batch.channels, images, "mean")),
        std(numbers(std, batch.channels, images, "std")) {
    TORCH_CHECK_VALUE(this->mean.defined() == this->std.defined(), "expected mean and std together");
  }
};

}  // namespace fastai::vision
