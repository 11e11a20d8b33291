// Which tensors a call may treat by itself, past what libtorch lays over its operators.
#pragma once

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/Tensor.h>

namespace fastai {

/// What may look at a call with a plain tensor.
inline const uint64_t kPlainKeys =
    (c10::autograd_dispatch_keyset_with_ADInplaceOrView | c10::autocast_dispatch_keyset |
     c10::DispatchKeySet({c10::DispatchKey::CPU, c10::DispatchKey::CUDA}))
        .raw_repr();

/// Whether nothing but autograd and autocast looks at a call with this tensor: dense, on the CPU or CUDA, without a
/// derivative in forward mode.
inline bool is_plain(const at::Tensor& tensor) {
  c10::TensorImpl* impl = tensor.unsafeGetTensorImpl();
  if ((impl->key_set().raw_repr() & ~kPlainKeys) != 0) return false;
  return impl->autograd_meta() == nullptr || !tensor._fw_grad(0).defined();
}

/// Whether these are float32 numbers in the CPU's memory, what the kernels of ours work on.
inline bool is_float_on_cpu(const at::Tensor& tensor) {
  return tensor.is_cpu() && tensor.scalar_type() == at::kFloat && tensor.layout() == at::kStrided;
}

/// Whether a transform such as vmap looks at every call of this thread.
inline bool is_transforming() {
  const auto included = c10::impl::tls_local_dispatch_key_set().included_.raw_repr();
  return (included & ~c10::default_included_set.raw_repr()) != 0;
}

}  // namespace fastai
