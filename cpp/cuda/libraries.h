// NVIDIA's libraries, opened where they are: building needs no CUDA, and one addon serves machines with and without.
#pragma once

#include <ATen/DynamicLibrary.h>
#include <c10/util/Exception.h>
#include <c10/util/StringUtil.h>

#include <initializer_list>
#include <memory>

namespace fastai::cuda {

/// Opens the first of these that there is, along libtorch's own search path; it stays open. Throws when there is none.
inline std::unique_ptr<at::DynamicLibrary> open_first(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    try {
      return std::make_unique<at::DynamicLibrary>(name, nullptr, /*leak_handle=*/true);
    } catch (const c10::Error&) {
      // The next version.
    }
  }
  TORCH_CHECK(false, "CUDA: expected one of the libraries ", c10::Join(", ", names), ", got none");
}

/// The driver's library.
inline std::unique_ptr<at::DynamicLibrary> open_driver() { return open_first({"libcuda.so.1"}); }

template <typename Function>
Function* symbol(at::DynamicLibrary& library, const char* name) {
  return reinterpret_cast<Function*>(library.sym(name));
}

inline void check(int code, const char* what) { TORCH_CHECK(code == 0, "CUDA: ", what, " failed with code ", code); }

}  // namespace fastai::cuda
