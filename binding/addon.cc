// The addon: one environment per JavaScript thread, and the tables of functions.
#include "binding/environment.h"
#include "cpp/core/memory.h"
#include "cpp/core/package.h"

namespace fastai::binding {
namespace {

void delete_environment(node_api_basic_env, void* data, void*) {
  c10::WarningUtils::set_warning_handler(nullptr);
  const std::unique_ptr<std::shared_ptr<Environment>> environment(static_cast<std::shared_ptr<Environment>*>(data));
  // A thread that is terminated leaves what its open scopes list: nobody else would free it.
  handles::release_all((*environment)->owner);
  for (const uint64_t id : (*environment)->packages) package::release(id);
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  memory::install_cpu_allocator();
  auto environment = std::make_unique<std::shared_ptr<Environment>>(std::make_shared<Environment>(env));
  napi_set_instance_data(env, environment.release(), delete_environment, nullptr);
  init_runtime(env, exports);
  init_op(env, exports);
  init_tensor(env, exports);
  init_autograd(env, exports);
  init_autocast(env, exports);
  init_package(env, exports);
  init_script(env, exports);
  init_transforms(env, exports);
  init_vision(env, exports);
  init_frame(env, exports);
  init_cuda(env, exports);
  init_flags(env, exports);
  return exports;
}

}  // namespace
}  // namespace fastai::binding

static Napi::Object Init(Napi::Env env, Napi::Object exports) { return fastai::binding::init(env, exports); }
NODE_API_MODULE(fastai_torch, Init)
