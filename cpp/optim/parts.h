// Lists of tensors cut into parts of one size, that threads share.
#pragma once

#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

namespace fastai::optim {

// NOTE [ parts ]
// libtorch shares out each tensor by itself: for a network of a hundred and sixty parameters it hands out work and waits for
// it as often. Here all tensors are cut into parts, and the parts shared out once. Each thread takes the next part when it is
// done with one, as a core that another program works on too would keep all others waiting for its half. The cuts do not
// depend on the number of threads, and so sums over parts do not either.
constexpr int64_t kPart = 1 << 14;
constexpr int64_t kShare = 1 << 16;  // numbers for which a thread is worth waking: some 20 us of work

/// Numbers from begin to end of the tensor at a place in a list.
struct Part {
  size_t tensor;
  int64_t begin;
  int64_t end;
};

/// Cuts a tensor's numbers into parts.
inline void cut(size_t tensor, int64_t size, std::vector<Part>& parts) {
  for (int64_t begin = 0; begin < size; begin += kPart) parts.push_back({tensor, begin, std::min(size, begin + kPart)});
}

/// Calls work(i) for each part, on as many threads as there is work for.
template <typename Work>
void share_out(const std::vector<Part>& parts, const Work& work) {
  int64_t size = 0;
  for (const Part& part : parts) size += part.end - part.begin;
  const int64_t sharers = std::min<int64_t>(at::get_num_threads(), (size + kShare - 1) / kShare);
  std::atomic<size_t> next{0};
  at::parallel_for(0, sharers, 1, [&](int64_t, int64_t) {
    for (size_t i = next++; i < parts.size(); i = next++) work(i);
  });
}

/// A sum of squares in the lanes of vector instructions; what is left over at the end of a part is added in float64.
class SquareSum {
 public:
  static constexpr int kLanes = 32;

  void add(int lane, float number) { lanes_[lane] += number * number; }
  void add_last(float number) { last_ += static_cast<double>(number) * number; }

  double total() const {
    double sum = last_;
    for (const float lane : lanes_) sum += lane;
    return sum;
  }

 private:
  std::array<float, kLanes> lanes_{};
  double last_ = 0;
};

}  // namespace fastai::optim
