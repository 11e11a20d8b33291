#include "cpp/core/handle_table.h"

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace fastai::handles {
namespace {

constexpr uint32_t kSlotBits = 24;
constexpr uint32_t kChunkBits = 12;
constexpr uint32_t kChunkSize = 1U << kChunkBits;
constexpr uint32_t kChunks = 1U << (kSlotBits - kChunkBits);
constexpr uint32_t kMaxGeneration = (1U << 28) - 1;  // slot and generation together stay below 2^53
constexpr size_t kThreadCache = 2048;

struct Slot {
  std::atomic_flag busy = ATOMIC_FLAG_INIT;
  uint32_t generation = 1;
  bool live = false;
  Owner owner = 0;
  at::Tensor tensor;
};

class SlotLock {
 public:
  explicit SlotLock(Slot& slot) : slot_(slot) {
    while (slot_.busy.test_and_set(std::memory_order_acquire)) {
    }
  }
  ~SlotLock() { slot_.busy.clear(std::memory_order_release); }
  SlotLock(const SlotLock&) = delete;
  SlotLock& operator=(const SlotLock&) = delete;

 private:
  Slot& slot_;
};

struct Table {
  std::array<std::atomic<Slot*>, kChunks> chunks{};
  std::mutex mutex;
  std::vector<uint32_t> free_slots;
  uint32_t used_chunks = 0;
  std::atomic<int64_t> live{0};
};

// Leaked on purpose: handles may be released from finalizers while the process exits.
Table& table() {
  static Table& instance = *std::make_unique<Table>().release();
  return instance;
}

// Each thread keeps some free slots so that the usual insert and release take no lock.
struct ThreadCache {
  std::vector<uint32_t> slots;
  ~ThreadCache() {
    Table& all = table();
    std::lock_guard<std::mutex> lock(all.mutex);
    all.free_slots.insert(all.free_slots.end(), slots.begin(), slots.end());
  }
};
thread_local ThreadCache cache;
thread_local Owner current_owner = 0;

void refill(std::vector<uint32_t>& slots) {
  Table& all = table();
  std::lock_guard<std::mutex> lock(all.mutex);
  if (all.free_slots.empty()) {
    if (all.used_chunks == kChunks) throw std::length_error("more than 16,777,216 tensors are alive");
    const uint32_t chunk = all.used_chunks++;
    all.chunks[chunk].store(std::make_unique<Slot[]>(kChunkSize).release(), std::memory_order_release);
    for (uint32_t i = kChunkSize; i > 0; --i) all.free_slots.push_back((chunk << kChunkBits) | (i - 1));
  }
  const size_t count = std::min(all.free_slots.size(), kThreadCache / 2);
  slots.assign(all.free_slots.end() - static_cast<std::ptrdiff_t>(count), all.free_slots.end());
  all.free_slots.resize(all.free_slots.size() - count);
}

void give_back(uint32_t index) {
  cache.slots.push_back(index);
  if (cache.slots.size() < kThreadCache) return;
  Table& all = table();
  std::lock_guard<std::mutex> lock(all.mutex);
  const auto half = cache.slots.begin() + kThreadCache / 2;
  all.free_slots.insert(all.free_slots.end(), half, cache.slots.end());
  cache.slots.erase(half, cache.slots.end());
}

Slot* find(uint32_t index) {
  Slot* chunk = table().chunks[index >> kChunkBits].load(std::memory_order_acquire);
  return chunk == nullptr ? nullptr : chunk + (index & (kChunkSize - 1));
}

uint32_t slot_of(Handle handle) { return static_cast<uint32_t>(handle & ((1U << kSlotBits) - 1)); }
uint64_t generation_of(Handle handle) { return handle >> kSlotBits; }

bool is_named_by(const Slot& slot, Handle handle) { return slot.live && slot.generation == generation_of(handle); }

bool set_owner(Handle handle, Owner owner) {
  Slot* slot = find(slot_of(handle));
  if (slot == nullptr) return false;
  SlotLock lock(*slot);
  if (!is_named_by(*slot, handle)) return false;
  slot->owner = owner;
  return true;
}

// The handle of the tensor in a slot if it is an owner's.
std::optional<Handle> handle_of(uint32_t index, Owner owner) {
  Slot& slot = *find(index);
  SlotLock lock(slot);
  if (!slot.live || slot.owner != owner) return std::nullopt;
  return (static_cast<uint64_t>(slot.generation) << kSlotBits) | index;
}

}  // namespace

Handle insert(at::Tensor tensor) {
  if (cache.slots.empty()) refill(cache.slots);
  const uint32_t index = cache.slots.back();
  cache.slots.pop_back();
  Slot& slot = *find(index);
  SlotLock lock(slot);
  slot.tensor = std::move(tensor);
  slot.live = true;
  slot.owner = current_owner;
  table().live.fetch_add(1, std::memory_order_relaxed);
  return (static_cast<uint64_t>(slot.generation) << kSlotBits) | index;
}

at::Tensor get(Handle handle) {
  Slot* slot = find(slot_of(handle));
  if (slot != nullptr) {
    SlotLock lock(*slot);
    if (is_named_by(*slot, handle)) return slot->tensor;
  }
  throw StaleHandle(handle);
}

bool release(Handle handle) {
  Slot* slot = find(slot_of(handle));
  if (slot == nullptr) return false;
  at::Tensor dying;  // freed outside the lock: a tensor's destructor may run arbitrary code
  {
    SlotLock lock(*slot);
    if (!is_named_by(*slot, handle)) return false;
    dying = std::move(slot->tensor);
    slot->live = false;
    ++slot->generation;
  }
  table().live.fetch_sub(1, std::memory_order_relaxed);
  // A slot whose generations are used up retires, so that no handle value is ever given out twice.
  if (slot->generation <= kMaxGeneration) give_back(slot_of(handle));
  return true;
}

bool alive(Handle handle) {
  Slot* slot = find(slot_of(handle));
  if (slot == nullptr) return false;
  SlotLock lock(*slot);
  return is_named_by(*slot, handle);
}

Owner begin_owner() {
  static std::atomic<Owner> last{0};
  current_owner = ++last;
  return current_owner;
}

bool disown(Handle handle) { return set_owner(handle, 0); }

bool take(Handle handle) { return set_owner(handle, current_owner); }

void release_all(Owner owner) {
  Table& all = table();
  uint32_t chunks = 0;
  {
    std::lock_guard<std::mutex> lock(all.mutex);
    chunks = all.used_chunks;
  }
  for (uint32_t index = 0; index < chunks << kChunkBits; ++index) {
    if (const auto handle = handle_of(index, owner)) release(*handle);
  }
}

int64_t live_count() { return table().live.load(std::memory_order_relaxed); }

}  // namespace fastai::handles
