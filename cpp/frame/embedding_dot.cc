// Dot products of embeddings with biases, registered as an operator of the namespace `fastai`.
#include <ATen/ATen.h>
#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>
#include <torch/library.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>

#include "cpp/core/node_pointer.h"
#include "cpp/frame/embedding_tables.h"

namespace fastai::frame {
namespace {

using torch::autograd::variable_list;

/// Two tables of vectors, [n, width] and [m, width], and their biases, [n, 1] and [m, 1].
constexpr size_t kTables = 4;
constexpr int64_t kGrain = 1 << 15;  // numbers from which on work is shared
using Tables = std::array<at::Tensor, kTables>;

int64_t column_of(size_t table) { return static_cast<int64_t>(table % 2); }

/// What the operator stands for.
at::Tensor dot_of_each(const at::Tensor& u, const at::Tensor& v, const at::Tensor& u_bias, const at::Tensor& v_bias,
                       const at::Tensor& rows) {
  const at::Tensor first = rows.select(1, 0);
  const at::Tensor second = rows.select(1, 1);
  const at::Tensor dot = (at::embedding(u, first) * at::embedding(v, second)).sum(1);
  return dot + at::embedding(u_bias, first).squeeze(1) + at::embedding(v_bias, second).squeeze(1);
}

/// Whether the kernels below know these tensors.
bool is_plain(const Tables& tables, const at::Tensor& rows) {
  if (!are_tables(tables) || !are_rows(rows, 2)) return false;
  const auto& [u, v, u_bias, v_bias] = tables;
  return u.size(1) == v.size(1) && u_bias.size(1) == 1 && v_bias.size(1) == 1 && u_bias.size(0) == u.size(0) &&
         v_bias.size(0) == v.size(0);
}

/// Asks for a vector before it is needed: rows are drawn at random, and a step of an optimizer has emptied the caches.
template <typename Number>
void prefetch(const at::Tensor& table, int64_t row) {
  constexpr int64_t kLine = 64 / sizeof(Number);
  constexpr int64_t kMost = 16 * kLine;  // of longer vectors the processor sees what comes
  if (row < 0 || row >= table.size(0)) return;
  const Number* vector = table.const_data_ptr<Number>() + row * table.size(1);
  for (int64_t d = 0; d < std::min(table.size(1), kMost); d += kLine) __builtin_prefetch(vector + d);
}

/// The dot products; `vectors` ([2, N, width], where defined) receives what was multiplied.
template <typename Number>
void dot(const Tables& tables, const at::Tensor& rows, at::Tensor& out, at::Tensor& vectors) {
  constexpr int64_t kAhead = 8;
  const int64_t samples = rows.size(0);
  const int64_t width = tables[0].size(1);
  const auto* row = rows.const_data_ptr<int64_t>();
  auto* score = out.mutable_data_ptr<Number>();
  auto* kept = vectors.defined() ? vectors.mutable_data_ptr<Number>() : nullptr;
  const auto row_of = [&](int64_t n, size_t i) {
    return row[n * rows.stride(0) + static_cast<int64_t>(i) * rows.stride(1)];
  };
  for (int64_t n = -kAhead; n < samples; ++n) {
    for (size_t i = 0; i < kTables && n + kAhead < samples; ++i) prefetch<Number>(tables[i], row_of(n + kAhead, i % 2));
    if (n < 0) continue;
    std::array<const Number*, 2> vector{};
    std::array<Number, 2> bias{};
    for (size_t i = 0; i < 2; ++i) {
      const int64_t at = row_of(n, i);
      check_row(at, tables[i].size(0), static_cast<int64_t>(i));
      vector[i] = tables[i].const_data_ptr<Number>() + at * width;
      bias[i] = tables[i + 2].const_data_ptr<Number>()[at];
      if (kept != nullptr) std::copy_n(vector[i], width, kept + (static_cast<int64_t>(i) * samples + n) * width);
    }
    Number sum = 0;
    for (int64_t d = 0; d < width; ++d) sum += vector[0][d] * vector[1][d];
    score[n] = sum + bias[0] + bias[1];
  }
}

at::Tensor dot_into(const Tables& tables, const at::Tensor& rows, at::Tensor& vectors) {
  at::Tensor out = at::empty({rows.size(0)}, tables[0].options());
  AT_DISPATCH_FLOATING_TYPES(out.scalar_type(), "embedding_dot", [&] { dot<scalar_t>(tables, rows, out, vectors); });
  return out;
}

at::Tensor embedding_dot(const at::Tensor& u, const at::Tensor& v, const at::Tensor& u_bias, const at::Tensor& v_bias,
                         const at::Tensor& rows) {
  const Tables tables{u, v, u_bias, v_bias};
  if (!is_plain(tables, rows)) return dot_of_each(u, v, u_bias, v_bias, rows);
  at::Tensor nothing;
  return dot_into(tables, rows, nothing);
}

/// The gradients of a table of vectors and of its biases, where they are wanted.
template <typename Number>
struct Target {
  Number* vectors;  // [count, width]
  Number* biases;   // [count]
  int64_t count;
  const int64_t* rows;    // [N], `stride` apart
  const Number* factors;  // [N, width]: what each sample's vector was multiplied with
  int64_t stride;

