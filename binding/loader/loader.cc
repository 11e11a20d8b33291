// The loader knows nothing of libtorch: it opens the given shared libraries so that the main addon, which names them
// only by soname, binds to exactly these files.
#include <dlfcn.h>
#include <node_api.h>

#include <iostream>
#include <new>
#include <string>

namespace {

// RTLD_DEEPBIND: libtorch exports its own uv_* symbols, which would otherwise bind to Node's libuv. AddressSanitizer
// refuses it, because it has to stand before every allocation.
#if defined(RTLD_DEEPBIND) && !defined(__SANITIZE_ADDRESS__)
constexpr int kOpenFlags = RTLD_NOW | RTLD_GLOBAL | RTLD_DEEPBIND;

// NOTE [ streams ]
// Node's executable holds its own copy of std::cerr and its like (a copy relocation), and those are what the C++ library
// sets up at the start. Libraries opened with RTLD_DEEPBIND bind to the library's originals instead, which stay zero:
// the first warning that libtorch prints would crash. So the originals are set up here, on the same buffers.
void set_up_stream(void* library, const char* name, std::ostream& ours) {
  void* original = dlsym(library, name);
  if (original == nullptr || original == &ours) return;
  const bool is_set_up = *static_cast<void**>(original) != nullptr;  // the pointer to its virtual functions
  if (!is_set_up) new (original) std::ostream(ours.rdbuf());
}

void set_up_streams() {
  void* library = dlopen("libstdc++.so.6", RTLD_NOW | RTLD_NOLOAD);
  if (library == nullptr) return;  // linked statically, or another C++ library
  set_up_stream(library, "_ZSt4cout", std::cout);
  set_up_stream(library, "_ZSt4cerr", std::cerr);
  set_up_stream(library, "_ZSt4clog", std::clog);
}
#else
void set_up_streams() {}

constexpr int kOpenFlags = RTLD_NOW | RTLD_GLOBAL;
#endif

/// open(path: string): string. The empty string when the library was opened, else the dynamic loader's message.
napi_value open_library(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument = nullptr;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  size_t length = 0;
  if (count != 1 || napi_get_value_string_utf8(env, argument, nullptr, 0, &length) != napi_ok) {
    napi_throw_type_error(env, nullptr, "open: expected a path");
    return nullptr;
  }
  std::string path(length, '\0');
  napi_get_value_string_utf8(env, argument, path.data(), length + 1, &length);
  std::string message;
  set_up_streams();
  if (dlopen(path.c_str(), kOpenFlags) == nullptr) {
    const char* reason = dlerror();
    message = reason != nullptr ? reason : "unknown error of the dynamic loader";
  }
  napi_value result = nullptr;
  napi_create_string_utf8(env, message.c_str(), message.size(), &result);
  return result;
}

}  // namespace

NAPI_MODULE_INIT() {
  napi_value function = nullptr;
  napi_create_function(env, "open", NAPI_AUTO_LENGTH, open_library, nullptr, &function);
  napi_set_named_property(env, exports, "open", function);
  return exports;
}
