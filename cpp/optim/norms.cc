// Registered as an operator of the namespace `fastai`, too.
#include "cpp/optim/norms.h"

#include <ATen/ATen.h>
#include <torch/library.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "cpp/core/clones.h"
#include "cpp/core/plain.h"
#include "cpp/optim/parts.h"

namespace fastai::optim {
namespace {

FASTAI_CLONES double squares(const float* numbers, int64_t size) {
  SquareSum sum;
  int64_t i = 0;
  for (; i + SquareSum::kLanes <= size; i += SquareSum::kLanes) {
    for (int lane = 0; lane < SquareSum::kLanes; ++lane) sum.add(lane, numbers[i + lane]);
  }
  for (; i < size; ++i) sum.add_last(numbers[i]);
  return sum.total();
}

}  // namespace

at::Tensor norms(at::TensorList tensors) {
  TORCH_CHECK(!tensors.empty(), "expected at least one tensor, got an empty list");
  if (!std::all_of(tensors.begin(), tensors.end(), is_float_on_cpu)) return at::stack(at::_foreach_norm(tensors));
  std::vector<at::Tensor> dense;
  std::vector<Part> parts;
  for (size_t i = 0; i < tensors.size(); ++i) {
    dense.push_back(tensors[i].is_non_overlapping_and_dense() ? tensors[i] : tensors[i].contiguous());
    cut(i, tensors[i].numel(), parts);
  }
  std::vector<double> sums(parts.size());
  share_out(parts, [&](size_t i) {
    const Part& part = parts[i];
    sums[i] = squares(dense[part.tensor].const_data_ptr<float>() + part.begin, part.end - part.begin);
  });
  std::vector<double> totals(tensors.size());
  for (size_t i = 0; i < parts.size(); ++i) totals[parts[i].tensor] += sums[i];
  at::Tensor result = at::empty({static_cast<int64_t>(tensors.size())}, tensors[0].options());
  std::transform(totals.begin(), totals.end(), result.mutable_data_ptr<float>(),
                 [](double total) { return static_cast<float>(std::sqrt(total)); });
  return result;
}

}  // namespace fastai::optim

TORCH_LIBRARY_FRAGMENT(fastai, library) { library.def("norms(Tensor[] tensors) -> Tensor"); }
TORCH_LIBRARY_IMPL(fastai, CompositeExplicitAutograd, library) { library.impl("norms", fastai::optim::norms); }
