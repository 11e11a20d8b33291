// Lists of tensors cut into parts of one size, for sums that do not depend on how many threads there are.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace fastai::optim {

constexpr int64_t kPart = 1 << 14;

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