  /// Fills the rows from begin to end: zeros, to which each sample adds its gradient, in their order.
  void fill(const Number* gradient, int64_t samples, int64_t width, int64_t begin, int64_t end) const {
    if (vectors != nullptr) std::fill(vectors + begin * width, vectors + end * width, Number(0));
    if (biases != nullptr) std::fill(biases + begin, biases + end, Number(0));
    for (int64_t n = 0; n < samples; ++n) {
      const int64_t at = rows[n * stride];
      if (at < begin || at >= end) continue;
      if (biases != nullptr) biases[at] += gradient[n];
      if (vectors == nullptr) continue;
      Number* to = vectors + at * width;
      for (int64_t d = 0; d < width; ++d) to[d] += gradient[n] * factors[n * width + d];
    }
  }
};

/// Gives each table that needs one its gradient.
struct EmbeddingDotBackward final : torch::autograd::Node {
  torch::autograd::SavedVariable rows_;
  at::Tensor vectors_;                                    // [2, N, width], as they were multiplied
  std::array<torch::autograd::SavedVariable, 2> tables_;  // of the vectors; for a gradient to be differentiated only
  std::array<std::array<int64_t, 2>, kTables> sizes_{};   // rows and width

  std::string name() const override { return "EmbeddingDotBackward"; }

  void release_variables() override {
    rows_.reset_data();
    vectors_.reset();
    for (auto& table : tables_) table.reset_data();
  }

  variable_list apply(variable_list&& gradients) override {
    variable_list result(kTables);
    if (!gradients[0].defined()) return result;
    const at::Tensor rows = rows_.unpack();
    const at::Tensor gradient = gradients[0].contiguous();
    const bool is_differentiable = at::GradMode::is_enabled();
    for (size_t i = 0; i < kTables; ++i) {
      if (!task_should_compute_output(i)) continue;
      result[i] = is_differentiable ? differentiable(gradient, rows, i) : at::empty(sizes_[i], gradient.options());
    }
    if (!is_differentiable) {
      AT_DISPATCH_FLOATING_TYPES(gradient.scalar_type(), "embedding_dot", [&] { fill<scalar_t>(gradient, rows, result); });
    }
    return result;
  }

 private:
  at::Tensor differentiable(const at::Tensor& gradient, const at::Tensor& rows, size_t i) {
    at::Tensor own = gradient.unsqueeze(1);
    if (i < 2) own = own * at::embedding(tables_[1 - i].unpack(), rows.select(1, column_of(1 - i)));
    return at::embedding_dense_backward(own, rows.select(1, column_of(i)), sizes_[i][0], -1, false);
  }

