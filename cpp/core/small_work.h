// Keeps work too small to share on the calling thread.
#pragma once

#include <ATen/core/stack.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace fastai::small_work {

/// How the time of an operator follows from its arguments. Operators of kind Own decide by themselves.
enum class Cost : uint8_t { Own, Elements, Lists, Copies, Product, SumAndProduct, Convolution };

/// The kind of an operator, by its name ("aten::linear").
Cost cost_of(const std::string& name);
/// Whether a call with these arguments is done sooner by one thread than it is shared among several.
bool is_small(Cost cost, const torch::jit::Stack& arguments);
/// The same for arguments of which only the tensors are known, in their order.
bool is_small(Cost cost, c10::ArrayRef<const at::Tensor*> operands);
/// Whether every gradient that flows in the graph of these roots is small, and the graph too.
bool is_small_graph(const std::vector<at::Tensor>& roots);

/// While it lives, operators called by this thread do not share their work, if `when` says so.
class OneThread {
 public:
  explicit OneThread(bool when);
  ~OneThread();
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_ = 0;  // 0: nothing to restore
};

}  // namespace fastai::small_work
