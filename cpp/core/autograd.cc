#include "cpp/core/autograd.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>
#include <torch/csrc/autograd/variable.h>

#include <memory>
#include <utility>

#include "cpp/core/node_pointer.h"
#include "cpp/core/small_work.h"

namespace fastai::autograd {
namespace {

using torch::autograd::variable_list;

class CallbackNode final : public torch::autograd::Node {
 public:
  CallbackNode(std::string name, BackwardCallback callback) : name_(std::move(name)), callback_(std::move(callback)) {}

  void save(const Tensors& tensors, const std::vector<bool>& is_output) {
    for (size_t i = 0; i < tensors.size(); ++i) saved_.emplace_back(tensors[i], is_output[i]);
  }
  variable_list apply(variable_list&& gradients) override {
    TORCH_CHECK(callback_ != nullptr, name_,
                ": the graph was freed by an earlier backward. Pass retainGraph: true to go through it again.");
    Tensors saved;
    for (const auto& variable : saved_) saved.push_back(variable.unpack(getptr()));
    variable_list results = callback_(gradients, saved);
    results.resize(num_outputs());
    return results;
  }
  void release_variables() override {
    saved_.clear();
    callback_ = nullptr;
  }
  std::string name() const override { return name_; }

 private:
  std::string name_;
  BackwardCallback callback_;
  std::vector<torch::autograd::SavedVariable> saved_;
};

class NodeHookCall final : public torch::autograd::FunctionPostHook {
 public:
  explicit NodeHookCall(NodeHook hook) : hook_(std::move(hook)) {}
  variable_list operator()(const variable_list& computed, const variable_list& given) override {
    hook_(computed, given);
    return computed;
  }

 private:
  NodeHook hook_;
};

bool contains(const Tensors& tensors, const at::Tensor& tensor) {
  for (const auto& other : tensors) {
    if (other.is_same(tensor)) return true;
  }
  return false;
}

bool any_requires_grad(const Tensors& tensors) {
  for (const auto& tensor : tensors) {
    if (tensor.defined() && tensor.requires_grad()) return true;
  }
  return false;
}

}  // namespace

void backward(const Tensors& roots, const Tensors& gradients, const BackwardOptions& options) {
  const small_work::OneThread guard(small_work::is_small_graph(roots));
  torch::autograd::backward(roots, gradients, options.retain_graph || options.create_graph, options.create_graph);
}

Tensors grad(const Tensors& roots, const Tensors& inputs, const Tensors& gradients, const BackwardOptions& options) {
  const small_work::OneThread guard(small_work::is_small_graph(roots));
  return torch::autograd::grad(roots, inputs, gradients, options.retain_graph || options.create_graph,
                               options.create_graph, options.allow_unused);
}

at::Tensor gradient(const at::Tensor& tensor) { return tensor.grad(); }

void set_gradient(const at::Tensor& tensor, const at::Tensor& gradient) {
  if (gradient.defined()) {
    TORCH_CHECK_VALUE(gradient.sizes() == tensor.sizes(), "expected shape ", tensor.sizes(), ", got ",
                      gradient.sizes());
    TORCH_CHECK_TYPE(gradient.device() == tensor.device(), "expected a tensor on ", tensor.device(), ", got ",
                     gradient.device());
  }
  tensor.mutable_grad() = gradient;
}

void set_requires_grad(const at::Tensor& tensor, bool value) {
  TORCH_CHECK_VALUE(tensor.is_leaf() || value,
                    "only a leaf can stop requiring a gradient; use detach() on a result");
  tensor.requires_grad_(value);
}

std::string grad_fn_name(const at::Tensor& tensor) {
  const auto& node = tensor.grad_fn();
  return node == nullptr ? "" : node->name();
}

void set_data(const at::Tensor& tensor, const at::Tensor& source) { tensor.set_data(source); }

unsigned register_hook(const at::Tensor& tensor, Hook hook) {
  TORCH_CHECK_VALUE(tensor.requires_grad(), "expected a tensor that requires a gradient");
  return tensor.register_hook([hook = std::move(hook)](at::Tensor gradient) -> at::Tensor { return hook(gradient); });
}

void remove_hook(const at::Tensor& tensor, unsigned position) { tensor.remove_hook(position); }

void register_node_hook(const at::Tensor& tensor, NodeHook hook) {
  TORCH_CHECK_VALUE(tensor.grad_fn() != nullptr, "expected a tensor that a recorded function made");
  tensor.grad_fn()->add_post_hook(std::make_unique<NodeHookCall>(std::move(hook)));
}

Tensors attach(const std::string& name, const Tensors& inputs, Tensors outputs, const Tensors& saved,
               BackwardCallback callback) {
  for (auto& output : outputs) {
    if (contains(inputs, output) || output.is_view()) output = output.detach();
  }
  if (!at::GradMode::is_enabled() || !any_requires_grad(inputs)) return outputs;
  auto owned = std::make_unique<CallbackNode>(name, std::move(callback));
  CallbackNode* node = owned.get();
  const NodePointer function = node_pointer(std::move(owned));
  node->set_next_edges(torch::autograd::collect_next_edges(inputs));
  std::vector<bool> is_output;
  for (const auto& tensor : saved) is_output.push_back(contains(outputs, tensor));
  for (auto& output : outputs) {
    if (torch::autograd::isDifferentiableType(output.scalar_type())) {
      torch::autograd::set_history(output, function);
    } else {
      node->add_input_metadata(torch::autograd::Node::undefined_input());
    }
  }
  node->save(saved, is_output);
  return outputs;
}

}  // namespace fastai::autograd
