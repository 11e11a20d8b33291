// A JavaScript function that C++ may hold, call and let go of on any thread.
#pragma once

#include "binding/define.h"

namespace fastai::binding {

class Callback {
 public:
  Callback(napi_env env, napi_value function) : environment_(shared_environment(env)) {
    napi_create_reference(env, function, 1, &reference_);
  }
  ~Callback() { environment_->drop_later(reference_); }
  Callback(const Callback&) = delete;
  Callback& operator=(const Callback&) = delete;

  /// Calls the function without arguments; values travel in the packed buffer, which `before` fills and `after` reads,
  /// all on the environment's thread. Throws JavaScriptException when the function threw, std::runtime_error on another
  /// thread for which the environment's does not wait.
  template <typename Before, typename After>
  void call(const Before& before, const After& after) const {
    const auto there = [&] {
      before(*environment_);
      call();
      after(*environment_);
    };
    if (std::this_thread::get_id() == environment_->thread) return there();
    environment_->relay.to_javascript(there);
  }

  /// The same on the environment's thread, without values.
  void call() const {
    const napi_env env = environment_->env;
    const Napi::HandleScope scope(env);
    napi_value function = nullptr;
    napi_value receiver = nullptr;
    napi_value result = nullptr;
    napi_get_reference_value(env, reference_, &function);
    napi_get_undefined(env, &receiver);
    if (napi_call_function(env, receiver, function, 0, nullptr, &result) == napi_ok) return;
    napi_value exception = nullptr;
    napi_get_and_clear_last_exception(env, &exception);
    if (environment_->pending_exception != nullptr) napi_delete_reference(env, environment_->pending_exception);
    napi_create_reference(env, Napi::Object::New(env), 1, &environment_->pending_exception);
    napi_value holder = nullptr;
    napi_get_reference_value(env, environment_->pending_exception, &holder);
    napi_set_named_property(env, holder, "exception", exception);
    throw JavaScriptException{};
  }

 private:
  std::shared_ptr<Environment> environment_;
  napi_ref reference_ = nullptr;
};

}  // namespace fastai::binding
