// Adam's step for a list of parameters, registered as an operator of the namespace `fastai`.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/library.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "cpp/core/clones.h"
#include "cpp/core/plain.h"

namespace fastai::optim {
namespace {

// NOTE [ one region ]
// libtorch's fused kernels share out each tensor by itself: a hundred and sixty times handing out work and waiting for a
// network of that many parameters. Here the tensors' numbers are counted through, and shared out once. What is computed of
// each number is rounded as libtorch rounds it, operation by operation: training goes on from the same bits.
constexpr int64_t kGrain = 1 << 16;  // numbers of a thread's share, at least: some 20 us

/// One tensor's numbers.
struct Span {
  float* param;
  const float* grad;
  float* mean;
  float* square;
  int64_t size;
  float step;        // lr / (1 - beta1^t)
  float correction;  // sqrt(1 - beta2^t)
};

struct Hypers {
  float new1;  // 1 - beta1
  float beta2;
  float new2;  // 1 - beta2
  float eps;
  float kept;   // of the parameter, where decay is decoupled
  float decay;  // of the parameter, added to the gradient, where it is not
  float sign;   // -1 climbs
};

FASTAI_CLONES void step(const Span& span, const Hypers& hypers, int64_t begin, int64_t end) {
  float* __restrict param = span.param;
  const float* __restrict grad = span.grad;
  float* __restrict mean = span.mean;
  float* __restrict square = span.square;
  const auto [new1, beta2, new2, eps, kept, decay, sign] = hypers;
  const float length = span.step;
  const float correction = span.correction;
  const bool near_mean = new1 < 0.5F;
  for (int64_t i = begin; i < end; ++i) {
    const float g = std::fma(decay, param[i], sign * grad[i]);
    const float m = near_mean ? std::fma(new1, g - mean[i], mean[i]) : std::fma(new1 - 1, g - mean[i], g);
    const float v = std::fma(new2 * g, g, square[i] * beta2);
    mean[i] = m;
    square[i] = v;
    param[i] = param[i] * kept + -length * m / (std::sqrt(v) / correction + eps);
  }
}

bool is_dense_float(const at::Tensor& tensor) {
  return is_float_on_cpu(tensor) && tensor.is_non_overlapping_and_dense();
}

bool lies_as(const at::Tensor& tensor, const at::Tensor& other) {
  return is_dense_float(tensor) && tensor.sizes() == other.sizes() && tensor.strides() == other.strides();
}

/// Whether the loop above knows these lists: what belongs together lies alike in memory.
bool are_known(at::TensorList params, at::TensorList grads, at::TensorList means, at::TensorList squares,
               at::TensorList steps) {
  const size_t count = params.size();
  if (grads.size() != count || means.size() != count || squares.size() != count || steps.size() != count) return false;
  for (size_t i = 0; i < count; ++i) {
    if (!is_dense_float(params[i]) || !is_float_on_cpu(steps[i]) || steps[i].numel() != 1) return false;
    for (const at::Tensor* other : {&grads[i], &means[i], &squares[i]}) {
      if (!lies_as(*other, params[i])) return false;
    }
  }
  return true;
}

std::vector<Span> spans_of(at::TensorList params, at::TensorList grads, at::TensorList means, at::TensorList squares,
                           at::TensorList steps, double lr, double beta1, double beta2) {
  std::vector<Span> spans;
  spans.reserve(params.size());
  for (size_t i = 0; i < params.size(); ++i) {
    const double t = *steps[i].const_data_ptr<float>();
    spans.push_back({params[i].mutable_data_ptr<float>(), grads[i].const_data_ptr<float>(),
                     means[i].mutable_data_ptr<float>(), squares[i].mutable_data_ptr<float>(), params[i].numel(),
                     static_cast<float>(lr / (1 - std::pow(beta1, t))),
                     static_cast<float>(std::sqrt(1 - std::pow(beta2, t)))});
  }
  return spans;
}

/// Steps over the numbers from begin to end, counted through all spans.
void step_part(const std::vector<Span>& spans, const Hypers& hypers, int64_t begin, int64_t end) {
  int64_t first = 0;
  for (const Span& span : spans) {
    const int64_t from = std::max<int64_t>(0, begin - first);
    const int64_t to = std::min(span.size, end - first);
    if (from < to) step(span, hypers, from, to);
    first += span.size;
  }
}

void own_step(const std::vector<Span>& spans, const Hypers& hypers) {
  int64_t size = 0;
  for (const Span& span : spans) size += span.size;
  at::parallel_for(0, size, kGrain, [&](int64_t begin, int64_t end) { step_part(spans, hypers, begin, end); });
}

void adam_(at::TensorList params, at::TensorList grads, at::TensorList means, at::TensorList squares,
           at::TensorList maxima, at::TensorList steps, double lr, double beta1, double beta2, double weight_decay,
           double eps, bool amsgrad, bool maximize, bool decoupled) {
  if (amsgrad || !are_known(params, grads, means, squares, steps)) {
    const auto fused = decoupled ? &at::_ops::_fused_adamw_::call : &at::_ops::_fused_adam_::call;
    return fused(params, grads, means, squares, maxima, steps, lr, beta1, beta2, weight_decay, eps, amsgrad, maximize, {}, {});
  }
  const Hypers hypers{static_cast<float>(1 - beta1),
                      static_cast<float>(beta2),
                      static_cast<float>(1 - beta2),
                      static_cast<float>(eps),
                      static_cast<float>(decoupled ? 1 - lr * weight_decay : 1),
                      static_cast<float>(decoupled ? 0 : weight_decay),
                      maximize ? -1.0F : 1.0F};
  own_step(spans_of(params, grads, means, squares, steps, lr, beta1, beta2), hypers);
  for (const at::TensorList list : {params, means, squares}) {
    for (const at::Tensor& changed : list) torch::autograd::impl::bump_version(changed);
  }
}

}  // namespace
}  // namespace fastai::optim

TORCH_LIBRARY_FRAGMENT(fastai, library) {
  library.def(
      "adam_(Tensor(a!)[] params, Tensor[] grads, Tensor(b!)[] exp_avgs, Tensor(c!)[] exp_avg_sqs, "
      "Tensor(d!)[] max_exp_avg_sqs, Tensor[] state_steps, float lr, float beta1, float beta2, float weight_decay, "
      "float eps, bool amsgrad, bool maximize, bool decoupled) -> ()");
}
TORCH_LIBRARY_IMPL(fastai, CompositeExplicitAutograd, library) { library.impl("adam_", fastai::optim::adam_); }
