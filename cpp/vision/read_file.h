#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fastai::vision {

/// The bytes of a regular file of less than 2 GB; nothing when it cannot be read in one go, whatever the reason.
std::optional<std::vector<uint8_t>> read_file(const std::string& path);

}  // namespace fastai::vision
