// LAMB's step for a list of parameters, registered as an operator of the namespace `fastai`.
#include <ATen/ATen.h>
#include <torch/library.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "cpp/core/clones.h"
#include "cpp/optim/averages.h"
#include "cpp/optim/norms.h"
#include "cpp/optim/parts.h"

namespace fastai::optim {
namespace {

// NOTE [ groups ]
// A parameter moves by its direction times a factor that only all of its direction's numbers give. So the parameters are
// gone through twice, in groups that a cache of the usual size still holds the second time: the numbers come from memory
// once, as in Adam's step.
constexpr int64_t kGroup = 1 << 21;  // numbers of a group, unless one parameter has more
constexpr double kMostTrust = 10;

/// One parameter's numbers.
struct Layer {
  float* param;
  const float* grad;
  float* mean;
  float* square;
  int64_t size;
  float* direction;
};

struct Rates {
  Averages averages;
  float mean_scale;    // 1 / (1 - beta1^t)
  float square_scale;  // 1 / sqrt(1 - beta2^t)
  float eps;
  float kept;   // of the parameter, where decay is decoupled
  float decay;  // of the parameter, added to the gradient, where it is not
  double lr;
};

struct Norms {
  double param = 0;  // squared, of the decayed parameter
  double direction = 0;
};

/// Moves the averages, writes the directions.
FASTAI_CLONES Norms prepare(const Layer& layer, const Rates& rates, int64_t begin, int64_t end) {
  const float* __restrict param = layer.param;
  const float* __restrict grad = layer.grad;
  float* __restrict mean = layer.mean;
  float* __restrict square = layer.square;
  float* __restrict direction = layer.direction;
  const auto [averages, mean_scale, square_scale, eps, kept, decay, lr] = rates;
  SquareSum params;
  SquareSum directions;
  const auto direction_at = [=](int64_t i) {
    const float g = std::fma(decay, param[i], grad[i]);
    mean[i] = averages.mean(mean[i], g);
    square[i] = averages.square(square[i], g);
    return mean[i] * mean_scale / (std::sqrt(square[i]) * square_scale + eps);
  };
  int64_t i = begin;
  for (; i + SquareSum::kLanes <= end; i += SquareSum::kLanes) {
    for (int lane = 0; lane < SquareSum::kLanes; ++lane) {
      const float u = direction_at(i + lane);
      direction[i + lane] = u;
      params.add(lane, kept * param[i + lane]);
      directions.add(lane, u);
    }
  }
  for (; i < end; ++i) {
    direction[i] = direction_at(i);
    params.add_last(kept * param[i]);
    directions.add_last(direction[i]);
  }
  return {params.total(), directions.total()};
}

FASTAI_CLONES void move(const Layer& layer, float kept, float rate, int64_t begin, int64_t end) {
  float* __restrict param = layer.param;
  const float* __restrict direction = layer.direction;
  for (int64_t i = begin; i < end; ++i) param[i] = kept * param[i] - rate * direction[i];
}

double trust(const Norms& norms) {
  if (norms.param == 0 || norms.direction == 0) return 1;
  return std::min(std::sqrt(norms.param) / std::sqrt(norms.direction), kMostTrust);
}

void step_group(Layer* layers, size_t count, const Rates& rates, float* room) {
  std::vector<Part> parts;
  for (size_t i = 0; i < count; ++i) {
    layers[i].direction = room;
    room += layers[i].size;
    cut(i, layers[i].size, parts);
  }
  std::vector<Norms> sums(parts.size());
  share_out(parts, [&](size_t i) { sums[i] = prepare(layers[parts[i].tensor], rates, parts[i].begin, parts[i].end); });
  std::vector<Norms> norms(count);
  for (size_t i = 0; i < parts.size(); ++i) {
    norms[parts[i].tensor].param += sums[i].param;
    norms[parts[i].tensor].direction += sums[i].direction;
  }
  share_out(parts, [&](size_t i) {
    const auto rate = static_cast<float>(rates.lr * trust(norms[parts[i].tensor]));
    move(layers[parts[i].tensor], rates.kept, rate, parts[i].begin, parts[i].end);
  });
}

void own_step(std::vector<Layer> layers, const Rates& rates) {
  int64_t largest = kGroup;
  for (const Layer& layer : layers) largest = std::max(largest, layer.size);
  const std::unique_ptr<float[]> room(new float[largest]);
  for (size_t first = 0; first < layers.size();) {
    size_t end = first;
    int64_t size = 0;
    while (end < layers.size() && size + layers[end].size <= largest) size += layers[end++].size;
    step_group(&layers[first], end - first, rates, room.get());
    first = end;
  }
}

/// The same by libtorch's operators: Adam's step from zeros at the rate -1 is the direction.
void composed_step(at::TensorList params, at::TensorList grads, at::TensorList means, at::TensorList squares, double t,
                   double lr, double beta1, double beta2, double weight_decay, double eps, bool decoupled) {
  if (decoupled && weight_decay != 0) at::_foreach_mul_(params, 1 - lr * weight_decay);
  const std::vector<at::Tensor> decayed =
      decoupled || weight_decay == 0 ? grads.vec() : at::_foreach_add(grads, params, weight_decay);
  std::vector<at::Tensor> directions;
  for (const at::Tensor& param : params) directions.push_back(at::zeros_like(param));
  const std::vector<at::Tensor> steps(params.size(), at::full({}, t, params[0].options().dtype(at::kFloat)));
  at::_fused_adamw_(directions, decayed, means, squares, {}, steps, -1, beta1, beta2, 0, eps, false, false);
  const at::Tensor param_norms = norms(params);
  const at::Tensor direction_norms = norms(directions);
  const at::Tensor is_zero = param_norms.eq(0).logical_or_(direction_norms.eq(0));
  const at::Tensor trusts = (param_norms / direction_norms).clamp_max_(kMostTrust).masked_fill_(is_zero, 1);
  at::_foreach_mul_(directions, trusts.unbind());
  at::_foreach_add_(params, directions, -lr);
}

void lamb_(at::TensorList params, at::TensorList grads, at::TensorList means, at::TensorList squares, double t, double lr,
           double beta1, double beta2, double weight_decay, double eps, bool decoupled) {
  if (params.empty()) return;
  if (!lie_alike(params, {grads, means, squares})) {
    return composed_step(params, grads, means, squares, t, lr, beta1, beta2, weight_decay, eps, decoupled);
  }
  std::vector<Layer> layers;
  layers.reserve(params.size());
  for (size_t i = 0; i < params.size(); ++i) {
    layers.push_back({params[i].mutable_data_ptr<float>(), grads[i].const_data_ptr<float>(),
                      means[i].mutable_data_ptr<float>(), squares[i].mutable_data_ptr<float>(), params[i].numel(), nullptr});
  }
  own_step(std::move(layers), {Averages(beta1, beta2), static_cast<float>(1 / (1 - std::pow(beta1, t))),
                               static_cast<float>(1 / std::sqrt(1 - std::pow(beta2, t))), static_cast<float>(eps),
                               static_cast<float>(decoupled ? 1 - lr * weight_decay : 1),
                               static_cast<float>(decoupled ? 0 : weight_decay), lr});
  mark_changed({params, means, squares});
}

}  // namespace
}  // namespace fastai::optim

TORCH_LIBRARY_FRAGMENT(fastai, library) {
  library.def(
      "lamb_(Tensor(a!)[] params, Tensor[] grads, Tensor(b!)[] exp_avgs, Tensor(c!)[] exp_avg_sqs, float step, float lr, "
      "float beta1, float beta2, float weight_decay, float eps, bool decoupled) -> ()");
}
TORCH_LIBRARY_IMPL(fastai, CompositeExplicitAutograd, library) { library.impl("lamb_", fastai::optim::lamb_); }
