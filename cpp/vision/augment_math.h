// What augmentation does with one pixel: where it comes from, how its light changes. Part of the loops of augment.cc
// and of the CUDA kernels in augment_kernels.cu alike, so it needs no header where CUDA compiles it.
#pragma once

#if defined(__CUDACC__)
#define FASTAI_BODY __device__ __forceinline__
#else
#include <bit>
#include <cmath>
// Bodies become part of the loop around them, for its instruction set.
#define FASTAI_BODY inline __attribute__((always_inline))
#endif

namespace fastai::vision {

enum class Padding : int { Zeros = 0, Border = 1, Reflection = 2 };

#if defined(__CUDACC__)
FASTAI_BODY int bits_of(float x) { return __float_as_int(x); }
FASTAI_BODY float float_of(int bits) { return __int_as_float(bits); }
#else
FASTAI_BODY int bits_of(float x) { return std::bit_cast<int>(x); }
FASTAI_BODY float float_of(int bits) { return std::bit_cast<float>(bits); }
#endif

/// What is no number becomes the lower bound.
FASTAI_BODY float within(float low, float high, float x) {
  const float above = x > low ? x : low;
  return above < high ? above : high;
}

/// -1..1 over `size` points; the middle for one point.
struct Axis {
  float start;
  float step;
};
FASTAI_BODY Axis axis_of(int size, bool align_corners) {
  const auto n = static_cast<float>(size);
  const float reach = align_corners ? 1.0F : (n - 1) / n;
  return size > 1 ? Axis{-reach, 2 * reach / (n - 1)} : Axis{0, 0};
}

/// From -1..1 to pixels, and how pixels beyond the border are mirrored: at `high` and, two `span`s apart, again.
struct Side {
  float factor;
  float shift;
  float low;
  float high;
  float span;
  float turns;  // 1 / (2 * span)
  float last;
};
FASTAI_BODY Side side_of(int size, bool align_corners) {
  const auto n = static_cast<float>(size);
  const float factor = (align_corners ? n - 1 : n) / 2;
  const float span = align_corners ? (n > 2 ? n - 1 : 1) : n;
  const float low = align_corners ? 0 : -0.5F;
  return {factor, align_corners ? factor : factor - 0.5F, low, low + span, span, 0.5F / span, n - 1};
}

FASTAI_BODY float mirrored(float x, const Side& side) {
  const float distance = fabsf(x - side.low);
  const float rest = distance - 2 * side.span * floorf(distance * side.turns);
  return side.high - fabsf(rest - side.span);
}

/// A coordinate on the image, or, padding with zeros, up to one pixel beside it. Wild maps lead anywhere, or to no
/// number; they, too, end on a pixel.
template <Padding padding>
FASTAI_BODY float padded(float x, const Side& side) {
  if constexpr (padding == Padding::Zeros) return within(-1, side.last + 1, x);
  if constexpr (padding == Padding::Border) return within(0, side.last, x);
  return within(0, side.last, mirrored(x, side));
}

struct Place {
  float column;
  float row;
};

/// Where the point (x, y) of the output, in -1..1, comes from, in pixels. Source: the projective map of AUG-15, AUG-16.
template <Padding padding>
FASTAI_BODY Place place_of(const float* map, float x, float y, const Side& across, const Side& down) {
  const float w = 1 / (map[6] * x + (map[7] * y + map[8]));
  const float column = (map[0] * x + (map[1] * y + map[2])) * w;
  const float row = (map[3] * x + (map[4] * y + map[5])) * w;
  return {padded<padding>(column * across.factor + across.shift, across),
          padded<padding>(row * down.factor + down.shift, down)};
}

/// log2 of a positive normal number, to about 5e-6: its exponent, and a polynomial for what lies around 1.
FASTAI_BODY float log2_of(float x) {
  const int middle = 0x3f3504f3;  // sqrt(1/2): the rest lies between it and sqrt(2)
  const int shifted = bits_of(x) - middle;
  const float f = float_of((shifted & 0x007fffff) + middle) - 1;
  const float series = 1.442703027F + f * (-0.721223504F + f * (0.479671254F + f * (-0.365855726F +
                       f * (0.319826302F + f * -0.211530204F))));
  return static_cast<float>(shifted >> 23) + f * series;
}

/// 2^x, to about 3e-6 of it, for x within -126..126: a polynomial around the nearest whole number.
FASTAI_BODY float exp2_of(float x) {
  const float magic = 12582912;  // 1.5 * 2^23: behind it, floats are whole, and their lowest bits are the number
  const float shifted = x + magic;
  const float f = x - (shifted - magic);
  const float series = 1.0000001510F + f * (0.6931210358F + f * (0.2402186578F + f * (0.0559220258F +
                       f * 0.0096856998F)));
  return float_of(bits_of(series) + (bits_of(shifted) << 23));
}

/// What is done with the light of an image: logits times a number, plus their grey times another, plus a third.
struct Light {
  float scale;
  float grey;     // 0 but for images of three channels
  float shift;    // in powers of two
  float darkest;  // the range of (1 - v) / v: what logits are kept in, and what powers of two can hold
  float brightest;
};
/// From the first three of an image's numbers: scale, shift, grey.
FASTAI_BODY Light light_of(const float* change) {
  const float in_powers = within(-100, 100, change[1] * 1.442695041F);  // 1 / ln 2
  // Values are kept 1e-7 away from 0 and, as floats are, 2^-23 away from 1.
  const float most = (126 - fabsf(in_powers)) / (fabsf(change[0]) + fabsf(change[2]));
  const float darkest = exp2_of(within(0, 23.2534966F, most));
  return {change[0], change[2], in_powers, darkest, exp2_of(-within(0, 23, most))};
}
FASTAI_BODY bool changes_light(const float* change) { return change[0] != 1 || change[1] != 0 || change[2] != 0; }

/// -logit(v), in powers of two. Source: TOR-11.
FASTAI_BODY float dimness(float value, const Light& light) {
  const float v = value > 0 ? value : 0;
  return log2_of(within(light.brightest, light.darkest, (1 - v) / v));
}

/// sigmoid(scale * logit(v) + shift). Source: AUG-18, AUG-19.
FASTAI_BODY float lit(float value, const Light& light) {
  return 1 / (1 + exp2_of(light.scale * dimness(value, light) - light.shift));
}

/// The same for a pixel of three colours, with their grey. Source: AUG-20, the weights of ITU-R 601-2.
FASTAI_BODY void light_colors(float& red, float& green, float& blue, const Light& light) {
  const float r = dimness(red, light);
  const float g = dimness(green, light);
  const float b = dimness(blue, light);
  const float rest = light.grey * (0.2989F * r + 0.587F * g + 0.114F * b) - light.shift;
  red = 1 / (1 + exp2_of(light.scale * r + rest));
  green = 1 / (1 + exp2_of(light.scale * g + rest));
  blue = 1 / (1 + exp2_of(light.scale * b + rest));
}

/// How far a colour falls below the brightest, as a part of the range of all three, at a hue in sixths of the circle.
FASTAI_BODY float dip_at(float sixths) {
  const float place = sixths - 6 * floorf(sixths / 6);
  return within(0, 1, 2 - fabsf(place - 2));
}

/// Turns the circle of hues by a part of it; value and saturation stay. Source: AUG-21.
FASTAI_BODY void turn_hue(float& red, float& green, float& blue, float turn) {
  const float warm = red > green ? red : green;
  const float cool = red > green ? green : red;
  const float high = warm > blue ? warm : blue;
  const float range = high - (cool < blue ? cool : blue);
  const float unit = 1 / (range > 0 ? range : 1);  // grey has no hue, and stays
  const float from_red = (green - blue) * unit;
  const float from_green = (blue - red) * unit + 2;
  const float from_blue = (red - green) * unit + 4;
  const float sixths = (red == high ? from_red : green == high ? from_green : from_blue) + 6 * turn;
  red = high - range * dip_at(sixths + 5);
  green = high - range * dip_at(sixths + 3);
  blue = high - range * dip_at(sixths + 1);
}

}  // namespace fastai::vision
