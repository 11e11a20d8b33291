// Pixels as tensors of bytes.
#pragma once

#include <ATen/core/Tensor.h>

#include "cpp/vision/image_view.h"

namespace fastai::vision {

// NOTE [ pixels are tensors ]
// JavaScript's collector takes an array buffer's bytes for its own: on a small heap it marks everything alive for every ten
// megabytes of them, which took a quarter of the time of a loader of photos. Memory of tensors is counted here and collected
// for when much of it lies idle (src/torch/pressure.ts). So what a decoder or a resampler makes is a tensor.

/// The pixels as a tensor [height, width, channels], without a copy.
at::Tensor interleaved(Image image);
/// A copy in planes, [channels, height, width], of pixels without gaps between the rows.
at::Tensor planar(const ImageView& image);
/// The same of an interleaved tensor. Throws std::invalid_argument on another tensor, as copy_of does.
at::Tensor planar(const at::Tensor& pixels);
/// A copy, made by this thread. libtorch's clone() shares some tens of kilobytes among threads, which then wait for a core
/// that decodes.
at::Tensor copy_of(const at::Tensor& pixels);

}  // namespace fastai::vision
