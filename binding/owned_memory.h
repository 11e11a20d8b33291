// Memory that C++ filled, handed to JavaScript without a copy.
#pragma once

#include <napi.h>

#include <cstdlib>
#include <cstring>

#include "cpp/core/bytes.h"

namespace fastai::binding {

/// An ArrayBuffer on the bytes; where the runtime wants all memory to be its own, on a copy. JavaScript's own buffers are
/// cleared first, page by page.
inline Napi::ArrayBuffer owned_buffer(Napi::Env env, Bytes bytes) {
  const size_t size = bytes.size();
  napi_value buffer = nullptr;
  const auto free = [](napi_env, void* owned, void*) { std::free(owned); };
  if (napi_create_external_arraybuffer(env, bytes.data(), size, free, nullptr, &buffer) == napi_ok) {
    bytes.release();
    return Napi::ArrayBuffer(env, buffer);
  }
  auto copy = Napi::ArrayBuffer::New(env, size);
  std::memcpy(copy.Data(), bytes.data(), size);
  return copy;
}

}  // namespace fastai::binding
