// Operators: their descriptions, and the one call.
#include "cpp/core/op_call.h"

#include "binding/define.h"
#include "cpp/core/memory.h"

namespace fastai::binding {
namespace {

std::vector<std::string> strings_of(napi_env env, napi_value list) {
  std::vector<std::string> result;
  const auto array = Napi::Array(env, list);
  for (uint32_t i = 0; i < array.Length(); ++i) result.push_back(array.Get(i).As<Napi::String>().Utf8Value());
  return result;
}

napi_value result_strings(Environment& environment) {
  if (environment.result_strings.empty()) return nullptr;
  auto array = Napi::Array::New(environment.env, environment.result_strings.size());
  for (uint32_t i = 0; i < array.Length(); ++i) array.Set(i, environment.result_strings[i]);
  environment.result_strings.clear();
  return array;
}

constexpr int kDiscardResults = 1 << 16;

/// call(strings?): packed[0] = operator id, packed[1] = argument count (+ 65536: no results wanted), then the arguments.
/// Leaves packed[0] = number of
/// results, then the results; -1 after a failure; -2, size when the results did not fit (then: grow()).
napi_value call(Environment& environment, const Arguments& arguments) {
  double* packed = environment.buffer;
  const auto& op = ops::at(static_cast<size_t>(packed[0]));
  const auto given = static_cast<int>(packed[1]);
  std::vector<std::string> strings;
  if (arguments.count > 0) strings = strings_of(environment.env, arguments.values[0]);
  PackedReader reader(packed + 2, environment.capacity - 2, &strings);
  environment.overflow.clear();
  PackedWriter writer(packed, environment.capacity, &environment.overflow, &environment.result_strings);
  ops::call(op, static_cast<size_t>(given % kDiscardResults), given >= kDiscardResults, reader, writer);
  packed[environment.capacity] = static_cast<double>(memory::cpu_bytes());
  if (!environment.overflow.empty()) {
    packed[0] = -2;
    packed[1] = static_cast<double>(writer.count());
  }
  return environment.result_strings.empty() ? nullptr : result_strings(environment);
}

napi_value describe_op(Environment& environment, const Arguments& arguments) {
  return Napi::String::New(environment.env, ops::describe(arguments.string(0)));
}

napi_value op_names(Environment& environment, const Arguments&) {
  const auto names = ops::names();
  auto array = Napi::Array::New(environment.env, names.size());
  for (uint32_t i = 0; i < names.size(); ++i) array.Set(i, names[i]);
  return array;
}

napi_value load_op_library(Environment&, const Arguments& arguments) {
  ops::load_library(arguments.string(0));
  return nullptr;
}

}  // namespace

void init_op(Napi::Env env, Napi::Object exports) {
  define<call>(env, exports, "call");
  define<describe_op>(env, exports, "describeOp");
  define<op_names>(env, exports, "opNames");
  define<load_op_library>(env, exports, "loadOpLibrary");
}

}  // namespace fastai::binding
