// What the operators over embedding tables ask of their tensors.
#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstdint>

namespace fastai::frame {

/// Whether the kernels know these tables: dense on the CPU, float32 or float64, [rows, width] each.
inline bool are_tables(at::TensorList tables) {
  return !tables.empty() && std::all_of(tables.begin(), tables.end(), [&](const at::Tensor& table) {
    const bool known = table.scalar_type() == at::kFloat || table.scalar_type() == at::kDouble;
    return known && table.dim() == 2 && table.is_cpu() && table.is_contiguous() &&
           table.scalar_type() == tables[0].scalar_type();
  });
}

/// Whether these are numbers of rows, int64 [N, columns] on the CPU.
inline bool are_rows(const at::Tensor& rows, int64_t columns) {
  return rows.dim() == 2 && rows.size(1) == columns && rows.scalar_type() == at::kLong && rows.is_cpu();
}

inline void check_row(int64_t row, int64_t size, int64_t column) {
  TORCH_CHECK_INDEX(row >= 0 && row < size, "expected a class from 0 to ", size - 1, " in column ", column, ", got ", row);
}

}  // namespace fastai::frame
