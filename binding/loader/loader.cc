// The loader knows nothing of libtorch: it opens the given shared libraries so that the main addon, which names them
// only by soname, binds to exactly these files.
#include <dlfcn.h>
#include <node_api.h>

#include <cstring>
#include <iostream>
#include <locale>
#include <new>
#include <string>

namespace {

// RTLD_DEEPBIND: libtorch exports its own uv_* symbols, which would otherwise bind to Node's libuv. AddressSanitizer
// refuses it, because it has to stand before every allocation.
#if defined(RTLD_DEEPBIND) && !defined(__SANITIZE_ADDRESS__)
constexpr int kOpenFlags = RTLD_NOW | RTLD_GLOBAL | RTLD_DEEPBIND;

// NOTE [ copies ]
// Node's executable holds its own copies of some of the C++ library's objects (copy relocations), and those are what the
// library sets up at the start and uses itself. Libraries opened with RTLD_DEEPBIND bind to the originals instead, which stay
// zero. So the originals are set up here:
// - std::cerr and its like, on the same buffers; else the first warning that libtorch prints would crash.
// - The numbers by which a locale finds its facets (Node.js 22 and 24 hold that of std::ctype<char>); else libtorch's regular
//   expressions end in std::bad_cast, and with them the reader of TorchScript.

/// The library's own object of a name, where another stands in for it and it is still zero.
void* unused_original(void* library, const char* name, const void* in_use) {
  void* original = dlsym(library, name);
  if (original == nullptr || original == in_use || *static_cast<void**>(original) != nullptr) return nullptr;
  return original;
}

void set_up_stream(void* library, const char* name, std::ostream& in_use) {
  // What is zero is the pointer to its virtual functions.
  if (void* original = unused_original(library, name, &in_use)) new (original) std::ostream(in_use.rdbuf());
}

/// The numbers (`id`) of std::ctype, codecvt, num_get, num_put, numpunct, collate, time_get and time_put.
constexpr const char* kFacets[] = {
    "_ZNSt5ctypeIcE2idE",
    "_ZNSt5ctypeIwE2idE",
    "_ZNSt7codecvtIcc11__mbstate_tE2idE",
    "_ZNSt7codecvtIwc11__mbstate_tE2idE",
    "_ZNSt7num_getIcSt19istreambuf_iteratorIcSt11char_traitsIcEEE2idE",
    "_ZNSt7num_putIcSt19ostreambuf_iteratorIcSt11char_traitsIcEEE2idE",
    "_ZNSt7__cxx118numpunctIcE2idE",
    "_ZNSt7__cxx117collateIcE2idE",
    "_ZNSt7__cxx118time_getIcSt19istreambuf_iteratorIcSt11char_traitsIcEEE2idE",
    "_ZNSt8time_putIcSt19ostreambuf_iteratorIcSt11char_traitsIcEEE2idE",
};

void set_up_facet(void* library, const char* name) {
  const void* in_use = dlsym(RTLD_DEFAULT, name);
  if (in_use == nullptr) return;
  // All that a std::locale::id holds is its number.
  if (void* original = unused_original(library, name, in_use)) std::memcpy(original, in_use, sizeof(std::locale::id));
}

void set_up_originals() {
  void* library = dlopen("libstdc++.so.6", RTLD_NOW | RTLD_NOLOAD);
  if (library == nullptr) return;  // linked statically, or another C++ library
  set_up_stream(library, "_ZSt4cout", std::cout);
  set_up_stream(library, "_ZSt4cerr", std::cerr);
  set_up_stream(library, "_ZSt4clog", std::clog);
  for (const char* name : kFacets) set_up_facet(library, name);
}
#else
void set_up_originals() {}

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
  set_up_originals();
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
