// Autograd as the language side needs it: backward, grad, gradient fields, hooks and nodes whose backward is a callback.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fastai::autograd {

using Tensors = std::vector<at::Tensor>;

struct BackwardOptions {
  bool retain_graph = false;
  bool create_graph = false;
  bool allow_unused = false;
};

/// Accumulates gradients into the leaves. An undefined gradient stands for ones (scalars only).
void backward(const Tensors& roots, const Tensors& gradients, const BackwardOptions& options);
/// Gradients of the roots with respect to the inputs; undefined where unused and allowed.
Tensors grad(const Tensors& roots, const Tensors& inputs, const Tensors& gradients, const BackwardOptions& options);

at::Tensor gradient(const at::Tensor& tensor);
void set_gradient(const at::Tensor& tensor, const at::Tensor& gradient);
void set_requires_grad(const at::Tensor& tensor, bool value);
/// Name of the function that made the tensor; empty for a leaf.
std::string grad_fn_name(const at::Tensor& tensor);
/// Makes `tensor` share `source`'s data, as assignment to `.data` does in Python. Same handle, same autograd identity.
void set_data(const at::Tensor& tensor, const at::Tensor& source);

/// May return an undefined tensor to leave the gradient as it is.
using Hook = std::function<at::Tensor(const at::Tensor&)>;
unsigned register_hook(const at::Tensor& tensor, Hook hook);
void remove_hook(const at::Tensor& tensor, unsigned position);

/// Sees the gradients that a function computed and those it was given.
using NodeHook = std::function<void(const Tensors& computed, const Tensors& given)>;
/// Runs the hook after the function that made the tensor, in every pass. Throws for a leaf.
void register_node_hook(const at::Tensor& tensor, NodeHook hook);

/// Takes gradients of the outputs and the saved tensors; returns one gradient (or undefined) for each input.
using BackwardCallback = std::function<Tensors(const Tensors& gradients, const Tensors& saved)>;
/// Makes the outputs results of a node that runs the callback in backward. Outputs were computed without recording.
/// Returns the tensors to hand out (an output that is an input, or a view, comes back as a new tensor).
Tensors attach(const std::string& name, const Tensors& inputs, Tensors outputs, const Tensors& saved,
               BackwardCallback callback);

}  // namespace fastai::autograd
