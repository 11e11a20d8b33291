// How libtorch holds the functions of its graph: in shared_ptr until 2.12, by references counted inside them from 2.13 on.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/csrc/autograd/function.h>

#include <memory>
#include <type_traits>
#include <utility>

namespace fastai::autograd {

using NodePointer = std::decay_t<decltype(std::declval<const at::Tensor&>().grad_fn())>;

template <typename Pointer>
Pointer node_pointer_as(std::unique_ptr<torch::autograd::Node> node) {
  if constexpr (std::is_same_v<Pointer, std::shared_ptr<torch::autograd::Node>>) {
    // libtorch's own deleter takes long graphs apart without recursion.
    return Pointer(node.release(), [](auto* function) { deleteNode(function); });
  } else {
    return Pointer::unsafe_steal_from_new(node.release());
  }
}

/// Hands a function over to a graph.
inline NodePointer node_pointer(std::unique_ptr<torch::autograd::Node> node) {
  return node_pointer_as<NodePointer>(std::move(node));
}

}  // namespace fastai::autograd
