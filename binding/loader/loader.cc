// The loader knows nothing of libtorch: it opens the given shared libraries so that the main addon, which names them
// only by soname, binds to exactly these files.
#include <dlfcn.h>
#include <node_api.h>

#include <string>

namespace {

// RTLD_DEEPBIND: libtorch exports its own uv_* symbols, which would otherwise bind to Node's libuv.
#ifdef RTLD_DEEPBIND
constexpr int kOpenFlags = RTLD_NOW | RTLD_GLOBAL | RTLD_DEEPBIND;
#else
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
