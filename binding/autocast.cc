// Automatic mixed precision: the settings of the calling thread, by device.
#include <ATen/autocast_mode.h>

#include "binding/define.h"

namespace fastai::binding {
namespace {

c10::DeviceType device_type(const Arguments& arguments) { return c10::Device(arguments.string(0)).type(); }

/// autocastState(device): packed = enabled, dtype, cached.
napi_value autocast_state(Environment& environment, const Arguments& arguments) {
  const auto device = device_type(arguments);
  const bool enabled = at::autocast::is_autocast_enabled(device);  // throws for a device without it
  environment.buffer[0] = enabled ? 1 : 0;
  environment.buffer[1] = static_cast<double>(at::autocast::get_autocast_dtype(device));
  environment.buffer[2] = at::autocast::is_autocast_cache_enabled() ? 1 : 0;
  return nullptr;
}

/// setAutocast(device, enabled, dtype, cached).
napi_value set_autocast(Environment& environment, const Arguments& arguments) {
  const auto device = device_type(arguments);
  at::autocast::set_autocast_enabled(device, arguments.boolean(1));
  at::autocast::set_autocast_dtype(device, static_cast<at::ScalarType>(arguments.number(2)));
  at::autocast::set_autocast_cache_enabled(arguments.boolean(3));
  environment.buffer[0] = 0;
  return nullptr;
}

/// autocastNesting(by: 1 | -1): the depth; at 0 the casts of parameters that were kept are let go.
napi_value autocast_nesting(Environment& environment, const Arguments& arguments) {
  const int depth = arguments.number(0) > 0 ? at::autocast::increment_nesting() : at::autocast::decrement_nesting();
  if (depth == 0) at::autocast::clear_cache();
  return Napi::Number::New(environment.env, depth);
}

}  // namespace

void init_autocast(Napi::Env env, Napi::Object exports) {
  define<autocast_state>(env, exports, "autocastState");
  define<set_autocast>(env, exports, "setAutocast");
  define<autocast_nesting>(env, exports, "autocastNesting");
}

}  // namespace fastai::binding
