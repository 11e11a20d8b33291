#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace fastai {

/// Memory that std::free() ends. What is large lies in large pages where the system has some: the first touch of each page
/// costs as much as writing it.
inline uint8_t* allocate(size_t size) {
#if defined(__linux__)
  constexpr size_t kPage = size_t{1} << 21;
  if (size >= 2 * kPage) {
    const size_t whole = (size + kPage - 1) / kPage * kPage;
    auto* memory = static_cast<uint8_t*>(std::aligned_alloc(kPage, whole));
    if (memory != nullptr) madvise(memory, whole, MADV_HUGEPAGE);
    return memory;
  }
#endif
  return static_cast<uint8_t*>(std::malloc(size > 0 ? size : 1));
}

/// Memory of a size known beforehand that is written before it is read, so it is not cleared.
class Bytes {
 public:
  Bytes() = default;
  explicit Bytes(size_t size) : memory_(allocate(size)), size_(size) {
    if (memory_ == nullptr) throw std::bad_alloc();
  }

  uint8_t* data() { return memory_.get(); }
  const uint8_t* data() const { return memory_.get(); }
  size_t size() const { return size_; }
  /// Gives the memory away; std::free() ends it.
  uint8_t* release() {
    size_ = 0;
    return memory_.release();
  }

 private:
  struct Free {
    void operator()(uint8_t* memory) const { std::free(memory); }
  };
  std::unique_ptr<uint8_t, Free> memory_;
  size_t size_ = 0;
};

}  // namespace fastai
