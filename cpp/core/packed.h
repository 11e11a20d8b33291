// The packed form in which arguments and results cross the language border: a stream of doubles, each value led by a
// tag. The tags are mirrored in src/torch/packed.ts.
#pragma once

#include <ATen/core/ivalue.h>

#include <cstdint>
#include <string>
#include <vector>

#include "cpp/core/handle_table.h"

namespace fastai {

enum class Tag : int {
  Default = 0,     // the schema's default
  None = 1,        //
  Tensor = 2,      // handle
  Int = 3,         // value
  Double = 4,      // value
  Bool = 5,        // 0 or 1
  Complex = 6,     // real, imaginary
  String = 7,      // index into the list of strings beside the stream
  List = 8,        // count, then as many tagged values
  BigInt = 9,      // high 32 bits (signed), low 32 bits (unsigned)
  Device = 10,     // type, index (-1: none)
  IntList = 11,    // count, then plain values
  TensorList = 12, // count, then plain handles
  Tuple = 13,      // count, then as many tagged values
  DoubleList = 14, // count, then plain values
  Dict = 15,       // count, then as many pairs of tagged values
};

/// Reads a packed stream. Throws std::out_of_range past its end.
class PackedReader {
 public:
  PackedReader(const double* data, size_t size, const std::vector<std::string>* strings)
      : data_(data), size_(size), strings_(strings) {}
  Tag tag() { return static_cast<Tag>(static_cast<int>(number())); }
  double number() {
    if (at_ >= size_) past_end();
    return data_[at_++];
  }
  int64_t integer() { return static_cast<int64_t>(number()); }
  Handle handle() { return static_cast<Handle>(number()); }
  int64_t big_integer();
  const std::string& string();

 private:
  [[noreturn]] static void past_end();

  const double* data_;
  size_t size_;
  const std::vector<std::string>* strings_;
  size_t at_ = 0;
};

/// Writes results. What does not fit the given space goes on in a vector of its own.
class PackedWriter {
 public:
  PackedWriter(double* data, size_t size, std::vector<double>* overflow, std::vector<std::string>* strings)
      : data_(data), size_(size), overflow_(overflow), strings_(strings) {}
  void number(double value) {
    if (at_ < size_) {
      data_[at_++] = value;
    } else {
      overflow(value);
    }
  }
  void value(const c10::IValue& value);
  void tensor(at::Tensor tensor);
  size_t count() const { return at_; }

 private:
  void tag(Tag tag) { number(static_cast<double>(static_cast<int>(tag))); }
  void integer(int64_t value);
  void overflow(double value);

  double* data_;
  size_t size_;
  std::vector<double>* overflow_;
  std::vector<std::string>* strings_;
  size_t at_ = 0;
};

}  // namespace fastai
