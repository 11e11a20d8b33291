// TorchScript modules: loaded from a file, their methods registered as operators, so that they are called like any other.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace fastai::script {

/// Loads a module onto a device ("" = where it was saved) and registers its methods as operators
/// `fastai_script_<id>::<method>`. Throws what libtorch throws for a file it cannot read, std::invalid_argument for a
/// program that would use files itself. Thread-safe, as all of these.
uint64_t load(const std::string& path, const std::string& device);
/// Forgets a module and its operators.
void release(uint64_t id);

struct Named {
  std::string name;
  at::Tensor tensor;
};

std::vector<std::string> methods(uint64_t id);
std::vector<Named> parameters(uint64_t id);
std::vector<Named> buffers(uint64_t id);
void train(uint64_t id, bool on);

}  // namespace fastai::script
