#include "cpp/core/memory.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <malloc.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>

namespace fastai::memory {
namespace {

std::atomic<int64_t> bytes{0};
std::atomic<int64_t> peak{0};
thread_local std::function<void()> reclaim_memory;

void count(int64_t change) {
  const int64_t now = bytes.fetch_add(change, std::memory_order_relaxed) + change;
  if (now > peak.load(std::memory_order_relaxed)) peak.store(now, std::memory_order_relaxed);
}

void* allocate_once_more(size_t size) {
  if (!reclaim_memory) throw;
  reclaim_memory();
  return c10::alloc_cpu(size);
}

class CountingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t size) override {
    if (size == 0) return {nullptr, nullptr, &free_block, c10::Device(c10::DeviceType::CPU)};
    void* data = nullptr;
    try {
      data = c10::alloc_cpu(size);
    } catch (const std::exception&) {
      data = allocate_once_more(size);
    }
    count(static_cast<int64_t>(malloc_usable_size(data)));
    return {data, data, &free_block, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &free_block; }
  void copy_data(void* target, const void* source, size_t size) const override { std::memcpy(target, source, size); }

 private:
  static void free_block(void* data) {
    if (data == nullptr) return;
    count(-static_cast<int64_t>(malloc_usable_size(data)));
    c10::free_cpu(data);
  }
};

}  // namespace

void install_cpu_allocator() {
  static std::once_flag once;
  // Never destroyed: storages that outlive main still point to its deleter.
  std::call_once(once, [] { c10::SetCPUAllocator(std::make_unique<CountingAllocator>().release(), 1); });
}
int64_t cpu_bytes() { return bytes.load(std::memory_order_relaxed); }
int64_t cpu_peak_bytes() { return peak.load(std::memory_order_relaxed); }
void reset_cpu_peak() { peak.store(bytes.load(std::memory_order_relaxed), std::memory_order_relaxed); }
void set_reclaim(std::function<void()> reclaim) { reclaim_memory = std::move(reclaim); }

}  // namespace fastai::memory
