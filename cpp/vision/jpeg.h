#pragma once

#include <optional>
#include <string>

#include "cpp/vision/crop_pad.h"

namespace fastai::vision {

/// A JPEG file in memory, and how the camera that took it was held: 1 to 8 as EXIF counts, 1 being upright.
struct JpegFile {
  const uint8_t* bytes = nullptr;
  size_t size = 0;
  int orientation = 1;
};

/// What becomes of damaged files: some decode with a warning.
enum class Damage { refuse, accept };

/// Opens TurboJPEG, once for the process. False when it is not there: then every call below gives nothing.
bool use_jpeg_library(const std::string& path);

/// The picture upright: one channel from a grey file, else red, green, blue. Nothing for files that TurboJPEG does not
/// read (damaged ones, inks, more than 8 bits): another decoder can say what is wrong with them.
std::optional<Image> decode_jpeg(const JpegFile& file, Damage damage);

/// A part of the upright picture, resized: crop_pad(decode_jpeg(file), options), but that pictures which shrink to half or
/// less are decoded at 1/2, 1/4 or 1/8 of their size, which costs a fraction of the time and changes values slightly.
std::optional<Image> crop_pad_jpeg(const JpegFile& file, const CropPadOptions& options);

}  // namespace fastai::vision
