#include "cpp/core/small_blocks.h"

#include <c10/core/impl/alloc_cpu.h>

#include <array>
#include <bit>

namespace fastai::memory {
namespace {

// NOTE [ small blocks ]
// A tensor of a few numbers takes a block with the alignment of vectors, for which glibc cuts a larger one apart, and puts it
// together again when the tensor goes: 80 to 100 ns, a tenth of a small operation (2026-11). A scope ends a hundred tensors at
// once, more than glibc's own lists by thread hold. So freed blocks are kept here, in lists by size: 64, 128, ... 1024 bytes.
constexpr size_t kLeast = 64;
constexpr size_t kLists = 5;
constexpr size_t kMost = kLeast << (kLists - 1);
constexpr size_t kKept = 128;  // of each size, by each thread: 254 KB in all

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kOn = false;  // a kept block is none that is freed
#else
constexpr bool kOn = true;
#endif

/// Freed blocks, the first bytes of each the address of the next.
struct List {
  void* first = nullptr;
  size_t count = 0;

  void push(void* block) {
    *static_cast<void**>(block) = first;
    first = block;
    ++count;
  }
  void* pop() {
    void* block = first;
    first = *static_cast<void**>(block);
    --count;
    return block;
  }
};

// Tensors may be freed while a thread ends, after its lists are gone.
thread_local bool ended = false;

struct Lists {
  std::array<List, kLists> by_size;
  ~Lists() {
    ended = true;
    for (List& list : by_size) {
      while (list.count > 0) c10::free_cpu(list.pop());
    }
  }
};
thread_local Lists lists;

bool is_small(size_t size) { return kOn && size <= kMost && !ended; }

/// The list of the smallest blocks that hold `size` bytes.
size_t list_for(size_t size) { return size <= kLeast ? 0 : std::bit_width((size - 1) / kLeast); }

}  // namespace

size_t block_size(size_t size) { return is_small(size) ? kLeast << list_for(size) : size; }

void* take_block(size_t size) {
  if (!is_small(size)) return nullptr;
  List& list = lists.by_size[list_for(size)];
  return list.count > 0 ? list.pop() : nullptr;
}

bool keep_block(void* block, size_t size) {
  // A block may have some bytes more than were asked for, and goes where all of its list are at most as large.
  if (!kOn || ended || size < kLeast) return false;
  const size_t at = std::bit_width(size / kLeast) - 1;
  if (at >= kLists || lists.by_size[at].count >= kKept) return false;
  lists.by_size[at].push(block);
  return true;
}

}  // namespace fastai::memory
