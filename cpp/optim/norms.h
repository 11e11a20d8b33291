// Euclidean norms of a list of tensors.
#pragma once

#include <ATen/core/Tensor.h>

namespace fastai::optim {

/// The norm of each tensor of a list that is not empty, as one tensor [number of tensors].
at::Tensor norms(at::TensorList tensors);

}  // namespace fastai::optim
