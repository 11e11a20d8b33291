#include "cpp/core/tensor_data.h"

#include <ATen/ATen.h>

#include <cstring>

namespace fastai::data {

at::Tensor on_memory(void* memory, const std::vector<int64_t>& shape, at::ScalarType dtype,
                     std::function<void()> release) {
  return at::from_blob(memory, shape, [release = std::move(release)](void*) { release(); },
                       at::TensorOptions().dtype(dtype).device(at::kCPU));
}

at::Tensor copy_of(const void* memory, const std::vector<int64_t>& shape, at::ScalarType dtype, at::ScalarType as) {
  if (dtype != as) {
    // Read only: from_blob() takes no const memory.
    return at::from_blob(const_cast<void*>(memory), shape, at::TensorOptions().dtype(dtype).device(at::kCPU)).to(as);
  }
  at::Tensor result = at::empty(shape, at::TensorOptions().dtype(dtype).device(at::kCPU));
  if (result.nbytes() > 0) std::memcpy(result.mutable_data_ptr(), memory, result.nbytes());
  return result;
}

}  // namespace fastai::data
