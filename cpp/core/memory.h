// Counts the bytes that tensors hold on the CPU, and gives a failed allocation a second try after a collection.
#pragma once

#include <cstdint>
#include <functional>

namespace fastai::memory {

/// Makes the counting allocator libtorch's CPU allocator, and lets freed memory stay with the process for the next
/// allocation. Idempotent, process-wide.
void install_cpu_allocator();
/// Gives memory that lies free back to the system.
void give_back_freed();
/// Counts memory of tensors that does not come from that allocator.
void count(int64_t change);
/// Bytes held by CPU tensor storages now, and the largest amount since the last reset.
int64_t cpu_bytes();
int64_t cpu_peak_bytes();
void reset_cpu_peak();
/// Called on the allocating thread when an allocation fails, before the one retry. Thread-local: each JavaScript thread
/// sets its own; a thread without one does not retry.
void set_reclaim(std::function<void()> reclaim);

}  // namespace fastai::memory
