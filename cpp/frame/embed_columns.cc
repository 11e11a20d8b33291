// Embeddings of several columns of classes at once, registered as an operator of the namespace `fastai`.
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
#include <vector>

#include "cpp/core/node_pointer.h"
#include "cpp/frame/embedding_tables.h"

namespace fastai::frame {
namespace {

using torch::autograd::variable_list;

constexpr int64_t kGrain = 1 << 15;  // elements from which on work is shared

/// What the operator stands for: each table looks its column up, and the vectors stand side by side.
at::Tensor embed_each(at::TensorList tables, const at::Tensor& rows) {
  std::vector<at::Tensor> vectors;
  vectors.reserve(tables.size());
  for (size_t i = 0; i < tables.size(); ++i) {
    vectors.push_back(at::embedding(tables[i], rows.select(1, static_cast<int64_t>(i))));
  }
  return at::cat(vectors, 1);
}

/// Whether the kernels below know these tensors.
bool is_plain(at::TensorList tables, const at::Tensor& rows) {
  return are_tables(tables) && are_rows(rows, static_cast<int64_t>(tables.size()));
}

/// Calls `body(table, first column of its vectors)`.
template <typename Body>
void each_table(at::TensorList tables, const Body& body) {
  int64_t column = 0;
  for (size_t i = 0; i < tables.size(); ++i) {
    body(i, column);
    column += tables[i].size(1);
  }
}

int64_t width_of(at::TensorList tables) {
  int64_t width = 0;
  for (const auto& table : tables) width += table.size(1);
  return width;
}

template <typename Number>
void gather(at::TensorList tables, const at::Tensor& rows, at::Tensor& out) {
  const int64_t width = out.size(1);
  const auto* row = rows.const_data_ptr<int64_t>();
  auto* target = out.mutable_data_ptr<Number>();
  const auto [by_sample, by_column] = std::pair(rows.stride(0), rows.stride(1));
  at::parallel_for(0, rows.size(0), kGrain / std::max<int64_t>(width, 1) + 1, [&](int64_t begin, int64_t end) {
    each_table(tables, [&](size_t i, int64_t column) {
      const auto* table = tables[i].const_data_ptr<Number>();
      const int64_t count = tables[i].size(0);
      const int64_t size = tables[i].size(1);
      for (int64_t n = begin; n < end; ++n) {
        const int64_t at = row[n * by_sample + static_cast<int64_t>(i) * by_column];
        check_row(at, count, static_cast<int64_t>(i));
        std::copy_n(table + at * size, size, target + n * width + column);
      }
    });
  });
}

/// Adds each vector's gradient to its table's row, in the order of the samples.
template <typename Number>
void scatter(const at::Tensor& gradient, const at::Tensor& rows, size_t i, int64_t column, at::Tensor& out) {
  const int64_t size = out.size(1);
  const auto* row = rows.const_data_ptr<int64_t>() + static_cast<int64_t>(i) * rows.stride(1);
  const auto* source = gradient.const_data_ptr<Number>() + column;
  auto* target = out.mutable_data_ptr<Number>();
  for (int64_t n = 0; n < rows.size(0); ++n) {
    Number* to = target + row[n * rows.stride(0)] * size;
    const Number* from = source + n * gradient.size(1);
    for (int64_t d = 0; d < size; ++d) to[d] += from[d];
  }
}

at::Tensor embed_columns(at::TensorList tables, const at::Tensor& rows) {
  if (!is_plain(tables, rows)) return embed_each(tables, rows);
  at::Tensor out = at::empty({rows.size(0), width_of(tables)}, tables[0].options());
  AT_DISPATCH_FLOATING_TYPES(out.scalar_type(), "embed_columns", [&] { gather<scalar_t>(tables, rows, out); });
  return out;
}

/// Gives each table that needs one its gradient.
struct EmbedColumnsBackward final : torch::autograd::Node {
  torch::autograd::SavedVariable rows_;
  std::vector<std::array<int64_t, 2>> sizes_;  // rows and columns of the tables

  std::string name() const override { return "EmbedColumnsBackward"; }

  void release_variables() override { rows_.reset_data(); }

  variable_list apply(variable_list&& gradients) override {
    variable_list result(sizes_.size());
    if (!gradients[0].defined()) return result;
    const at::Tensor rows = rows_.unpack();
    const at::Tensor gradient = gradients[0].contiguous();
    int64_t column = 0;
    for (size_t i = 0; i < sizes_.size(); ++i) {
      if (task_should_compute_output(i)) result[i] = table_gradient(gradient, rows, i, column);
      column += sizes_[i][1];
    }
    return result;
  }

 private:
  at::Tensor table_gradient(const at::Tensor& gradient, const at::Tensor& rows, size_t i, int64_t column) const {
    const auto [count, size] = sizes_[i];
    if (at::GradMode::is_enabled()) {  // it is itself to be differentiated
      const at::Tensor own = gradient.narrow(1, column, size);
      return at::embedding_dense_backward(own, rows.select(1, static_cast<int64_t>(i)), count, -1, false);
    }
    at::Tensor result = at::zeros({count, size}, gradient.options());
    AT_DISPATCH_FLOATING_TYPES(gradient.scalar_type(), "embed_columns",
                               [&] { scatter<scalar_t>(gradient, rows, i, column, result); });
    return result;
  }
};

at::Tensor embed_columns_autograd(at::TensorList tables, const at::Tensor& rows) {
  const auto any = [&](const auto& test) { return std::any_of(tables.begin(), tables.end(), test); };
  const bool forward_mode = any([](const at::Tensor& table) { return table._fw_grad(0).defined(); });
  if (forward_mode || !is_plain(tables, rows)) return embed_each(tables, rows);
  at::Tensor out = [&] {
    at::AutoDispatchBelowADInplaceOrView guard;
    return embed_columns(tables, rows);
  }();
  if (!at::GradMode::is_enabled() || !any([](const at::Tensor& table) { return table.requires_grad(); })) return out;
  auto node = std::make_unique<EmbedColumnsBackward>();
  node->set_next_edges(torch::autograd::collect_next_edges(tables));
  node->rows_ = torch::autograd::SavedVariable(rows, false);
  for (const auto& table : tables) node->sizes_.push_back({table.size(0), table.size(1)});
  torch::autograd::set_history(out, autograd::node_pointer(std::move(node)));
  return out;
}

}  // namespace
}  // namespace fastai::frame

TORCH_LIBRARY_FRAGMENT(fastai, library) { library.def("embed_columns(Tensor[] tables, Tensor rows) -> Tensor"); }
TORCH_LIBRARY_IMPL(fastai, CompositeImplicitAutograd, library) {
  library.impl("embed_columns", fastai::frame::embed_each);
}
// vmap takes what it stands for, instead of one call for each sample.
TORCH_LIBRARY_IMPL(fastai, FuncTorchBatchedDecomposition, library) {
  library.impl("embed_columns", fastai::frame::embed_each);
}
TORCH_LIBRARY_IMPL(fastai, CPU, library) { library.impl("embed_columns", fastai::frame::embed_columns); }
TORCH_LIBRARY_IMPL(fastai, AutogradCPU, library) { library.impl("embed_columns", fastai::frame::embed_columns_autograd); }
