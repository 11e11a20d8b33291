#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace fastai::vision {

/// A rectangle of interleaved 8-bit pixels that somebody else owns: [height, width, channels], rows `stride` bytes apart.
struct ImageView {
  const uint8_t* data = nullptr;
  int64_t width = 0;
  int64_t height = 0;
  int64_t channels = 0;
  int64_t stride = 0;

  const uint8_t* row(int64_t y) const { return data + y * stride; }
};

/// Memory of a size known beforehand that is written before it is read, so it is not cleared.
class Bytes {
 public:
  Bytes() = default;
  explicit Bytes(size_t size) : memory_(static_cast<uint8_t*>(std::malloc(size > 0 ? size : 1))), size_(size) {
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

/// Interleaved 8-bit pixels [height, width, channels] without gaps between the rows, not cleared.
struct Image {
  Bytes data;
  int64_t width = 0;
  int64_t height = 0;
  int64_t channels = 0;

  Image() = default;
  Image(int64_t w, int64_t h, int64_t c) : data(static_cast<size_t>(w * h * c)), width(w), height(h), channels(c) {}

  uint8_t* row(int64_t y) { return data.data() + y * width * channels; }
  ImageView view() const { return {data.data(), width, height, channels, width * channels}; }
};

}  // namespace fastai::vision
