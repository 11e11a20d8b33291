// What AOTInductor compiles a model to, in small: the functions that libtorch calls, for the model
// `lambda x, *, by: { "scaled": x * by, "rest": [x + 1, None] }` with `x` of up to 8 float32 numbers and `by` of one.
#include <cstdint>
#include <cstring>
#include <string>

struct AtenTensorOpaque;
using Tensor = AtenTensorOpaque*;

// The part of libtorch's stable C interface (torch/csrc/inductor/aoti_torch/c/shim.h) that is used here.
extern "C" {
int32_t aoti_torch_get_data_ptr(Tensor tensor, void** data);
int32_t aoti_torch_get_dtype(Tensor tensor, int32_t* dtype);
int32_t aoti_torch_get_dim(Tensor tensor, int64_t* dims);
int32_t aoti_torch_get_numel(Tensor tensor, int64_t* count);
int32_t aoti_torch_delete_tensor_object(Tensor tensor);
int32_t aoti_torch_empty_strided(
    int64_t dims, const int64_t* sizes, const int64_t* strides, int32_t dtype, int32_t device_type,
    int32_t device_index, Tensor* result);
int32_t aoti_torch_dtype_float32();
}

#define LEAF R"({"type": null, "context": null, "children_spec": []})"

namespace {

std::string last_error;

int32_t fail(const std::string& why) {
  last_error = why;
  return 1;
}

int64_t count_of(Tensor tensor) {
  int64_t count = 0;
  aoti_torch_get_numel(tensor, &count);
  return count;
}

float* numbers(Tensor tensor) {
  void* data = nullptr;
  aoti_torch_get_data_ptr(tensor, &data);
  return static_cast<float*>(data);
}

bool is_float(Tensor tensor) {
  int32_t dtype = 0;
  aoti_torch_get_dtype(tensor, &dtype);
  return dtype == aoti_torch_dtype_float32();
}

Tensor vector_of(int64_t count) {
  const int64_t step = 1;
  Tensor result = nullptr;
  aoti_torch_empty_strided(1, &count, &step, aoti_torch_dtype_float32(), 0, -1, &result);
  return result;
}

int32_t run(Tensor* inputs, size_t given, Tensor* outputs) {
  if (given != 2) return fail("expected inputs vector size to be 2, but got " + std::to_string(given));
  if (!is_float(inputs[0])) return fail("input_handles[0]: unmatched dtype, expected: float32");
  int64_t dims = 0;
  aoti_torch_get_dim(inputs[0], &dims);
  const int64_t count = count_of(inputs[0]);
  if (dims != 1 || count > 8) return fail("input_handles[0]: dim value is too large at 0, expected to be <= 8");
  outputs[0] = vector_of(count);
  outputs[1] = vector_of(count);
  outputs[2] = nullptr;  // None
  for (int64_t i = 0; i < count; ++i) {
    numbers(outputs[0])[i] = numbers(inputs[0])[i] * numbers(inputs[1])[0];
    numbers(outputs[1])[i] = numbers(inputs[0])[i] + 1;
  }
  for (size_t i = 0; i < given; ++i) aoti_torch_delete_tensor_object(inputs[i]);
  return 0;
}

}  // namespace

extern "C" {
int32_t AOTInductorModelContainerCreateWithDevice(void** container, size_t, const char*, const char*) {
  *container = &last_error;
  return 0;
}
int32_t AOTInductorModelContainerDelete(void*) { return 0; }
int32_t AOTInductorModelContainerGetNumOutputs(void*, size_t* count) {
  *count = 3;
  return 0;
}
int32_t AOTInductorModelContainerGetNumConstants(void*, size_t* count) {
  *count = 0;
  return 0;
}
int32_t AOTInductorModelContainerRun(
    void*, Tensor* inputs, size_t given, Tensor* outputs, size_t, void*, void*) {
  return run(inputs, given, outputs);
}
int32_t AOTInductorModelContainerGetCallSpec(void*, const char** inputs, const char** outputs) {
  *inputs = R"([1, {"type": "builtins.tuple", "context": "null", "children_spec": [)"
            R"({"type": "builtins.tuple", "context": "null", "children_spec": [)" LEAF R"(]}, )"
            R"({"type": "builtins.dict", "context": "[\"by\"]", "children_spec": [)" LEAF R"(]}]}])";
  *outputs = R"([1, {"type": "builtins.dict", "context": "[\"scaled\", \"rest\"]", "children_spec": [)" LEAF
             R"(, {"type": "builtins.list", "context": "null", "children_spec": [)" LEAF ", " LEAF R"(]}]}])";
  return 0;
}
int32_t AOTInductorGetLastError(const char** text) {
  *text = last_error.c_str();
  return 0;
}

// Asked for when the model is loaded, called only by those who exchange its constants.
int32_t AOTInductorModelContainerGetConstantName(void*, size_t, const char**) { return 1; }
int32_t AOTInductorModelContainerGetConstantOriginalFQN(void*, size_t, const char**) { return 1; }
int32_t AOTInductorModelContainerGetConstantDtype(void*, size_t, int32_t*) { return 1; }
int32_t AOTInductorModelContainerExtractConstantsMap(void*, void*, bool) { return 1; }
int32_t AOTInductorModelContainerUpdateUserManagedConstantBuffer(void*, void*, bool, bool) { return 1; }
int32_t AOTInductorModelContainerUpdateConstantBuffer(void*, void*, bool, bool) { return 1; }
int32_t AOTInductorModelContainerUpdateConstantBufferFromCpu(void*, void*, bool, bool) { return 1; }
int32_t AOTInductorModelContainerUpdateInactiveConstantBuffer(void*, void*) { return 1; }
int32_t AOTInductorModelContainerRunConstantFolding(void*, bool, void*, void*) { return 1; }
int32_t AOTInductorModelContainerSwapConstantBuffer(void*) { return 1; }
int32_t AOTInductorModelContainerFreeInactiveConstantBuffer(void*) { return 1; }
int32_t AOTInductorModelContainerGetConstantsBlobSize(void*, uint64_t*) { return 1; }
int32_t AOTInductorModelUpdateConstantsFromBlob(void*, const uint8_t*) { return 1; }
}
