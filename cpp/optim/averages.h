// Adam's running averages, number by number, and which lists of tensors the loops over them know.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/csrc/autograd/variable.h>

#include <cmath>
#include <initializer_list>

#include "cpp/core/plain.h"

namespace fastai::optim {

/// How far a gradient moves the averages. Each operation is rounded as libtorch rounds it: training goes on from its bits.
struct Averages {
  Averages(double beta1, double beta2)
      : new1(static_cast<float>(1 - beta1)), beta2(static_cast<float>(beta2)), new2(static_cast<float>(1 - beta2)) {}

  float mean(float before, float gradient) const {
    const float apart = gradient - before;
    return new1 < 0.5F ? std::fma(new1, apart, before) : std::fma(new1 - 1, apart, gradient);
  }

  float square(float before, float gradient) const { return std::fma(new2 * gradient, gradient, before * beta2); }

 private:
  float new1;  // 1 - beta1
  float beta2;
  float new2;  // 1 - beta2
};

inline bool is_dense_float(const at::Tensor& tensor) {
  return is_float_on_cpu(tensor) && tensor.is_non_overlapping_and_dense();
}

/// Whether both are dense float32 numbers on the CPU, in the same order in memory.
inline bool lies_as(const at::Tensor& tensor, const at::Tensor& other) {
  return is_dense_float(tensor) && tensor.sizes() == other.sizes() && tensor.strides() == other.strides();
}

/// Whether what belongs to each parameter lies as the parameter does.
inline bool lie_alike(at::TensorList params, std::initializer_list<at::TensorList> lists) {
  for (const at::TensorList list : lists) {
    if (list.size() != params.size()) return false;
  }
  for (size_t i = 0; i < params.size(); ++i) {
    if (!is_dense_float(params[i])) return false;
    for (const at::TensorList list : lists) {
      if (!lies_as(list[i], params[i])) return false;
    }
  }
  return true;
}

/// Makes graphs notice that these were changed past libtorch.
inline void mark_changed(std::initializer_list<at::TensorList> lists) {
  for (const at::TensorList list : lists) {
    for (const at::Tensor& changed : list) torch::autograd::impl::bump_version(changed);
  }
}

}  // namespace fastai::optim
