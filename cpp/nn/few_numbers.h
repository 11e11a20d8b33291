// Which tensors the operators for heads and losses treat by themselves.
#pragma once

#include <ATen/core/Tensor.h>

#include "cpp/core/plain.h"

namespace fastai::nn {

// NOTE [ few numbers ]
// A head's outputs are some hundred numbers, for which an operation costs what its call, its node in the graph and the code
// that it touches cost. So several are one here, number by number the same. Larger tensors are left to libtorch, which
// shares them among threads.
constexpr int64_t kFew = 1 << 15;

/// Whether these are so few numbers: float32 on the CPU, side by side, with nothing but autograd and autocast looking on.
inline bool are_few(const at::Tensor& x) {
  return is_float_on_cpu(x) && is_plain(x) && x.is_contiguous() && x.numel() <= kFew;
}

}  // namespace fastai::nn
