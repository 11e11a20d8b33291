// The process side: versions, threads, random numbers, memory counters, and the last failure.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <torch/csrc/api/include/torch/version.h>

#include "binding/define.h"
#include "cpp/core/errors.h"
#include "cpp/core/handle_table.h"
#include "cpp/core/memory.h"

namespace fastai::binding {
namespace {

/// useBuffer(array: Float64Array): makes it the packed buffer; results that did not fit the old one are copied over.
napi_value use_buffer(Environment& environment, const Arguments& arguments) {
  const auto array = Napi::Float64Array(environment.env, arguments.values[0]);
  if (array.ElementLength() < 16) throw std::invalid_argument("expected a buffer of at least 16 numbers");
  const auto& overflow = environment.overflow;
  if (environment.buffer_reference != nullptr) napi_delete_reference(environment.env, environment.buffer_reference);
  napi_create_reference(environment.env, arguments.values[0], 1, &environment.buffer_reference);
  environment.buffer = static_cast<double*>(array.ArrayBuffer().Data()) + array.ByteOffset() / sizeof(double);
  environment.capacity = array.ElementLength() - 1;  // the last element always holds the bytes in use
  if (overflow.size() <= environment.capacity) std::copy(overflow.begin(), overflow.end(), environment.buffer);
  return nullptr;
}

/// takeFailure(): { kind, message, trace } of the last failed call, or { exception } thrown by a callback.
napi_value take_failure(Environment& environment, const Arguments&) {
  const std::exception_ptr failure = std::exchange(environment.failure, nullptr);
  const Napi::Env env(environment.env);
  try {
    if (failure) std::rethrow_exception(failure);
  } catch (const JavaScriptException&) {
    napi_value holder = nullptr;
    napi_get_reference_value(env, environment.pending_exception, &holder);
    napi_delete_reference(env, std::exchange(environment.pending_exception, nullptr));
    return holder;
  } catch (...) {
    const Failure described = describe_current_exception();
    auto result = Napi::Object::New(env);
    result.Set("kind", described.kind);
    result.Set("message", described.message);
    result.Set("trace", described.trace);
    return result;
  }
  return env.Undefined();
}

/// giveBackFreed(): memory that lies free goes back to the system.
napi_value give_back_freed(Environment&, const Arguments&) {
  memory::give_back_freed();
  return nullptr;
}

/// counters(): packed = live tensors, CPU bytes, CPU peak bytes. counters(true) starts a new peak.
napi_value counters(Environment& environment, const Arguments& arguments) {
  if (arguments.has(0)) memory::reset_cpu_peak();
  environment.buffer[0] = static_cast<double>(handles::live_count());
  environment.buffer[1] = static_cast<double>(memory::cpu_bytes());
  environment.buffer[2] = static_cast<double>(memory::cpu_peak_bytes());
  return nullptr;
}

/// bytesInUse(): number. Leaves the packed buffer alone: it is asked for between a call and the reading of its results.
napi_value bytes_in_use(Environment& environment, const Arguments&) {
  return Napi::Number::New(environment.env, static_cast<double>(memory::cpu_bytes()));
}

/// onPressure(function): called when an allocation fails on this thread, before its one retry.
napi_value on_pressure(Environment& environment, const Arguments& arguments) {
  napi_create_reference(environment.env, arguments.values[0], 1, &environment.collect_reference);
  memory::set_reclaim([&environment] {
    const Napi::HandleScope scope(environment.env);
    napi_value function = nullptr;
    napi_value receiver = nullptr;
    napi_get_reference_value(environment.env, environment.collect_reference, &function);
    napi_get_undefined(environment.env, &receiver);
    napi_call_function(environment.env, receiver, function, 0, nullptr, nullptr);
  });
  return nullptr;
}

/// onWarning(function): takes the text of each warning that libtorch raises on this thread.
napi_value on_warning(Environment& environment, const Arguments& arguments) {
  napi_create_reference(environment.env, arguments.values[0], 1, &environment.warning_reference);
  c10::WarningUtils::set_warning_handler(&environment.warnings);
  return nullptr;
}

napi_value manual_seed(Environment& environment, const Arguments& arguments) {
  bool lossless = false;
  int64_t seed = 0;
  napi_get_value_bigint_int64(environment.env, arguments.values[0], &seed, &lossless);
  at::manual_seed(static_cast<uint64_t>(seed));
  return nullptr;
}

napi_value initial_seed(Environment& environment, const Arguments&) {
  return Napi::BigInt::New(environment.env, at::detail::getDefaultCPUGenerator().current_seed());
}

/// rngState(): packed[0] = handle of the default generator's state (uint8).
napi_value rng_state(Environment& environment, const Arguments&) {
  auto generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard<std::mutex> lock(generator.mutex());
  environment.buffer[0] = static_cast<double>(handles::insert(generator.get_state()));
  return nullptr;
}

napi_value set_rng_state(Environment&, const Arguments& arguments) {
  auto generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard<std::mutex> lock(generator.mutex());
  generator.set_state(handles::get(arguments.handle(0)));
  return nullptr;
}

/// threads(n?): number. Threads that one operator may use.
napi_value threads(Environment& environment, const Arguments& arguments) {
  if (arguments.has(0)) at::set_num_threads(static_cast<int>(arguments.number(0)));
  return Napi::Number::New(environment.env, at::get_num_threads());
}

napi_value versions(Environment& environment, const Arguments&) {
  auto result = Napi::Object::New(environment.env);
  result.Set("built", TORCH_VERSION);
  result.Set("config", at::show_config());
  result.Set("cuda", at::hasCUDA());
  return result;
}

}  // namespace

void init_runtime(Napi::Env env, Napi::Object exports) {
  define<use_buffer>(env, exports, "useBuffer");
  define<take_failure>(env, exports, "takeFailure");
  define<give_back_freed>(env, exports, "giveBackFreed");
  define<counters>(env, exports, "counters");
  define<bytes_in_use>(env, exports, "bytesInUse");
  define<on_pressure>(env, exports, "onPressure");
  define<on_warning>(env, exports, "onWarning");
  define<manual_seed>(env, exports, "manualSeed");
  define<initial_seed>(env, exports, "initialSeed");
  define<rng_state>(env, exports, "rngState");
  define<set_rng_state>(env, exports, "setRngState");
  define<threads>(env, exports, "threads");
  define<versions>(env, exports, "versions");
}

}  // namespace fastai::binding
