// The kernels of augmentation. Compiled where a GPU is, by NVRTC (augment_cuda.cc); a thread makes one pixel.
#include "cpp/vision/augment_pixel.h"

namespace fastai::vision {

template <typename Body>
__device__ void each_pixel(const PixelCall& call, Body body) {
  const int pixel = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (pixel >= call.out_height * call.out_width) return;
  for (int image = static_cast<int>(blockIdx.y); image < call.count; image += static_cast<int>(gridDim.y)) {
    body(call, image, pixel);
  }
}

}  // namespace fastai::vision

using fastai::vision::PixelCall;

extern "C" __global__ void augment_bytes(PixelCall call) {
  fastai::vision::each_pixel(call, fastai::vision::augment_pixel<unsigned char>);
}
extern "C" __global__ void augment_floats(PixelCall call) {
  fastai::vision::each_pixel(call, fastai::vision::augment_pixel<float>);
}
extern "C" __global__ void augment_byte_masks(PixelCall call) {
  fastai::vision::each_pixel(call, fastai::vision::augment_mask_pixel<unsigned char>);
}
extern "C" __global__ void augment_long_masks(PixelCall call) {
  fastai::vision::each_pixel(call, fastai::vision::augment_mask_pixel<long long>);
}
