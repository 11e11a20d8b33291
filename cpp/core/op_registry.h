// Every operator libtorch registers, looked up once and then known by a small integer.
#pragma once

#include <ATen/core/dispatch/Dispatcher.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cpp/core/packed.h"
#include "cpp/core/small_work.h"

namespace fastai::ops {

enum class Kind : uint8_t {
  Tensor, Scalar, Int, Float, Bool, String, Device, Complex, Generator, Other,
  TensorList, OptionalTensorList, IntList, FloatList, BoolList, ScalarList, StringList,
};

/// What the packer needs to know of one schema argument.
struct Argument {
  Kind kind;
  bool optional;
  std::optional<int32_t> fixed_size;  // int[2]: a single value is repeated
  std::optional<c10::IValue> default_value;
  std::string name;
};

struct Operator;

/// Calls one operator by its C++ types; the parameters are those of call(), see op_direct.h.
using Direct = void (*)(const Operator& op, size_t given, bool discard, PackedReader& reader, PackedWriter& writer);

struct Operator {
  c10::OperatorHandle handle;
  std::vector<Argument> arguments;
  small_work::Cost cost;
  Direct direct;   // nullptr for most
  bool makes_new;  // no result shares memory with an argument, and none is changed
};

/// The cached operator of an id handed out by describe(). Throws std::out_of_range. Thread-safe.
const Operator& at(size_t id);
/// All overloads of a name such as "aten::add" as a JSON array of { id, overload, schema, args, returns, tags };
/// "[]" when nothing of that name is registered.
std::string describe(const std::string& name);
/// Names of all registered operators ("aten::add.Tensor"), in no particular order.
std::vector<std::string> names();
/// Makes names() and describe() look anew, after operators were registered.
void forget_names();
/// Registers operators that a file brought; they are gone when this is. Call forget_names() when all of them are there.
class FileOperators {
 public:
  void add(c10::FunctionSchema schema, c10::BoxedKernel kernel);

 private:
  std::vector<c10::RegistrationHandleRAII> registrations_;
};
/// Loads a shared library that registers operators. Throws with the dynamic loader's message.
void load_library(const std::string& path);

}  // namespace fastai::ops
