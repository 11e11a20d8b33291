// The mean squared error.
#pragma once

#include <ATen/core/Tensor.h>

namespace fastai::nn {

/// aten::mse_loss. Of few numbers it is computed here, in one pass each way: see NOTE [ few numbers ]. The gradient is
/// libtorch's to the bit; the sum is taken in double.
at::Tensor mse_loss(const at::Tensor& x, const at::Tensor& target, int64_t reduction);

}  // namespace fastai::nn
