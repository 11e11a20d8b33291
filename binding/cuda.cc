// The CUDA devices: what they are, their streams, events and memory. Through libtorch's interfaces for any device, so that
// one addon serves a libtorch with CUDA and one without.
#include <ATen/Context.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/csrc/api/include/torch/cuda.h>

#include "binding/define.h"
#include "cpp/core/handle_table.h"
#include "cpp/core/numbered.h"
#include "cpp/cuda/devices.h"

namespace fastai::binding {
namespace {

constexpr auto kCuda = c10::DeviceType::CUDA;

/// CUDA's side of libtorch, started. Throws c10::Error where there is none.
c10::impl::VirtualGuardImpl device_side() {
  at::globalContext().lazyInitDevice(kCuda);
  return c10::impl::VirtualGuardImpl(kCuda);
}

c10::Device device_at(const c10::impl::VirtualGuardImpl& side, double index) {
  return index < 0 ? side.getDevice() : c10::Device(kCuda, static_cast<c10::DeviceIndex>(index));
}

/// cudaDevices(): number of CUDA devices that libtorch can use; 0 without a driver.
napi_value cuda_devices(Environment& environment, const Arguments&) {
  return Napi::Number::New(environment.env, at::hasCUDA() ? static_cast<double>(torch::cuda::device_count()) : 0);
}

/// cudaProblem(): what the driver says where there is no device.
napi_value cuda_problem(Environment& environment, const Arguments&) {
  return Napi::String::New(environment.env, cuda::driver_problem());
}

/// cudaProperties(device): an object.
napi_value cuda_properties(Environment& environment, const Arguments& arguments) {
  const auto known = cuda::properties(static_cast<int>(arguments.number(0)));
  auto result = Napi::Object::New(environment.env);
  result.Set("name", known.name);
  result.Set("uuid", known.uuid);
  result.Set("totalMemory", static_cast<double>(known.total_memory));
  for (const auto& [key, value] : known.attributes) result.Set(key, value);
  environment.buffer[0] = 0;
  return result;
}

/// cudaDevice(index?): packed[0] = the current device; with an index it is another one from now on.
napi_value cuda_device(Environment& environment, const Arguments& arguments) {
  const auto side = device_side();
  environment.buffer[0] = side.getDevice().index();
  if (arguments.has(0)) side.setDevice(device_at(side, arguments.number(0)));
  return nullptr;
}

/// cudaSynchronize(device): waits for the device's kernels; -1 is the current device.
napi_value cuda_synchronize(Environment&, const Arguments& arguments) {
  torch::cuda::synchronize(static_cast<int64_t>(arguments.number(0)));
  return nullptr;
}

// Streams are a device's index and a number.

c10::Stream stream_at(const Arguments& arguments, size_t first) {
  const c10::Device device(kCuda, static_cast<c10::DeviceIndex>(arguments.number(first)));
  return c10::Stream(c10::Stream::UNSAFE, device, static_cast<c10::StreamId>(arguments.number(first + 1)));
}

/// cudaStream(kind, device or -1, priority): packed = device, number. Kinds: 0 the current one, 1 the default, 2 a new one.
napi_value cuda_stream(Environment& environment, const Arguments& arguments) {
  const auto side = device_side();
  const c10::Device device = device_at(side, arguments.number(1));
  const auto kind = static_cast<int>(arguments.number(0));
  const c10::Stream stream = kind == 0   ? side.getStream(device)
                             : kind == 1 ? side.getDefaultStream(device)
                                         : side.getNewStream(device, static_cast<int>(arguments.number(2)));
  environment.buffer[0] = stream.device_index();
  environment.buffer[1] = static_cast<double>(stream.id());
  return nullptr;
}

/// cudaSetStream(device, number): packed = the number of the stream before.
napi_value cuda_set_stream(Environment& environment, const Arguments& arguments) {
  environment.buffer[0] = 0;
  environment.buffer[1] = static_cast<double>(device_side().exchangeStream(stream_at(arguments, 0)).id());
  return nullptr;
}

/// cudaStreamDone(device, number): packed[0] = 1 when all that was asked of it is done.
napi_value cuda_stream_done(Environment& environment, const Arguments& arguments) {
  environment.buffer[0] = stream_at(arguments, 0).query() ? 1 : 0;
  return nullptr;
}

napi_value cuda_stream_wait(Environment& environment, const Arguments& arguments) {
  stream_at(arguments, 0).synchronize();
  environment.buffer[0] = 0;
  return nullptr;
}

/// cudaRecordStream(handle, device, number): the tensor's memory is not given away before the stream is done with it.
napi_value cuda_record_stream(Environment& environment, const Arguments& arguments) {
  handles::get(arguments.handle(0)).record_stream(stream_at(arguments, 1));
  environment.buffer[0] = 0;
  return nullptr;
}

Numbered<c10::Event>& events() { return numbered<c10::Event>("event"); }

/// cudaEvent(timing): packed[0] = its number.
napi_value cuda_event(Environment& environment, const Arguments& arguments) {
  device_side();
  const auto flag = arguments.boolean(0) ? c10::EventFlag::BACKEND_DEFAULT : c10::EventFlag::PYTORCH_DEFAULT;
  const uint64_t id = events().next();
  events().put(id, std::make_shared<c10::Event>(kCuda, flag));
  environment.buffer[0] = static_cast<double>(id);
  return nullptr;
}

napi_value cuda_event_release(Environment&, const Arguments& arguments) {
  events().release(arguments.handle(0));
  return nullptr;
}

/// cudaEventRecord(event, device, number): puts it at the end of the stream.
napi_value cuda_event_record(Environment& environment, const Arguments& arguments) {
  events().at(arguments.handle(0))->record(stream_at(arguments, 1));
  environment.buffer[0] = 0;
  return nullptr;
}

/// cudaEventBlock(event, device, number): what the stream is asked from now on waits for it.
napi_value cuda_event_block(Environment& environment, const Arguments& arguments) {
  events().at(arguments.handle(0))->block(stream_at(arguments, 1));
  environment.buffer[0] = 0;
  return nullptr;
}

napi_value cuda_event_done(Environment& environment, const Arguments& arguments) {
  environment.buffer[0] = events().at(arguments.handle(0))->query() ? 1 : 0;
  return nullptr;
}

napi_value cuda_event_wait(Environment& environment, const Arguments& arguments) {
  events().at(arguments.handle(0))->synchronize();
  environment.buffer[0] = 0;
  return nullptr;
}

/// Waits for an event on a thread of libuv's pool.
class EventWaiter final : public Napi::AsyncWorker {
 public:
  EventWaiter(Napi::Env env, std::shared_ptr<c10::Event> event)
      : Napi::AsyncWorker(env), deferred_(Napi::Promise::Deferred::New(env)), event_(std::move(event)) {}
  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override { event_->synchronize(); }
  void OnOK() override { deferred_.Resolve(Env().Undefined()); }
  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  Napi::Promise::Deferred deferred_;
  std::shared_ptr<c10::Event> event_;
};

/// cudaEventWaitAsync(event): a promise.
napi_value cuda_event_wait_async(Environment& environment, const Arguments& arguments) {
  auto waiter = std::make_unique<EventWaiter>(environment.env, events().at(arguments.handle(0)));
  const Napi::Promise promise = waiter->promise();
  waiter.release()->Queue();  // it deletes itself after its callback
  environment.buffer[0] = 0;
  return promise;
}

/// cudaEventElapsed(from, to): packed[1] = milliseconds.
napi_value cuda_event_elapsed(Environment& environment, const Arguments& arguments) {
  environment.buffer[1] = events().at(arguments.handle(0))->elapsedTime(*events().at(arguments.handle(1)));
  environment.buffer[0] = 0;
  return nullptr;
}

// Memory.

using AllocatorStats = c10::CachingAllocator::StatArray;

constexpr auto kAll = static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE);

/// cudaMemory(device): packed = seven times current, peak, allocated and freed, in the order of statNames in memory.ts, then
/// retries and failures; zeros before the first use of the device.
napi_value cuda_memory(Environment& environment, const Arguments& arguments) {
  auto* allocator = c10::getDeviceAllocator(kCuda);
  c10::CachingDeviceAllocator::DeviceStats stats;
  if (allocator->initialized()) stats = allocator->getDeviceStats(static_cast<c10::DeviceIndex>(arguments.number(0)));
  double* out = environment.buffer;
  for (const AllocatorStats* each : {&stats.allocated_bytes, &stats.reserved_bytes, &stats.active_bytes,
                                     &stats.inactive_split_bytes, &stats.requested_bytes, &stats.allocation,
                                     &stats.segment}) {
    const auto& all = (*each)[kAll];
    for (const int64_t number : {all.current, all.peak, all.allocated, all.freed}) *out++ = static_cast<double>(number);
  }
  *out++ = static_cast<double>(stats.num_alloc_retries);
  *out = static_cast<double>(stats.num_ooms);
  return nullptr;
}

/// cudaResetPeaks(device)
napi_value cuda_reset_peaks(Environment& environment, const Arguments& arguments) {
  auto* allocator = c10::getDeviceAllocator(kCuda);
  if (allocator->initialized()) allocator->resetPeakStats(static_cast<c10::DeviceIndex>(arguments.number(0)));
  environment.buffer[0] = 0;
  return nullptr;
}

/// cudaFreeAndTotal(device): packed = 0, free, total bytes, as the driver counts them.
napi_value cuda_free_and_total(Environment& environment, const Arguments& arguments) {
  device_side();
  const auto index = static_cast<c10::DeviceIndex>(arguments.number(0));
  const auto [free, total] = c10::getDeviceAllocator(kCuda)->getMemoryInfo(index);
  environment.buffer[0] = 0;
  environment.buffer[1] = static_cast<double>(free);
  environment.buffer[2] = static_cast<double>(total);
  return nullptr;
}

/// cudaEmptyCache(): memory that the devices' allocator holds and no tensor uses goes back to the driver.
napi_value cuda_empty_cache(Environment& environment, const Arguments&) {
  auto* allocator = c10::getDeviceAllocator(kCuda);
  if (allocator->initialized()) allocator->emptyCache();
  environment.buffer[0] = 0;
  return nullptr;
}

}  // namespace

