// Tensors from and to plain memory.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

namespace fastai::data {

/// A CPU tensor on memory that somebody else owns; `release` runs when the last storage reference goes, on any thread.
at::Tensor on_memory(void* memory, const std::vector<int64_t>& shape, at::ScalarType dtype,
                     std::function<void()> release);
/// A CPU tensor with its own copy of numbers of one dtype, converted to another.
at::Tensor copy_of(const void* memory, const std::vector<int64_t>& shape, at::ScalarType dtype, at::ScalarType as);

}  // namespace fastai::data
