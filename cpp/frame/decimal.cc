#include "cpp/frame/decimal.h"

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>

namespace fastai::frame {
namespace {

constexpr int kPowers = 23;  // powers of ten that a double holds exactly
constexpr double kPower[kPowers] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr uint64_t kExact = uint64_t{1} << 53;  // integers up to here are doubles
constexpr int kDigits = 19;                     // digits that 64 bits surely hold
constexpr int kFarExponent = 1000000;           // beyond any double, and far from overflowing an int

bool is_digit(char byte) { return static_cast<unsigned char>(byte - '0') < 10; }

bool is_space(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

// NOTE [ eight digits ] Eight bytes are looked at as one number, the first of them lowest. All are digits when each high half
// is 3 and stays so when 6 is added; their value comes of three multiplications that add neighbours to pairs, pairs to fours
// and fours to all eight.
bool are_digits(uint64_t eight) {
  constexpr uint64_t kHigh = 0xf0f0f0f0f0f0f0f0;
  constexpr uint64_t kThrees = 0x3030303030303030;
  return (eight & kHigh) == kThrees && ((eight + 0x0606060606060606) & kHigh) == kThrees;
}

uint64_t value_of(uint64_t eight) {
  eight -= 0x3030303030303030;
  eight = eight * 10 + (eight >> 8);
  constexpr uint64_t kMask = 0x000000ff000000ff;
  return (((eight & kMask) * 0x000f424000000064) + (((eight >> 16) & kMask) * 0x0000271000000001)) >> 32;
}

/// The digits from `at` on, appended to `value`, which wraps around when they are too many; `count` counts them.
const char* digits(const char* at, const char* end, uint64_t& value, int& count) {
  const char* first = at;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  for (uint64_t eight = 0; end - at >= 8; at += 8) {
    std::memcpy(&eight, at, 8);
    if (!are_digits(eight)) break;
    value = value * 100000000 + (value_of(eight) & 0xffffffff);
  }
#endif
  for (; at < end && is_digit(*at); ++at) value = value * 10 + static_cast<uint64_t>(*at - '0');
  count += static_cast<int>(at - first);
  return at;
}

/// The exponent that begins with the e at `at`; `at` itself when no digit follows.
const char* exponent(const char* at, const char* end, int& value) {
  const char* place = at + 1;
  const bool negative = place < end && *place == '-';
  if (place < end && (*place == '-' || *place == '+')) ++place;
  const char* first = place;
  int magnitude = 0;
  for (; place < end && is_digit(*place); ++place) {
    if (magnitude < kFarExponent) magnitude = magnitude * 10 + (*place - '0');
  }
  if (place == first) return at;
  value = negative ? -magnitude : magnitude;
  return place;
}

/// Any number without a sign. The standard library rounds as exactly, but tells nothing of numbers out of range.
double any_decimal(const char* from, const char* end) {
  double value = 0;
  if (std::from_chars(from, end, value).ec == std::errc()) return value;
  return std::strtod(std::string(from, end).c_str(), nullptr);
}

bool is_infinity(std::string_view text) {
  if (text.size() != 3 && text.size() != 8) return false;
  std::string lower;
  for (const char byte : text) lower += static_cast<char>(byte | 32);
  return lower == "inf" || lower == "infinity";
}

}  // namespace

const char* read_decimal(const char* at, const char* end, Decimal& result) {
  const char* start = at;
  const bool negative = at < end && *at == '-';
  if (at < end && (*at == '-' || *at == '+')) ++at;
  const char* first = at;
  uint64_t mantissa = 0;
  int count = 0;
  int scale = 0;
  at = digits(at, end, mantissa, count);
  result.whole = true;
  if (at < end && *at == '.') {
    const int before = count;
    at = digits(at + 1, end, mantissa, count);
    scale = before - count;
    result.whole = false;
  }
  if (count == 0) return start;
  if (at < end && (*at | 32) == 'e') {
    int power = 0;
    const char* behind = exponent(at, end, power);
    if (behind != at) result.whole = false;
    at = behind;
    scale += power;
  }
  double value = 0;
  if (count <= kDigits && mantissa <= kExact && scale > -kPowers && scale < kPowers) {
    value = static_cast<double>(mantissa);
    value = scale < 0 ? value / kPower[-scale] : value * kPower[scale];  // one rounding of two exact numbers
  } else {
    value = any_decimal(first, at);
  }
  result.value = negative ? -value : value;
  return at;
}

bool is_decimal(std::string_view text, Decimal& result) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  if (text.empty()) return false;
  const char* end = text.data() + text.size();
  if (read_decimal(text.data(), end, result) == end) return true;
  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') text.remove_prefix(1);
  if (!is_infinity(text)) return false;
  result = {negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity(), false};
  return true;
}

}  // namespace fastai::frame
