#include "cpp/core/small_work.h"

#include <dlfcn.h>
#include <torch/csrc/autograd/function.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace fastai::small_work {
namespace {

// NOTE [ small work ]
// Elementwise operators share their work from 32,768 elements on, but matrix products, convolutions, normalisation and
// the fused optimizers fork for any size. Handing out work and waiting for it costs some ten microseconds on an idle
// machine and a hundred times that on a busy one, where the other thread may not even run: a step of a 32-64-32-2
// network (batches of 64) took 450 us on one thread and 540 to 2,400 us on two (2026-11, two cores). So these run on the
// calling thread when they are small, and so does a backward pass in whose graph everything is. Tensors that are put together
// are copied one by one, each shared by itself: of the time that a loader of photos took, with threads that decode the next
// ones, more than half was waiting for the other half of such a copy.
constexpr int64_t kSmallElements = 1 << 15;  // libtorch's own grain
constexpr int64_t kSmallProducts = 1 << 21;  // multiply-adds: about 60 us of one core
constexpr int64_t kSmallCopy = 1 << 18;      // elements: some tens of microseconds of one core
constexpr size_t kSmallGraph = 512;          // functions; beyond, looking would cost more than it gains

using SetThreads = void (*)(int);
using GetThreads = int (*)();

template <typename Function>
Function symbol(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
}

// libtorch brings its own OpenMP and, in most builds, MKL, whose count outranks OpenMP's once it was set.
struct Threads {
  GetThreads get = symbol<GetThreads>("omp_get_max_threads");
  SetThreads set = symbol<SetThreads>("omp_set_num_threads");
  SetThreads set_mkl = symbol<SetThreads>("MKL_Set_Num_Threads_Local");
};

const Threads& threads() {
  static const Threads found;
  return found;
}

const std::unordered_map<std::string, Cost>& costs() {
  static const std::unordered_map<std::string, Cost> table = [] {
    std::unordered_map<std::string, Cost> result;
    const auto add = [&](Cost cost, std::initializer_list<const char*> names) {
      for (const char* name : names) result.emplace(std::string("aten::") + name, cost);
    };
    add(Cost::Product, {"linear", "mm", "matmul", "bmm", "mv"});
    add(Cost::SumAndProduct, {"addmm", "baddbmm", "addmv"});
    add(Cost::Convolution, {"conv1d", "conv2d", "conv3d", "convolution"});
    add(Cost::Elements, {"batch_norm", "native_batch_norm", "layer_norm", "native_layer_norm", "group_norm",
                         "native_group_norm", "instance_norm", "rms_norm", "softmax", "log_softmax", "_softmax",
                         "_log_softmax", "nll_loss", "cross_entropy_loss", "max_pool2d", "avg_pool2d"});
    add(Cost::Copies, {"stack", "cat", "concat", "concatenate", "hstack", "vstack", "dstack", "column_stack"});
    return result;
  }();
  return table;
}

using Operands = c10::ArrayRef<const at::Tensor*>;

bool few_elements(const torch::jit::Stack& arguments) {
  int64_t sum = 0;
  for (const auto& argument : arguments) {
    if (!argument.isTensor()) continue;
    const at::Tensor& tensor = argument.toTensor();
    sum += tensor.defined() ? tensor.numel() : 0;
  }
  return sum <= kSmallElements;
}

// The tensors of a list are worked on one after the other, each shared among the threads by itself: their mean size counts.
bool few_elements_each(const torch::jit::Stack& arguments, int64_t most) {
  for (const auto& argument : arguments) {
    if (!argument.isTensorList()) continue;
    const auto tensors = argument.toTensorList();
    int64_t sum = 0;
    for (const at::Tensor& tensor : tensors) sum += tensor.defined() ? tensor.numel() : 0;
    return sum <= most * static_cast<int64_t>(tensors.size());
  }
  return false;
}

bool few_elements(Operands operands) {
  int64_t sum = 0;
  for (const at::Tensor* tensor : operands) sum += tensor->defined() ? tensor->numel() : 0;
  return sum <= kSmallElements;
}

// Each element of one factor meets each of the other, but for the dimension that the two share: `shared` of `a`.
bool few_products(const at::Tensor& a, int64_t shared, const at::Tensor& b) {
  if (!a.defined() || !b.defined() || a.dim() == 0) return false;
  const int64_t size = a.size(shared < a.dim() ? shared : 0);
  return size > 0 && b.numel() * (a.numel() / size) <= kSmallProducts;
}

// A matrix product whose factors begin at position `first`.
bool few_products_from(Operands operands, size_t first) {
  if (operands.size() < first + 2) return false;
  const at::Tensor& a = *operands[first];
  return few_products(a, a.defined() ? a.dim() - 1 : 0, *operands[first + 1]);
}

// Takes the gradient of a leaf, perhaps transposed first, as linear layers have it.
bool of_leaf(const torch::autograd::Node& function) {
  if (function.num_outputs() != 1) return function.num_outputs() == 0;
  const auto& next = function.next_edge(0).function;
  return next == nullptr || next->num_outputs() == 0;
}

// What the functions of a backward pass have to do, told by the gradients that they take: that of a weight was a product
// over all rows of a batch.
struct Gradients {
  int64_t rows = 0;     // of the tallest gradient
  int64_t weights = 0;  // elements of the largest weight

