// Batch normalisation in training.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

namespace fastai::nn {

/// aten::batch_norm, computed here where the kernels know the tensors (float32 on the CPU, contiguous, in training),
/// and by libtorch otherwise. Both moments are exact to float32: sums in double, the variance around the mean.
at::Tensor batch_norm(const at::Tensor& x, const std::optional<at::Tensor>& weight, const std::optional<at::Tensor>& bias,
                      const std::optional<at::Tensor>& running_mean, const std::optional<at::Tensor>& running_var,
                      bool training, double momentum, double eps, bool cudnn_enabled);

}  // namespace fastai::nn
