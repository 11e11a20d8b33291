// Euclidean norms of a list of tensors, registered as an operator of the namespace `fastai`.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/library.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "cpp/core/clones.h"
#include "cpp/core/plain.h"

namespace fastai::optim {
namespace {

// NOTE [ parts ]
// libtorch takes each tensor's norm by itself, on one thread. Here all are cut into parts of one size, and the parts are
// shared out: the sums do not depend on how many threads there are.
constexpr int64_t kPart = 1 << 14;
constexpr int64_t kGrain = 4;  // parts of a thread's share, at least: some 10 us
constexpr int kLanes = 32;

struct Part {
  const float* numbers;
  int64_t size;
  size_t tensor;
};

FASTAI_CLONES double squares(const float* numbers, int64_t size) {
  std::array<float, kLanes> lane{};
  int64_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    for (int j = 0; j < kLanes; ++j) lane[j] += numbers[i + j] * numbers[i + j];
  }
  double sum = 0;
  for (; i < size; ++i) sum += static_cast<double>(numbers[i]) * numbers[i];
  for (const float part : lane) sum += part;
  return sum;
}

at::Tensor norms(at::TensorList tensors) {
  TORCH_CHECK(!tensors.empty(), "expected at least one tensor, got an empty list");
  if (!std::all_of(tensors.begin(), tensors.end(), is_float_on_cpu)) return at::stack(at::_foreach_norm(tensors));
  std::vector<at::Tensor> dense;
  std::vector<Part> parts;
  for (size_t i = 0; i < tensors.size(); ++i) {
    dense.push_back(tensors[i].is_non_overlapping_and_dense() ? tensors[i] : tensors[i].contiguous());
    const auto* numbers = dense.back().const_data_ptr<float>();
    const int64_t size = tensors[i].numel();
    for (int64_t at = 0; at < size; at += kPart) parts.push_back({numbers + at, std::min(kPart, size - at), i});
  }
  std::vector<double> sums(parts.size());
  at::parallel_for(0, static_cast<int64_t>(parts.size()), kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) sums[i] = squares(parts[i].numbers, parts[i].size);
  });
  std::vector<double> totals(tensors.size());
  for (size_t i = 0; i < parts.size(); ++i) totals[parts[i].tensor] += sums[i];
  at::Tensor result = at::empty({static_cast<int64_t>(tensors.size())}, tensors[0].options());
  std::transform(totals.begin(), totals.end(), result.mutable_data_ptr<float>(),
                 [](double total) { return static_cast<float>(std::sqrt(total)); });
  return result;
}

}  // namespace
}  // namespace fastai::optim

TORCH_LIBRARY_FRAGMENT(fastai, library) { library.def("norms(Tensor[] tensors) -> Tensor"); }
TORCH_LIBRARY_IMPL(fastai, CompositeExplicitAutograd, library) { library.impl("norms", fastai::optim::norms); }
