#include "binding/environment.h"

namespace fastai::binding {

void Warnings::process(const c10::Warning& warning) {
  const napi_env env = environment_.env;
  const Napi::HandleScope scope(env);
  napi_value function = nullptr;
  napi_value receiver = nullptr;
  napi_value text = nullptr;
  napi_get_reference_value(env, environment_.warning_reference, &function);
  napi_get_undefined(env, &receiver);
  napi_create_string_utf8(env, warning.msg().data(), warning.msg().size(), &text);
  if (napi_call_function(env, receiver, function, 1, &text, nullptr) == napi_ok) return;
  napi_value ignored = nullptr;
  napi_get_and_clear_last_exception(env, &ignored);
}

}  // namespace fastai::binding
