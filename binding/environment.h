// What one JavaScript environment (the main thread or a worker) owns. No static JavaScript handles anywhere.
#pragma once

#include <c10/util/Exception.h>
#include <napi.h>

#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "binding/relay.h"
#include "cpp/core/handle_table.h"

namespace fastai::binding {

struct Environment;

/// Hands libtorch's warnings to JavaScript, on the environment's thread.
class Warnings final : public c10::WarningHandler {
 public:
  explicit Warnings(Environment& environment) : environment_(environment) {}
  void process(const c10::Warning& warning) override;

 private:
  Environment& environment_;
};

/// Thread rule: all members are used on the environment's own thread, but for the relay and the dead references, which
/// any thread may add to under the mutex.
struct Environment {
  explicit Environment(napi_env env) : env(env), thread(std::this_thread::get_id()) {}

  napi_env env;
  std::thread::id thread;
  handles::Owner owner = handles::begin_owner();  // of the tensors made here
  double* buffer = nullptr;  // the packed buffer: memory of a Float64Array kept alive by buffer_reference
  size_t capacity = 0;
  napi_ref buffer_reference = nullptr;
  napi_ref collect_reference = nullptr;  // a function that collects garbage
  std::vector<double> overflow;
  std::vector<std::string> result_strings;
  std::exception_ptr failure;  // what the last call threw
  napi_ref pending_exception = nullptr;  // a JavaScript exception on its way through C++
  napi_ref warning_reference = nullptr;  // a function that takes libtorch's warnings
  Warnings warnings{*this};
  Relay relay;
  std::set<uint64_t> packages;  // compiled models loaded here: each has files of its own on disk
  bool backward_elsewhere = false;  // whether backward may reach callbacks on other threads

  std::mutex mutex;
  std::vector<napi_ref> dead_references;
  std::atomic<bool> has_dead_references{false};

  void drop_later(napi_ref reference) {
    std::lock_guard<std::mutex> lock(mutex);
    dead_references.push_back(reference);
    has_dead_references.store(true, std::memory_order_release);
  }
  void drop_dead_references() {
    if (!has_dead_references.load(std::memory_order_acquire)) return;
    std::vector<napi_ref> dead;
    {
      std::lock_guard<std::mutex> lock(mutex);
      dead.swap(dead_references);
      has_dead_references.store(false, std::memory_order_release);
    }
    for (napi_ref reference : dead) napi_delete_reference(env, reference);
  }
};

inline Environment& environment(napi_env env) {
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  return **static_cast<std::shared_ptr<Environment>*>(data);
}

/// Shared so that callbacks which outlive the environment can see that it is gone.
inline std::shared_ptr<Environment> shared_environment(napi_env env) {
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  return *static_cast<std::shared_ptr<Environment>*>(data);
}

void init_tensor(Napi::Env env, Napi::Object exports);
void init_op(Napi::Env env, Napi::Object exports);
void init_autograd(Napi::Env env, Napi::Object exports);
void init_autocast(Napi::Env env, Napi::Object exports);
void init_cuda(Napi::Env env, Napi::Object exports);
void init_flags(Napi::Env env, Napi::Object exports);
void init_frame(Napi::Env env, Napi::Object exports);
void init_package(Napi::Env env, Napi::Object exports);
void init_runtime(Napi::Env env, Napi::Object exports);
void init_script(Napi::Env env, Napi::Object exports);
void init_transforms(Napi::Env env, Napi::Object exports);
void init_vision(Napi::Env env, Napi::Object exports);

}  // namespace fastai::binding