  bool add(const torch::autograd::Node& function) {
    for (uint32_t i = 0; i < function.num_inputs(); ++i) {
      if (!add(function.input_metadata(i), of_leaf(function))) return false;
    }
    return rows * weights <= kSmallProducts;
  }

 private:
  bool add(const torch::autograd::InputMetadata& gradient, bool leaf) {
    if (gradient.is_nested_tensor()) return false;
    const auto shape = gradient.shape_as_dim_vector();
    int64_t count = 1;
    for (const auto& size : shape) {
      const auto known = size.maybe_as_int();
      if (!known) return false;
      count *= *known;
    }
    if (count > kSmallElements) return false;
    if (count == 0 || shape.size() < 2) return true;
    const int64_t features = *shape[shape.size() > 3 ? 1 : shape.size() - 1].maybe_as_int();
    int64_t& largest = leaf ? weights : rows;
    largest = std::max(largest, leaf ? count : count / features);
    return true;
  }
};

}  // namespace

Cost cost_of(const std::string& name) {
  const auto found = costs().find(name);
  if (found != costs().end()) return found->second;
  const bool over_lists = name.rfind("aten::_foreach_", 0) == 0 || name.rfind("aten::_fused_", 0) == 0;
  return over_lists ? Cost::Lists : Cost::Own;
}

bool is_small(Cost cost, const torch::jit::Stack& arguments) {
  if (cost == Cost::Own) return false;
  if (cost == Cost::Elements) return few_elements(arguments);
  if (cost == Cost::Lists) return few_elements_each(arguments, kSmallElements);
  if (cost == Cost::Copies) return few_elements_each(arguments, kSmallCopy);
  c10::SmallVector<const at::Tensor*, 3> factors;
  for (size_t i = 0; i < arguments.size() && i < 3; ++i) {
    if (arguments[i].isTensor()) factors.push_back(&arguments[i].toTensor());
  }
  return is_small(cost, factors);
}

bool is_small(Cost cost, Operands operands) {
  switch (cost) {
    case Cost::Own:
    case Cost::Lists:
    case Cost::Copies: return false;
    case Cost::Elements: return few_elements(operands);
    case Cost::Product: return few_products_from(operands, 0);
    case Cost::SumAndProduct: return few_products_from(operands, 1);
    case Cost::Convolution: return operands.size() > 1 && few_products(*operands[1], 1, *operands[0]);
  }
  return false;
}

bool is_small_graph(const std::vector<at::Tensor>& roots) {
  std::vector<const torch::autograd::Node*> open;
  std::unordered_set<const torch::autograd::Node*> seen;
  Gradients gradients;
  const auto visit = [&](const torch::autograd::Node* function) {
    if (function != nullptr && seen.insert(function).second) open.push_back(function);
  };
  for (const auto& root : roots) visit(root.grad_fn().get());
  while (!open.empty()) {
    const torch::autograd::Node* function = open.back();
    open.pop_back();
    if (seen.size() > kSmallGraph || !gradients.add(*function)) return false;
    for (const auto& edge : function->next_edges()) visit(edge.function.get());
  }
  return true;
}

OneThread::OneThread(bool when) {
  if (!when) return;
  const Threads& count = threads();
  if (count.get == nullptr || count.set == nullptr) return;
  const int before = count.get();
  if (before <= 1) return;
  before_ = before;
  count.set(1);
  if (count.set_mkl != nullptr) count.set_mkl(1);
}

OneThread::~OneThread() {
  if (before_ == 0) return;
  threads().set(before_);
  if (threads().set_mkl != nullptr) threads().set_mkl(0);
}

}  // namespace fastai::small_work
