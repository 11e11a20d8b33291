#include "cpp/nn/linear.h"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>

#include <memory>
#include <string>
#include <utility>

#include "cpp/core/node_pointer.h"
#include "cpp/core/plain.h"

namespace fastai::nn {
namespace {

bool is_known(const at::Tensor& tensor, int64_t dim) {
  return is_plain(tensor) && tensor.dim() == dim && tensor.layout() == at::kStrided &&
         at::isFloatingType(tensor.scalar_type()) && tensor.is_contiguous();
}

/// Gives x, weight and bias their gradients, by operators that are recorded where a gradient is to be differentiated.
struct LinearBackward final : torch::autograd::Node {
  torch::autograd::SavedVariable x_;       // where the weight wants a gradient
  torch::autograd::SavedVariable weight_;  // where x does

  std::string name() const override { return "LinearBackward"; }

  void release_variables() override {
    x_.reset_data();
    weight_.reset_data();
  }

  torch::autograd::variable_list apply(torch::autograd::variable_list&& gradients) override {
    torch::autograd::variable_list result(3);
    const at::Tensor& gradient = gradients[0];
    if (!gradient.defined()) return result;
    if (task_should_compute_output(0)) result[0] = gradient.mm(weight_.unpack());
    if (task_should_compute_output(1)) result[1] = gradient.t().mm(x_.unpack());
    if (task_should_compute_output(2)) result[2] = gradient.sum(0);
    return result;
  }
};

}  // namespace

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias) {
  const bool biased = bias && bias->defined();
  const bool records =
      at::GradMode::is_enabled() && (weight.requires_grad() || x.requires_grad() || (biased && bias->requires_grad()));
  const bool is_as_it_stands = !is_transforming() && !at::autocast::is_autocast_enabled(x.device().type());
  const bool known =
      records && is_as_it_stands && is_known(x, 2) && is_known(weight, 2) && (!biased || is_known(*bias, 1));
  if (!known) return at::linear(x, weight, bias);
  at::Tensor out = [&] {
    at::AutoDispatchBelowADInplaceOrView guard;
    return at::linear(x, weight, bias);
  }();
  auto node = std::make_unique<LinearBackward>();
  node->set_next_edges(torch::autograd::collect_next_edges(x, weight, biased ? *bias : at::Tensor()));
  if (weight.requires_grad()) node->x_ = torch::autograd::SavedVariable(x, false);
  if (x.requires_grad()) node->weight_ = torch::autograd::SavedVariable(weight, false);
  torch::autograd::set_history(out, autograd::node_pointer(std::move(node)));
  return out;
}

}  // namespace fastai::nn
