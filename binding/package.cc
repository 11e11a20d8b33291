// AOTInductor packages. A model is an operator (see cpp/core/package.h) and is called as such.
#include "cpp/core/package.h"

#include "binding/define.h"

namespace fastai::binding {
namespace {

/// packageLoad(path, model, device index or -1): { id, inputs, outputs }, the last two as JSON.
napi_value package_load(Environment& environment, const Arguments& arguments) {
  const uint64_t id =
      package::load(arguments.string(0), arguments.string(1), static_cast<int64_t>(arguments.number(2)));
  environment.packages.insert(id);
  const auto spec = package::call_spec(id);
  auto result = Napi::Object::New(environment.env);
  result.Set("id", static_cast<double>(id));
  result.Set("inputs", spec.inputs);
  result.Set("outputs", spec.outputs);
  environment.buffer[0] = 0;
  return result;
}

napi_value package_release(Environment& environment, const Arguments& arguments) {
  package::release(arguments.handle(0));
  environment.packages.erase(arguments.handle(0));
  return nullptr;
}

/// packageLacking(instruction sets): the first that this processor lacks, or "".
napi_value package_lacking(Environment& environment, const Arguments& arguments) {
  return Napi::String::New(environment.env, package::lacking(arguments.string(0)));
}

}  // namespace

void init_package(Napi::Env env, Napi::Object exports) {
  define<package_load>(env, exports, "packageLoad");
  define<package_release>(env, exports, "packageRelease");
  define<package_lacking>(env, exports, "packageLacking");
}

}  // namespace fastai::binding
