// TorchScript modules. Their methods are operators (see cpp/core/script.h) and are called as such.
#include "cpp/core/script.h"

#include "binding/define.h"
#include "cpp/core/handle_table.h"

namespace fastai::binding {
namespace {

/// scriptLoad(path, device or ""): the module's number.
napi_value script_load(Environment& environment, const Arguments& arguments) {
  const uint64_t id = script::load(arguments.string(0), arguments.string(1));
  environment.buffer[0] = 0;
  return Napi::Number::New(environment.env, static_cast<double>(id));
}

napi_value script_release(Environment&, const Arguments& arguments) {
  script::release(arguments.handle(0));
  return nullptr;
}

napi_value script_train(Environment& environment, const Arguments& arguments) {
  script::train(arguments.handle(0), arguments.boolean(1));
  environment.buffer[0] = 0;
  return nullptr;
}

Napi::Array named(Napi::Env env, const std::vector<script::Named>& tensors) {
  auto result = Napi::Array::New(env, tensors.size());
  for (uint32_t i = 0; i < tensors.size(); ++i) {
    auto pair = Napi::Array::New(env, 2);
    pair.Set(uint32_t{0}, tensors[i].name);
    pair.Set(uint32_t{1}, static_cast<double>(handles::insert(tensors[i].tensor)));
    result.Set(i, pair);
  }
  return result;
}

/// scriptState(id): { methods, parameters: [name, handle][], buffers: [name, handle][] }.
napi_value script_state(Environment& environment, const Arguments& arguments) {
  const Napi::Env env(environment.env);
  const uint64_t id = arguments.handle(0);
  auto methods = Napi::Array::New(env);
  for (const auto& method : script::methods(id)) methods.Set(methods.Length(), method);
  auto result = Napi::Object::New(env);
  result.Set("methods", methods);
  result.Set("parameters", named(env, script::parameters(id)));
  result.Set("buffers", named(env, script::buffers(id)));
  environment.buffer[0] = 0;
  return result;
}

}  // namespace

void init_script(Napi::Env env, Napi::Object exports) {
  define<script_load>(env, exports, "scriptLoad");
  define<script_release>(env, exports, "scriptRelease");
  define<script_train>(env, exports, "scriptTrain");
  define<script_state>(env, exports, "scriptState");
}

}  // namespace fastai::binding
