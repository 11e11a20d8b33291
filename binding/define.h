// One converter for every function of the binding: it hands the arguments over and turns C++ exceptions into a result
// code in the packed buffer, from which src/torch/native-call.ts builds a typed JavaScript error.
#pragma once

#include <napi.h>

#include <array>

#include "binding/environment.h"

namespace fastai::binding {

/// A JavaScript exception thrown by a callback, on its way through C++ back to the caller.
struct JavaScriptException : std::exception {
  const char* what() const noexcept override { return "a callback threw"; }
};

constexpr double kFailed = -1;

/// The arguments of one call, read without wrapper objects.
struct Arguments {
  static constexpr size_t kMax = 8;
  napi_env env;
  size_t count = kMax;
  std::array<napi_value, kMax> values{};

  double number(size_t i) const {
    double value = 0;
    if (napi_get_value_double(env, values[i], &value) != napi_ok) throw std::invalid_argument("expected a number");
    return value;
  }
  uint64_t handle(size_t i) const { return static_cast<uint64_t>(number(i)); }
  bool boolean(size_t i) const {
    bool value = false;
    napi_get_value_bool(env, values[i], &value);
    return value;
  }
  std::string string(size_t i) const { return Napi::String(env, values[i]).Utf8Value(); }
  bool has(size_t i) const {
    napi_valuetype type = napi_undefined;
    if (i < count) napi_typeof(env, values[i], &type);
    return type != napi_undefined && type != napi_null;
  }
};

/// A function of the binding: works on the environment and its packed buffer, returns a value or nullptr.
using Body = napi_value (*)(Environment&, const Arguments&);

template <Body body>
napi_value guarded(napi_env env, napi_callback_info info) {
  Arguments arguments{env};
  napi_get_cb_info(env, info, &arguments.count, arguments.values.data(), nullptr, nullptr);
  Environment& environment = binding::environment(env);
  environment.drop_dead_references();
  try {
    return body(environment, arguments);
  } catch (...) {
    environment.failure = std::current_exception();
    environment.buffer[0] = kFailed;
    return nullptr;
  }
}

template <Body body>
void define(Napi::Env env, Napi::Object exports, const char* name) {
  napi_value function = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, guarded<body>, nullptr, &function);
  napi_set_named_property(env, exports, name, function);
}

}  // namespace fastai::binding
