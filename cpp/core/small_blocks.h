// Memory of small tensors, kept by each thread for its next ones.
#pragma once

#include <cstddef>

namespace fastai::memory {

/// What a block for `size` bytes must have, so that it fits any of about that size: `size` itself where it is not small.
size_t block_size(size_t size);
/// A block of `block_size(size)` bytes that this thread keeps; nullptr where it keeps none.
void* take_block(size_t size);
/// Keeps a block of `size` bytes; false where it is not small, or enough are kept.
bool keep_block(void* block, size_t size);

}  // namespace fastai::memory
