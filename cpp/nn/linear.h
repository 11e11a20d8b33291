// The layer that multiplies by a matrix.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

namespace fastai::nn {

/// aten::linear. Of a batch of vectors it is recorded as one function of the graph, where libtorch records the transposed
/// weight, too; the matrix products are the same.
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias);

}  // namespace fastai::nn
