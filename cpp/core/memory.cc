#include "cpp/core/memory.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>

#include "cpp/core/small_blocks.h"

namespace fastai::memory {
namespace {

std::atomic<int64_t> bytes{0};
std::atomic<int64_t> peak{0};
thread_local std::function<void()> reclaim_memory;

void* allocate_once_more(size_t size) {
  if (!reclaim_memory) throw;
  reclaim_memory();
  return c10::alloc_cpu(size);
}

class CountingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t size) override {
    if (size == 0) return {nullptr, nullptr, &free_block, c10::Device(c10::DeviceType::CPU)};
    void* data = take_block(size);
    if (data == nullptr) data = fresh_block(block_size(size));
    count(static_cast<int64_t>(malloc_usable_size(data)));
    return {data, data, &free_block, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &free_block; }
  void copy_data(void* target, const void* source, size_t size) const override { std::memcpy(target, source, size); }

 private:
  static void* fresh_block(size_t size) {
    try {
      return c10::alloc_cpu(size);
    } catch (const std::exception&) {
      return allocate_once_more(size);
    }
  }

  static void free_block(void* data) {
    if (data == nullptr) return;
    const size_t size = malloc_usable_size(data);
    count(-static_cast<int64_t>(size));
    if (!keep_block(data, size)) c10::free_cpu(data);
  }
};

// NOTE [ freed memory ]
// A training step frees about what the next one allocates. By default glibc gives what lies free at the end of its heap
// back to the system, from twice the largest block freed so far on, and then each page of the next step is a fault: 37,000
// in a step of xresnet18 over 16 photos of 128 x 128, which took 495 to 560 ms with and 466 to 496 ms without (2026-11).
// So more is kept. Who chose otherwise by an environment variable gets that.
#if defined(__GLIBC__)
void keep_freed_memory() {
  constexpr int kLargestInHeap = 32 << 20;  // what glibc's own rule ends at, where it begins with 128 KB
  constexpr int kKept = 1 << 30;
  const char* tunables = std::getenv("GLIBC_TUNABLES");
  const bool chosen = std::getenv("MALLOC_TRIM_THRESHOLD_") != nullptr || std::getenv("MALLOC_MMAP_THRESHOLD_") != nullptr ||
                      (tunables != nullptr && std::strstr(tunables, "glibc.malloc") != nullptr);
  if (chosen) return;
  mallopt(M_MMAP_THRESHOLD, kLargestInHeap);
  mallopt(M_TRIM_THRESHOLD, kKept);
}
#else
void keep_freed_memory() {}
#endif

}  // namespace

void install_cpu_allocator() {
  static std::once_flag once;
  std::call_once(once, [] {
    // Never destroyed: storages that outlive main still point to its deleter.
    c10::SetCPUAllocator(std::make_unique<CountingAllocator>().release(), 1);
    keep_freed_memory();
  });
}

void count(int64_t change) {
  const int64_t now = bytes.fetch_add(change, std::memory_order_relaxed) + change;
  if (now > peak.load(std::memory_order_relaxed)) peak.store(now, std::memory_order_relaxed);
}

void give_back_freed() {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}

int64_t cpu_bytes() { return bytes.load(std::memory_order_relaxed); }
int64_t cpu_peak_bytes() { return peak.load(std::memory_order_relaxed); }
void reset_cpu_peak() { peak.store(bytes.load(std::memory_order_relaxed), std::memory_order_relaxed); }
void set_reclaim(std::function<void()> reclaim) { reclaim_memory = std::move(reclaim); }

}  // namespace fastai::memory
