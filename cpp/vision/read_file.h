#pragma once

#include <optional>
#include <string>

#include "cpp/vision/image_view.h"

namespace fastai::vision {

/// The bytes of a regular file of less than 2 GB; nothing when it cannot be read in one go, whatever the reason.
std::optional<Bytes> read_file(const std::string& path);

/// The bytes of a small regular file if the system has all of them in memory, so that reading them waits for nothing.
std::optional<Bytes> read_cached_file(const std::string& path);

}  // namespace fastai::vision
