// Things that JavaScript holds by a number.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>

namespace fastai {

/// Thread-safe. Lives as long as the process, as threads may outlast static objects: see `numbered`.
template <typename T>
class Numbered {
 public:
  explicit Numbered(std::string what) : what_(std::move(what)) {}

  /// A number that no other thing has.
  uint64_t next() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return ++last_;
  }
  void put(uint64_t id, std::shared_ptr<T> thing) {
    const std::lock_guard<std::mutex> lock(mutex_);
    things_[id] = std::move(thing);
  }
  /// Throws std::invalid_argument when it was released.
  std::shared_ptr<T> at(uint64_t id) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = things_.find(id);
    if (found == things_.end()) throw std::invalid_argument("the " + what_ + " was disposed");
    return found->second;
  }
  void release(uint64_t id) {
    std::shared_ptr<T> last;  // outlives the lock: what it holds may take long to end
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = things_.find(id);
    if (found == things_.end()) return;
    last = std::move(found->second);
    things_.erase(found);
  }

 private:
  std::string what_;
  std::mutex mutex_;
  std::map<uint64_t, std::shared_ptr<T>> things_;
  uint64_t last_ = 0;
};

/// The process's things of this type; `what` is their name for errors.
template <typename T>
Numbered<T>& numbered(const char* what) {
  static Numbered<T>& instance = *std::make_unique<Numbered<T>>(what).release();
  return instance;
}

}  // namespace fastai
