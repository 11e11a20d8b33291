#include "cpp/nn/batch_norm.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "cpp/core/node_pointer.h"
#include "cpp/core/plain.h"
#include "cpp/nn/batch_norm_kernels.h"

namespace fastai::nn {
namespace {

using MaybeTensor = std::optional<at::Tensor>;

constexpr int64_t kGrain = 1 << 17;  // numbers of a thread's share, at least: some 30 us

at::Tensor given(const MaybeTensor& tensor) { return tensor.value_or(at::Tensor()); }

bool is_known(const at::Tensor& tensor) { return is_float_on_cpu(tensor) && is_plain(tensor); }

/// Parameters and statistics: none, or [channels].
bool is_by_channel(const MaybeTensor& tensor, int64_t channels) {
  if (!tensor || !tensor->defined()) return true;
  return is_known(*tensor) && tensor->dim() == 1 && tensor->size(0) == channels && tensor->is_contiguous();
}

std::optional<Layout> layout_of(const at::Tensor& x) {
  if (x.dim() < 2 || x.numel() == 0 || !x.is_contiguous()) return std::nullopt;
  return layout_for(x.size(0), x.size(1), x.numel() / (x.size(0) * x.size(1)));
}

/// Calls body(begin, end) for parts of the channels, on all threads: one by one where a channel lies in pieces, as it
/// mostly stays in a core's cache from one pass over it to the next.
template <typename Body>
void share(const Layout& layout, Body body) {
  const int64_t grain = std::max<int64_t>(1, kGrain / layout.count());
  at::parallel_for(0, layout.channels(), grain, [&](int64_t begin, int64_t end) {
    const int64_t step = layout.pixels > 1 ? 1 : end - begin;
    for (int64_t channel = begin; channel < end; channel += step) body(channel, channel + step);
  });
}

/// Numbers that each unit has.
struct ByUnit {
  const Layout& layout;
  std::vector<float> values = std::vector<float>(layout.units);

  void set(int64_t channel, double value) {
    std::fill_n(values.begin() + channel * layout.repeats, layout.repeats, static_cast<float>(value));
  }
};

/// Sums of the units, and of the channels.
struct Sums {
  const Layout& layout;
  std::vector<double> by_unit = std::vector<double>(layout.units);

  double of(int64_t channel) const {
    const auto first = by_unit.begin() + channel * layout.repeats;
    return std::accumulate(first, first + layout.repeats, 0.0);
  }
};

const float* data_of(const at::Tensor& tensor) { return tensor.defined() ? tensor.const_data_ptr<float>() : nullptr; }

void follow(const MaybeTensor& running, double momentum, int64_t channel, double now) {
  if (!running || !running->defined()) return;
  float& value = running->mutable_data_ptr<float>()[channel];
  value = static_cast<float>(momentum * now + (1 - momentum) * value);
}

/// Gives x, weight and bias their gradients.
struct BatchNormBackward final : torch::autograd::Node {
  torch::autograd::SavedVariable x_;
  torch::autograd::SavedVariable weight_;
  at::Tensor mean_;
  at::Tensor inverse_;  // 1 / deviation
  double eps_ = 0;

  std::string name() const override { return "BatchNormBackward"; }

  void release_variables() override {
    x_.reset_data();
    weight_.reset_data();
    mean_.reset();
    inverse_.reset();
  }

  torch::autograd::variable_list apply(torch::autograd::variable_list&& gradients) override {
    if (!gradients[0].defined()) return torch::autograd::variable_list(3);
    const at::Tensor x = x_.unpack();
    const at::Tensor weight = weight_.unpack();
    const std::array<bool, 3> wanted{task_should_compute_output(0), task_should_compute_output(1),
                                     task_should_compute_output(2)};
    const auto layout = layout_of(x);
    if (at::GradMode::is_enabled() || !layout || !is_known(gradients[0])) {
      auto [dx, dw, db] = at::native_batch_norm_backward(gradients[0], x, weight, {}, {}, mean_, inverse_, true, eps_, wanted);
      return {dx, dw, db};
    }
    return own(*layout, gradients[0].contiguous(x.suggest_memory_format()), x, weight, wanted);
  }

