// Memory that C++ filled, handed to JavaScript without a copy.
#pragma once

#include <napi.h>

#include <cstdlib>
#include <cstring>

namespace fastai::binding {

/// An ArrayBuffer on memory of malloc(), which it owns from here on; where the runtime wants all memory to be its own, on a
/// copy, and the memory is freed. JavaScript's own buffers are cleared first, page by page.
inline Napi::ArrayBuffer owned_buffer(Napi::Env env, void* memory, size_t size) {
  napi_value buffer = nullptr;
  const auto free = [](napi_env, void* owned, void*) { std::free(owned); };
  if (napi_create_external_arraybuffer(env, memory, size, free, nullptr, &buffer) == napi_ok) {
    return Napi::ArrayBuffer(env, buffer);
  }
  auto copy = Napi::ArrayBuffer::New(env, size);
  std::memcpy(copy.Data(), memory, size);
  std::free(memory);
  return copy;
}

}  // namespace fastai::binding
