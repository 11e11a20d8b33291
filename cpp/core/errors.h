// What went wrong, as data.
#pragma once

#include <string>

namespace fastai {

struct Failure {
  std::string kind;     // "index", "value", "type", "notImplemented", "outOfMemory", "linalg", "disposed", "argument", "other"
  std::string message;  // short, without C++ frames
  std::string trace;    // libtorch's long form, possibly empty
};

/// Describes the exception being handled; call it inside a catch block.
Failure describe_current_exception();

}  // namespace fastai