  /// Both tables' rows are shared among threads as if they were one's.
  template <typename Number>
  void fill(const at::Tensor& gradient, const at::Tensor& rows, variable_list& result) const {
    const int64_t samples = rows.size(0);
    const int64_t width = sizes_[0][1];
    const auto target = [&](size_t i) {
      const auto data = [&](size_t table) {
        return result[table].defined() ? result[table].template mutable_data_ptr<Number>() : nullptr;
      };
      const int64_t column = static_cast<int64_t>(i);
      return Target<Number>{data(i),
                            data(i + 2),
                            sizes_[i][0],
                            rows.const_data_ptr<int64_t>() + column * rows.stride(1),
                            vectors_.const_data_ptr<Number>() + (1 - column) * samples * width,
                            rows.stride(0)};
    };
    const std::array<Target<Number>, 2> targets{target(0), target(1)};
    const int64_t first = targets[0].count;
    const auto* source = gradient.const_data_ptr<Number>();
    const int64_t grain = kGrain / std::max<int64_t>(width, 1) + 1;
    at::parallel_for(0, first + targets[1].count, grain, [&](int64_t begin, int64_t end) {
      targets[0].fill(source, samples, width, std::min(begin, first), std::min(end, first));
      targets[1].fill(source, samples, width, std::max(begin, first) - first, std::max(end, first) - first);
    });
  }
};

at::Tensor embedding_dot_autograd(const at::Tensor& u, const at::Tensor& v, const at::Tensor& u_bias,
                                  const at::Tensor& v_bias, const at::Tensor& rows) {
  const Tables tables{u, v, u_bias, v_bias};
  const auto any = [&](const auto& test) { return std::any_of(tables.begin(), tables.end(), test); };
  const bool forward_mode = any([](const at::Tensor& table) { return table._fw_grad(0).defined(); });
  if (forward_mode || !is_plain(tables, rows)) return dot_of_each(u, v, u_bias, v_bias, rows);
  const bool recorded = at::GradMode::is_enabled() && any([](const at::Tensor& table) { return table.requires_grad(); });
  at::Tensor vectors;
  at::Tensor out = [&] {
    at::AutoDispatchBelowADInplaceOrView guard;
    if (recorded) vectors = at::empty({2, rows.size(0), u.size(1)}, u.options());
    return dot_into(tables, rows, vectors);
  }();
  if (!recorded) return out;
  auto node = std::make_unique<EmbeddingDotBackward>();
  node->set_next_edges(torch::autograd::collect_next_edges(u, v, u_bias, v_bias));
  node->rows_ = torch::autograd::SavedVariable(rows, false);
  node->vectors_ = vectors;
  for (size_t i = 0; i < 2; ++i) node->tables_[i] = torch::autograd::SavedVariable(tables[i], false);
  for (size_t i = 0; i < kTables; ++i) node->sizes_[i] = {tables[i].size(0), tables[i].size(1)};
  torch::autograd::set_history(out, autograd::node_pointer(std::move(node)));
  return out;
}

}  // namespace
}  // namespace fastai::frame

TORCH_LIBRARY_FRAGMENT(fastai, library) {
  library.def("embedding_dot(Tensor u, Tensor v, Tensor u_bias, Tensor v_bias, Tensor rows) -> Tensor");
}
TORCH_LIBRARY_IMPL(fastai, CompositeImplicitAutograd, library) {
  library.impl("embedding_dot", fastai::frame::dot_of_each);
}
// vmap takes what it stands for, instead of one call for each sample.
TORCH_LIBRARY_IMPL(fastai, FuncTorchBatchedDecomposition, library) {
  library.impl("embedding_dot", fastai::frame::dot_of_each);
}
TORCH_LIBRARY_IMPL(fastai, CPU, library) { library.impl("embedding_dot", fastai::frame::embedding_dot); }
TORCH_LIBRARY_IMPL(fastai, AutogradCPU, library) {
  library.impl("embedding_dot", fastai::frame::embedding_dot_autograd);
}