 private:
  torch::autograd::variable_list own(const Layout& layout, const at::Tensor& dy, const at::Tensor& x,
                                     const at::Tensor& weight, const std::array<bool, 3>& wanted) const {
    const auto count = static_cast<double>(layout.count());
    const auto* means = mean_.const_data_ptr<float>();
    const auto* inverse = inverse_.const_data_ptr<float>();
    const float* factor = data_of(weight);
    torch::autograd::variable_list result(3);
    if (wanted[0]) result[0] = at::empty_like(x);
    for (size_t i = 1; i < 3; ++i) {
      if (wanted[i]) result[i] = at::empty_like(mean_);
    }
    auto* dw = wanted[1] ? result[1].mutable_data_ptr<float>() : nullptr;
    auto* db = wanted[2] ? result[2].mutable_data_ptr<float>() : nullptr;
    Sums sum{layout};
    Sums dot{layout};
    ByUnit mean{layout};
    ByUnit dy_mean{layout};
    ByUnit slope{layout};
    ByUnit scale{layout};
    const Backward tensors{x.const_data_ptr<float>(), dy.const_data_ptr<float>(), mean.values.data(),
                           dy_mean.values.data(),     slope.values.data(),        scale.values.data(),
                           wanted[0] ? result[0].mutable_data_ptr<float>() : nullptr};
    share(layout, [&](int64_t begin, int64_t end) {
      for (int64_t c = begin; c < end; ++c) mean.set(c, means[c]);
      const int64_t first = begin * layout.repeats;
      const int64_t last = end * layout.repeats;
      gradient_sums(layout, tensors, sum.by_unit.data(), dot.by_unit.data(), first, last);
      for (int64_t c = begin; c < end; ++c) {
        const double dy_sum = sum.of(c);
        const double dy_dot = dot.of(c);
        if (dw != nullptr) dw[c] = static_cast<float>(dy_dot * inverse[c]);
        if (db != nullptr) db[c] = static_cast<float>(dy_sum);
        dy_mean.set(c, dy_sum / count);
        slope.set(c, dy_dot * inverse[c] * inverse[c] / count);
        scale.set(c, factor == nullptr ? inverse[c] : inverse[c] * factor[c]);
      }
      if (wanted[0]) gradient(layout, tensors, first, last);
    });
    return result;
  }
};

struct Normalised {
  at::Tensor y;
  at::Tensor mean;
  at::Tensor inverse;
};

Normalised forward(const Layout& layout, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                   const MaybeTensor& running_mean, const MaybeTensor& running_var, double momentum, double eps) {
  const auto count = static_cast<double>(layout.count());
  const int64_t channels = layout.channels();
  Normalised out{at::empty_like(x), at::empty({channels}, x.options()), at::empty({channels}, x.options())};
  auto* means = out.mean.mutable_data_ptr<float>();
  auto* inverse = out.inverse.mutable_data_ptr<float>();
  const float* factor = data_of(weight);
  const float* summand = data_of(bias);
  Sums sum{layout};
  ByUnit mean{layout};
  ByUnit scale{layout};
  ByUnit shift{layout};
  const Forward tensors{x.const_data_ptr<float>(), mean.values.data(), scale.values.data(), shift.values.data(),
                        out.y.mutable_data_ptr<float>()};
  share(layout, [&](int64_t begin, int64_t end) {
    const int64_t first = begin * layout.repeats;
    const int64_t last = end * layout.repeats;
    sums(layout, tensors.x, sum.by_unit.data(), first, last);
    for (int64_t c = begin; c < end; ++c) {
      means[c] = static_cast<float>(sum.of(c) / count);
      mean.set(c, means[c]);
      follow(running_mean, momentum, c, means[c]);
    }
    squares(layout, tensors.x, tensors.mean, sum.by_unit.data(), first, last);
    for (int64_t c = begin; c < end; ++c) {
      const double distance = sum.of(c);
      inverse[c] = static_cast<float>(1 / std::sqrt(distance / count + eps));
      scale.set(c, factor == nullptr ? inverse[c] : inverse[c] * factor[c]);
      shift.set(c, summand == nullptr ? 0 : summand[c]);
      follow(running_var, momentum, c, distance / (count - 1));
    }
    normalise(layout, tensors, first, last);
  });
  return out;
}

}  // namespace

at::Tensor batch_norm(const at::Tensor& x, const MaybeTensor& weight, const MaybeTensor& bias,
                      const MaybeTensor& running_mean, const MaybeTensor& running_var, bool training, double momentum,
                      double eps, bool cudnn_enabled) {
  const auto layout = training && is_known(x) && !is_transforming() ? layout_of(x) : std::nullopt;
  const bool known = layout && std::ranges::all_of(std::array{&weight, &bias, &running_mean, &running_var},
                                                   [&](const auto* one) { return is_by_channel(*one, layout->channels()); });
  if (!known) {
    return at::batch_norm(x, weight, bias, running_mean, running_var, training, momentum, eps, cudnn_enabled);
  }
  const auto recorded = [](const MaybeTensor& one) { return one && one->defined() && one->requires_grad(); };
  const bool records = at::GradMode::is_enabled() && (recorded(x) || recorded(weight) || recorded(bias));
  Normalised result = [&] {
    at::AutoDispatchBelowADInplaceOrView guard;
    return forward(*layout, x, given(weight), given(bias), running_mean, running_var, momentum, eps);
  }();
  if (!records) return result.y;
  auto node = std::make_unique<BatchNormBackward>();
  node->set_next_edges(torch::autograd::collect_next_edges(x, given(weight), given(bias)));
  node->x_ = torch::autograd::SavedVariable(x, false);
  node->weight_ = torch::autograd::SavedVariable(given(weight), false);
  node->mean_ = result.mean;
  node->inverse_ = result.inverse;
  node->eps_ = eps;
  torch::autograd::set_history(result.y, autograd::node_pointer(std::move(node)));
  return result.y;
}

}  // namespace fastai::nn
