#include "cpp/nn/mse_loss.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "cpp/core/node_pointer.h"
#include "cpp/nn/few_numbers.h"

namespace fastai::nn {
namespace {

/// The squared differences are combined here, and not left as they are.
bool is_reduced(int64_t reduction) { return reduction == at::Reduction::Mean || reduction == at::Reduction::Sum; }

bool are_known(const at::Tensor& x, const at::Tensor& target, int64_t reduction) {
  return is_reduced(reduction) && are_few(x) && are_few(target) && x.numel() > 0 && x.sizes() == target.sizes();
}

at::Tensor reduced(const at::Tensor& x, const at::Tensor& target, int64_t reduction) {
  constexpr int64_t kLanes = 8;
  std::array<double, kLanes> lanes{};
  const auto* a = x.const_data_ptr<float>();
  const auto* b = target.const_data_ptr<float>();
  const int64_t size = x.numel();
  const auto add = [&](int64_t lane, int64_t i) {
    const float apart = a[i] - b[i];
    lanes[lane] += static_cast<double>(apart * apart);
  };
  int64_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    for (int64_t lane = 0; lane < kLanes; ++lane) add(lane, i + lane);
  }
  for (; i < size; ++i) add(0, i);
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  at::Tensor out = at::empty({}, x.options());
  *out.mutable_data_ptr<float>() =
      static_cast<float>(reduction == at::Reduction::Mean ? sum / static_cast<double>(size) : sum);
  return out;
}

/// Gives predictions and targets their gradients.
struct MseLossBackward final : torch::autograd::Node {
  torch::autograd::SavedVariable x_;
  torch::autograd::SavedVariable target_;
  int64_t reduction_ = at::Reduction::Mean;

  std::string name() const override { return "MseLossBackward"; }

  void release_variables() override {
    x_.reset_data();
    target_.reset_data();
  }

  torch::autograd::variable_list apply(torch::autograd::variable_list&& gradients) override {
    torch::autograd::variable_list result(2);
    if (!gradients[0].defined()) return result;
    const at::Tensor x = x_.unpack();
    const at::Tensor target = target_.unpack();
    const at::Tensor& gradient = gradients[0];
    const bool is_own = !at::GradMode::is_enabled() && are_few(gradient);
    const at::Tensor down =
        is_own ? own(gradient, x, target) : at::mse_loss_backward(gradient, x, target, reduction_);
    if (task_should_compute_output(1)) result[1] = down.neg();
    if (task_should_compute_output(0)) result[0] = down;
    return result;
  }

 private:
  at::Tensor own(const at::Tensor& gradient, const at::Tensor& x, const at::Tensor& target) const {
    at::Tensor out = at::empty_like(x);
    const auto* a = x.const_data_ptr<float>();
    const auto* b = target.const_data_ptr<float>();
    auto* to = out.mutable_data_ptr<float>();
    const float factor = reduction_ == at::Reduction::Mean ? 2.0F / static_cast<float>(x.numel()) : 2.0F;
    const float from = *gradient.const_data_ptr<float>();
    for (int64_t i = 0; i < x.numel(); ++i) to[i] = factor * (a[i] - b[i]) * from;
    return out;
  }
};

}  // namespace

at::Tensor mse_loss(const at::Tensor& x, const at::Tensor& target, int64_t reduction) {
  if (is_transforming() || !are_known(x, target, reduction)) return at::mse_loss(x, target, reduction);
  at::Tensor out = reduced(x, target, reduction);
  if (!at::GradMode::is_enabled() || !(x.requires_grad() || target.requires_grad())) return out;
  auto node = std::make_unique<MseLossBackward>();
  node->set_next_edges(torch::autograd::collect_next_edges(x, target));
  node->x_ = torch::autograd::SavedVariable(x, false);
  node->target_ = torch::autograd::SavedVariable(target, false);
  node->reduction_ = reduction;
  torch::autograd::set_history(out, autograd::node_pointer(std::move(node)));
  return out;
}

}  // namespace fastai::nn
