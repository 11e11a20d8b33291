// libtorch's wheels do not have this header. ATen/functorch/Interpreter.h includes it to write an interpreter down and to
// read it again, which nothing here does; so these are declarations that are never called.
#pragma once

#include <string>

namespace nlohmann {

class json {
 public:
  json();
  template <typename T>
  explicit json(const T& value);
  static json parse(const std::string& text);
  std::string dump() const;
  template <typename T>
  T get() const;
};

}  // namespace nlohmann
