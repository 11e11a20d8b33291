// Rows of pixels resized along x, with the arithmetic of Pillow: fixed-point weights, rounded to bytes.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace fastai::vision {

// A pixel is 8 bits; 22 fractional bits leave two bits of headroom in a 32-bit sum.
constexpr int kPrecision = 32 - 8 - 2;
constexpr int32_t kHalf = 1 << (kPrecision - 1);

/// For every output position: the first input position, how many, and their fixed-point weights.
struct Weights {
  int64_t taps = 0;
  std::vector<int64_t> first;
  std::vector<int64_t> count;
  std::vector<int32_t> values;  // [out, taps]
};

inline uint8_t to_byte(int32_t sum) { return static_cast<uint8_t>(std::clamp(sum >> kPrecision, 0, 255)); }

/// Weights with one number of taps for all positions, some of them zero, each within the input: the loop over them then has
/// no end to guess.
struct EvenWeights {
  int64_t taps = 0;
  std::vector<int64_t> first;
  std::vector<int32_t> values;  // [out, taps]

  EvenWeights(const Weights& weights, int64_t in_size);
};

constexpr int64_t kRowsAtOnce = 4;
template <typename Byte>
using Rows = std::array<Byte*, kRowsAtOnce>;

/// Bytes that are read behind the last pixel of a row.
constexpr int64_t kOverrun = 4;

/// Four rows of `channels` (2 to 4) interleaved bytes a pixel, each made `width` pixels long.
void shrink_rows(const Rows<const uint8_t>& in, const EvenWeights& weights, int64_t width, int64_t channels,
                 const Rows<uint8_t>& out);

}  // namespace fastai::vision
