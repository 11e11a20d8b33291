#include "cpp/vision/pixel_tensors.h"

#include <cstdlib>
#include <stdexcept>
#include <utility>
#include <vector>

#include "cpp/core/memory.h"
#include "cpp/core/tensor_data.h"
#include "cpp/vision/crop_pad.h"

namespace fastai::vision {
namespace {

at::Tensor tensor_of(Bytes data, const std::vector<int64_t>& sizes) {
  const auto size = static_cast<int64_t>(data.size());
  uint8_t* memory = data.release();
  memory::count(size);
  return data::on_memory(memory, sizes, at::kByte, [memory, size] {
    std::free(memory);
    memory::count(-size);
  });
}

void check_pixels(const at::Tensor& pixels) {
  if (!pixels.is_cpu() || pixels.scalar_type() != at::kByte || pixels.dim() != 3 || !pixels.is_contiguous()) {
    throw std::invalid_argument("expected pixels as they were given");
  }
}

}  // namespace

at::Tensor interleaved(Image image) {
  return tensor_of(std::move(image.data), {image.height, image.width, image.channels});
}

at::Tensor planar(const ImageView& image) {
  return tensor_of(to_planar(image.data, image.width * image.height, image.channels),
                   {image.channels, image.height, image.width});
}

at::Tensor planar(const at::Tensor& pixels) {
  check_pixels(pixels);
  const int64_t width = pixels.size(1);
  const int64_t channels = pixels.size(2);
  return planar(ImageView{pixels.const_data_ptr<uint8_t>(), width, pixels.size(0), channels, width * channels});
}

at::Tensor copy_of(const at::Tensor& pixels) {
  check_pixels(pixels);
  return data::copy_of(pixels.const_data_ptr(), pixels.sizes().vec(), at::kByte, at::kByte);
}

}  // namespace fastai::vision
