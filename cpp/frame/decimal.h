// Decimal numbers as they stand in text files.
#pragma once

#include <string_view>

namespace fastai::frame {

/// A number and how it is written.
struct Decimal {
  double value = 0;
  bool whole = false;  // digits alone, perhaps with a sign
};

/// Reads the number that begins at `at`: sign, digits with or without a point, exponent. Returns the place behind it, or
/// `at` itself where none begins. The value is the double that is nearest to what is written.
const char* read_decimal(const char* at, const char* end, Decimal& result);

/// Whether the whole text is a number, spaces around it aside, or "inf" or "infinity" of either sign.
bool is_decimal(std::string_view text, Decimal& result);

}  // namespace fastai::frame
