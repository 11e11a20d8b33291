// Process-global, thread-safe table of tensors. A handle is an integer (exact in a double) made of a slot index and
// the slot's generation, so a stale handle is recognised and can never reach another tensor.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <stdexcept>

namespace fastai {

using Handle = uint64_t;

/// Thrown when a handle names a tensor that was freed.
struct StaleHandle : std::runtime_error {
  explicit StaleHandle(Handle handle) : std::runtime_error("the tensor was freed"), handle(handle) {}
  Handle handle;
};

namespace handles {

/// Stores the tensor and returns a new handle. Throws std::length_error when 16,777,216 tensors are alive.
Handle insert(at::Tensor tensor);
/// The tensor behind a handle (a new reference). Throws StaleHandle.
at::Tensor get(Handle handle);
/// Frees the slot; false when the handle was stale already.
bool release(Handle handle);
/// True while the handle names a tensor.
bool alive(Handle handle);
/// Number of tensors in the table.
int64_t live_count();

/// Whoever made a tensor: a JavaScript environment, by number. 0 is nobody.
using Owner = uint32_t;
/// What this thread inserts from now on belongs to a new owner, which is returned.
Owner begin_owner();
/// The tensor belongs to nobody until it is taken (a number on its way to another thread). False for a stale handle.
bool disown(Handle handle);
/// The tensor belongs to this thread's owner. False for a stale handle.
bool take(Handle handle);
/// Frees all that still belongs to an owner.
void release_all(Owner owner);

}  // namespace handles
}  // namespace fastai
