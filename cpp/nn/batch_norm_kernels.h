// The loops of batch normalisation.
#pragma once

#include <cstdint>

namespace fastai::nn {

/// How dense [samples, channels, pixels] are gone over: in units that have `pixels` neighbours each in every sample. A unit
/// is a channel; where its pixels are few, each pixel of a channel is a unit by itself, `repeats` of them a channel.
struct Layout {
  int64_t samples;
  int64_t units;
  int64_t pixels;
  int64_t repeats;

  int64_t channels() const { return units / repeats; }
  int64_t count() const { return samples * pixels * repeats; }  // numbers of a channel
};

/// The layout for these sizes.
Layout layout_for(int64_t samples, int64_t channels, int64_t pixels);

/// y = (x - mean) * scale + shift; all but x and y by unit.
struct Forward {
  const float* x;
  const float* mean;
  const float* scale;
  const float* shift;
  float* y;
};

/// dx = (dy - dy_mean - (x - mean) * slope) * scale; dy_mean and the rest by unit.
struct Backward {
  const float* x;
  const float* dy;
  const float* mean;
  const float* dy_mean;
  const float* slope;
  const float* scale;
  float* dx;
};

// Each function works on the units from `begin` to `end` alone. Sums are by unit.

/// Sums of x.
void sums(const Layout& layout, const float* x, double* sum, int64_t begin, int64_t end);
/// Sums of (x - mean)^2.
void squares(const Layout& layout, const float* x, const float* mean, double* sum, int64_t begin, int64_t end);
/// Sums of dy, and of dy * (x - mean).
void gradient_sums(const Layout& layout, const Backward& tensors, double* sum, double* dot, int64_t begin, int64_t end);
void normalise(const Layout& layout, const Forward& tensors, int64_t begin, int64_t end);
void gradient(const Layout& layout, const Backward& tensors, int64_t begin, int64_t end);

}  // namespace fastai::nn
