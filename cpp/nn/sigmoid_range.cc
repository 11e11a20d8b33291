// A sigmoid between two bounds, registered as an operator of the namespace `fastai`.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>
#include <torch/library.h>

#include <memory>
#include <string>
#include <utility>

#include "cpp/core/node_pointer.h"
#include "cpp/nn/few_numbers.h"

namespace fastai::nn {
namespace {

/// What the operator stands for.
at::Tensor composed(const at::Tensor& x, double low, double high) { return at::sigmoid(x) * (high - low) + low; }

at::Tensor stretched(const at::Tensor& sigmoid, double low, double high) {
  at::Tensor out = at::empty_like(sigmoid);
  const auto* from = sigmoid.const_data_ptr<float>();
  auto* to = out.mutable_data_ptr<float>();
  const auto scale = static_cast<float>(high - low);
  const auto least = static_cast<float>(low);
  for (int64_t i = 0; i < sigmoid.numel(); ++i) to[i] = from[i] * scale + least;
  return out;
}

at::Tensor sigmoid_range(const at::Tensor& x, double low, double high) {
  return are_few(x) ? stretched(at::sigmoid(x), low, high) : composed(x, low, high);
}

struct SigmoidRangeBackward final : torch::autograd::Node {
  torch::autograd::SavedVariable x_;  // for a gradient to be differentiated only
  at::Tensor sigmoid_;
  double scale_ = 1;

  std::string name() const override { return "SigmoidRangeBackward"; }

  void release_variables() override {
    x_.reset_data();
    sigmoid_.reset();
  }

  torch::autograd::variable_list apply(torch::autograd::variable_list&& gradients) override {
    if (!gradients[0].defined() || !task_should_compute_output(0)) return torch::autograd::variable_list(1);
    const at::Tensor x = x_.unpack();
    if (at::GradMode::is_enabled() || !are_few(gradients[0])) {
      return {at::sigmoid_backward(gradients[0] * scale_, at::sigmoid(x))};
    }
    return {own(gradients[0])};
  }

 private:
  at::Tensor own(const at::Tensor& gradient) const {
    at::Tensor out = at::empty_like(sigmoid_);
    const auto* from = gradient.const_data_ptr<float>();
    const auto* sigmoid = sigmoid_.const_data_ptr<float>();
    auto* to = out.mutable_data_ptr<float>();
    const auto scale = static_cast<float>(scale_);
    for (int64_t i = 0; i < out.numel(); ++i) to[i] = from[i] * scale * (1 - sigmoid[i]) * sigmoid[i];
    return out;
  }
};

at::Tensor sigmoid_range_autograd(const at::Tensor& x, double low, double high) {
  if (!are_few(x) || is_transforming()) return composed(x, low, high);
  at::Tensor sigmoid;
  at::Tensor out = [&] {
    at::AutoDispatchBelowADInplaceOrView guard;
    sigmoid = at::sigmoid(x);
    return stretched(sigmoid, low, high);
  }();
  if (!at::GradMode::is_enabled() || !x.requires_grad()) return out;
  auto node = std::make_unique<SigmoidRangeBackward>();
  node->set_next_edges(torch::autograd::collect_next_edges(x));
  node->x_ = torch::autograd::SavedVariable(x, false);
  node->sigmoid_ = sigmoid;
  node->scale_ = high - low;
  torch::autograd::set_history(out, autograd::node_pointer(std::move(node)));
  return out;
}

}  // namespace
}  // namespace fastai::nn

TORCH_LIBRARY_FRAGMENT(fastai, library) {
  library.def("sigmoid_range(Tensor x, float low, float high) -> Tensor");
}
TORCH_LIBRARY_IMPL(fastai, CompositeImplicitAutograd, library) {
  library.impl("sigmoid_range", fastai::nn::composed);
}
// vmap takes what it stands for, instead of one call for each sample.
TORCH_LIBRARY_IMPL(fastai, FuncTorchBatchedDecomposition, library) {
  library.impl("sigmoid_range", fastai::nn::composed);
}
TORCH_LIBRARY_IMPL(fastai, CPU, library) { library.impl("sigmoid_range", fastai::nn::sigmoid_range); }
TORCH_LIBRARY_IMPL(fastai, AutogradCPU, library) { library.impl("sigmoid_range", fastai::nn::sigmoid_range_autograd); }