void init_cuda(Napi::Env env, Napi::Object exports) {
  define<cuda_devices>(env, exports, "cudaDevices");
  define<cuda_problem>(env, exports, "cudaProblem");
  define<cuda_properties>(env, exports, "cudaProperties");
  define<cuda_device>(env, exports, "cudaDevice");
  define<cuda_synchronize>(env, exports, "cudaSynchronize");
  define<cuda_stream>(env, exports, "cudaStream");
  define<cuda_set_stream>(env, exports, "cudaSetStream");
  define<cuda_stream_done>(env, exports, "cudaStreamDone");
  define<cuda_stream_wait>(env, exports, "cudaStreamWait");
  define<cuda_record_stream>(env, exports, "cudaRecordStream");
  define<cuda_event>(env, exports, "cudaEvent");
  define<cuda_event_release>(env, exports, "cudaEventRelease");
  define<cuda_event_record>(env, exports, "cudaEventRecord");
  define<cuda_event_block>(env, exports, "cudaEventBlock");
  define<cuda_event_done>(env, exports, "cudaEventDone");
  define<cuda_event_wait>(env, exports, "cudaEventWait");
  define<cuda_event_wait_async>(env, exports, "cudaEventWaitAsync");
  define<cuda_event_elapsed>(env, exports, "cudaEventElapsed");
  define<cuda_memory>(env, exports, "cudaMemory");
  define<cuda_reset_peaks>(env, exports, "cudaResetPeaks");
  define<cuda_free_and_total>(env, exports, "cudaFreeAndTotal");
  define<cuda_empty_cache>(env, exports, "cudaEmptyCache");
}

}  // namespace fastai::binding
