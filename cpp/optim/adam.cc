// Adam's step for a list of parameters, registered as an operator of the namespace `fastai`.
#include <ATen/ATen.h>
#include <torch/library.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "cpp/core/clones.h"
#include "cpp/optim/averages.h"
#include "cpp/optim/parts.h"

namespace fastai::optim {
namespace {

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
  Averages averages;
  float eps;
  float kept;   // of the parameter, where decay is decoupled
  float decay;  // of the parameter, added to the gradient, where it is not
  float sign;   // -1 climbs
};

/// number / divisor, rounded as a division rounds it, for the price of three multiplications: the quotient is mended by what
/// it leaves over (Markstein 1990). `inverse` is 1 / divisor, rounded.
inline float divided(float number, float divisor, float inverse) {
  const float quotient = number * inverse;
  const float left = std::fma(-divisor, quotient, number);
  const float mended = std::fma(left, inverse, quotient);
  return quotient <= std::numeric_limits<float>::max() ? mended : quotient;
}

FASTAI_CLONES void step(const Span& span, const Hypers& hypers, int64_t begin, int64_t end) {
  float* __restrict param = span.param;
  const float* __restrict grad = span.grad;
  float* __restrict mean = span.mean;
  float* __restrict square = span.square;
  const auto [averages, eps, kept, decay, sign] = hypers;
  const float length = span.step;
  const float correction = span.correction;
  const float inverse = 1 / correction;
  for (int64_t i = begin; i < end; ++i) {
    const float g = std::fma(decay, param[i], sign * grad[i]);
    const float m = averages.mean(mean[i], g);
    const float v = averages.square(square[i], g);
    mean[i] = m;
    square[i] = v;
    param[i] = param[i] * kept + -length * m / (divided(std::sqrt(v), correction, inverse) + eps);
  }
}

/// Whether the loop above knows these counts of steps.
bool are_counts(at::TensorList steps, size_t count) {
  return steps.size() == count && std::all_of(steps.begin(), steps.end(), [](const at::Tensor& step) {
           return is_float_on_cpu(step) && step.numel() == 1;
         });
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

void own_step(const std::vector<Span>& spans, const Hypers& hypers) {
  std::vector<Part> parts;
  for (size_t i = 0; i < spans.size(); ++i) cut(i, spans[i].size, parts);
  share_out(parts, [&](size_t i) { step(spans[parts[i].tensor], hypers, parts[i].begin, parts[i].end); });
}

void adam_(at::TensorList params, at::TensorList grads, at::TensorList means, at::TensorList squares,
           at::TensorList maxima, at::TensorList steps, double lr, double beta1, double beta2, double weight_decay,
           double eps, bool amsgrad, bool maximize, bool decoupled) {
  if (amsgrad || !lie_alike(params, {grads, means, squares}) || !are_counts(steps, params.size())) {
    const auto fused = decoupled ? &at::_ops::_fused_adamw_::call : &at::_ops::_fused_adam_::call;
    return fused(params, grads, means, squares, maxima, steps, lr, beta1, beta2, weight_decay, eps, amsgrad, maximize, {}, {});
  }
  const Hypers hypers{Averages(beta1, beta2),
                      static_cast<float>(eps),
                      static_cast<float>(decoupled ? 1 - lr * weight_decay : 1),
                      static_cast<float>(decoupled ? 0 : weight_decay),
                      maximize ? -1.0F : 1.0F};
  own_step(spans_of(params, grads, means, squares, steps, lr, beta1, beta2), hypers);
  mark_changed({params, means, squares});
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
