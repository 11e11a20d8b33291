#include "cpp/nn/batch_norm_kernels.h"

#include <algorithm>
#include <array>
#include <vector>

#include "cpp/core/clones.h"

namespace fastai::nn {
namespace {

constexpr int kLanes = 16;           // numbers that are added side by side
constexpr int64_t kHandOver = 2048;  // numbers added up in floats before a double takes their sum over
constexpr int64_t kHandOverRows = kHandOver / kLanes;
constexpr int64_t kFewPixels = 256;  // of a channel: going over whole rows is faster below

template <int K>
using Terms = std::array<float, K>;

template <int K>
struct Lanes {
  std::array<std::array<float, kLanes>, K> lane{};

  void add(int at, const Terms<K>& terms) {
    for (int k = 0; k < K; ++k) lane[k][at] += terms[k];
  }

  void hand_over(std::array<double, K>& totals) {
    for (int k = 0; k < K; ++k) {
      for (const float part : lane[k]) totals[k] += part;
      lane[k].fill(0);
    }
  }
};

/// Adds up term(position, unit) over a unit whose pixels lie in pieces.
template <int K, typename Term>
inline std::array<double, K> unit_sums(const Layout& layout, int64_t unit, Term term) {
  std::array<double, K> totals{};
  Lanes<K> lanes;
  int64_t held = 0;
  for (int64_t sample = 0; sample < layout.samples; ++sample) {
    const int64_t start = (sample * layout.units + unit) * layout.pixels;
    for (int64_t first = 0; first < layout.pixels; first += kHandOver) {
      const int64_t count = std::min(kHandOver, layout.pixels - first);
      const int64_t at = start + first;
      int64_t i = 0;
      for (; i + kLanes <= count; i += kLanes) {
        for (int j = 0; j < kLanes; ++j) lanes.add(j, term(at + i + j, unit));
      }
      for (int j = 0; i + j < count; ++j) lanes.add(j, term(at + i + j, unit));
      held += count;
      if (held < kHandOver) continue;
      lanes.hand_over(totals);
      held = 0;
    }
  }
  lanes.hand_over(totals);
  return totals;
}

/// Adds up term(position, unit) over units of one pixel, row by row.
template <int K, typename Term, typename Store>
inline void row_sums(const Layout& layout, int64_t begin, int64_t end, Term term, Store store) {
  const int64_t width = end - begin;
  std::vector<float> lane(K * width);
  std::vector<double> total(K * width);
  const auto hand_over = [&] {
    for (size_t i = 0; i < lane.size(); ++i) total[i] += lane[i];
    std::fill(lane.begin(), lane.end(), 0.0F);
  };
  for (int64_t row = 0; row < layout.samples; ++row) {
    const int64_t at = row * layout.units + begin;
    std::array<float*, K> to;
    for (int k = 0; k < K; ++k) to[k] = lane.data() + k * width;
    for (int64_t i = 0; i < width; ++i) {
      const Terms<K> terms = term(at + i, begin + i);
      for (int k = 0; k < K; ++k) to[k][i] += terms[k];
    }
    if (row % kHandOverRows == kHandOverRows - 1) hand_over();
  }
  hand_over();
  for (int64_t i = 0; i < width; ++i) {
    std::array<double, K> sums;
    for (int k = 0; k < K; ++k) sums[k] = total[k * width + i];
    store(begin + i, sums);
  }
}

template <int K, typename Term, typename Store>
inline void each_sum(const Layout& layout, int64_t begin, int64_t end, Term term, Store store) {
  if (layout.pixels == 1) return row_sums<K>(layout, begin, end, term, store);
  for (int64_t unit = begin; unit < end; ++unit) store(unit, unit_sums<K>(layout, unit, term));
}

/// Calls body(position, unit) for each number of the units from begin to end.
template <typename Body>
inline void each_number(const Layout& layout, int64_t begin, int64_t end, Body body) {
  for (int64_t sample = 0; sample < layout.samples; ++sample) {
    const int64_t start = sample * layout.units * layout.pixels;
    if (layout.pixels == 1) {
      for (int64_t unit = begin; unit < end; ++unit) body(start + unit, unit);
      continue;
    }
    for (int64_t unit = begin; unit < end; ++unit) {
      const int64_t at = start + unit * layout.pixels;
      for (int64_t i = 0; i < layout.pixels; ++i) body(at + i, unit);
    }
  }
}

}  // namespace

Layout layout_for(int64_t samples, int64_t channels, int64_t pixels) {
  if (pixels < kFewPixels) return {samples, channels * pixels, 1, pixels};
  return {samples, channels, pixels, 1};
}

FASTAI_CLONES void sums(const Layout& layout, const float* x, double* sum, int64_t begin, int64_t end) {
  each_sum<1>(
      layout, begin, end, [=](int64_t at, int64_t) { return Terms<1>{x[at]}; },
      [=](int64_t unit, const std::array<double, 1>& totals) { sum[unit] = totals[0]; });
}

FASTAI_CLONES void squares(const Layout& layout, const float* x, const float* mean, double* sum, int64_t begin,
                           int64_t end) {
  each_sum<1>(
      layout, begin, end,
      [=](int64_t at, int64_t unit) {
        const float distance = x[at] - mean[unit];
        return Terms<1>{distance * distance};
      },
      [=](int64_t unit, const std::array<double, 1>& totals) { sum[unit] = totals[0]; });
}

FASTAI_CLONES void gradient_sums(const Layout& layout, const Backward& tensors, double* sum, double* dot, int64_t begin,
                                 int64_t end) {
  const float* x = tensors.x;
  const float* dy = tensors.dy;
  const float* mean = tensors.mean;
  each_sum<2>(
      layout, begin, end,
      [=](int64_t at, int64_t unit) { return Terms<2>{dy[at], dy[at] * (x[at] - mean[unit])}; },
      [=](int64_t unit, const std::array<double, 2>& totals) {
        sum[unit] = totals[0];
        dot[unit] = totals[1];
      });
}

FASTAI_CLONES void normalise(const Layout& layout, const Forward& tensors, int64_t begin, int64_t end) {
  const auto [x, mean, scale, shift, y] = tensors;
  each_number(layout, begin, end, [=](int64_t at, int64_t unit) {
    y[at] = (x[at] - mean[unit]) * scale[unit] + shift[unit];
  });
}

FASTAI_CLONES void gradient(const Layout& layout, const Backward& tensors, int64_t begin, int64_t end) {
  const auto [x, dy, mean, dy_mean, slope, scale, dx] = tensors;
  each_number(layout, begin, end, [=](int64_t at, int64_t unit) {
    dx[at] = (dy[at] - dy_mean[unit] - (x[at] - mean[unit]) * slope[unit]) * scale[unit];
  });
}

}  // namespace fastai::nn
