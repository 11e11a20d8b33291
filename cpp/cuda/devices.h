// What the driver knows of the GPUs.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace fastai::cuda {

struct Properties {
  std::string name;
  std::string uuid;
  uint64_t total_memory;                                // bytes
  std::vector<std::pair<const char*, int>> attributes;  // by the names that JavaScript has for them
};

/// Throws c10::Error where there is no driver or no such device.
Properties properties(int ordinal);

/// What the driver says of a machine on which it gives libtorch no device; "" when it says nothing wrong.
std::string driver_problem();

}  // namespace fastai::cuda
