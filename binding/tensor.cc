// Tensor handles: life, metadata, memory shared with JavaScript.
#include <ATen/ATen.h>

#include <map>

#include "binding/define.h"
#include "cpp/core/handle_table.h"
#include "cpp/core/memory.h"
#include "cpp/core/tensor_data.h"

namespace fastai::binding {
namespace {

// Runs inside the garbage collector: it may not touch JavaScript, only the table.
void finalize(node_api_basic_env, void* data, void*) {
  handles::release(static_cast<Handle>(reinterpret_cast<uintptr_t>(data)));
}

/// track(object, handle): the tensor is freed when the object is collected. The last element of the packed buffer = bytes in
/// use.
napi_value track(Environment& environment, const Arguments& arguments) {
  const Handle handle = arguments.handle(1);
  environment.buffer[environment.capacity] = static_cast<double>(memory::cpu_bytes());
  napi_wrap(environment.env, arguments.values[0], reinterpret_cast<void*>(static_cast<uintptr_t>(handle)), finalize,
            nullptr, nullptr);
  return nullptr;
}

/// release(count): frees the handles in packed[0 .. count), stale ones ignored.
napi_value release(Environment& environment, const Arguments& arguments) {
  const auto count = static_cast<size_t>(arguments.number(0));
  for (size_t i = 0; i < count && i < environment.capacity; ++i) {
    handles::release(static_cast<Handle>(environment.buffer[i]));
  }
  return nullptr;
}

/// alive(count): each handle in packed[0 .. count) becomes 1 or 0.
napi_value alive(Environment& environment, const Arguments& arguments) {
  const auto count = static_cast<size_t>(arguments.number(0));
  for (size_t i = 0; i < count && i < environment.capacity; ++i) {
    environment.buffer[i] = handles::alive(static_cast<Handle>(environment.buffer[i])) ? 1 : 0;
  }
  return nullptr;
}

/// alias(handle): packed[0] = a new handle on the same tensor.
napi_value alias(Environment& environment, const Arguments& arguments) {
  environment.buffer[0] = static_cast<double>(handles::insert(handles::get(arguments.handle(0))));
  return nullptr;
}

/// toTransfer(handle): packed[0] = a new handle on the same tensor, which belongs to nobody.
napi_value to_transfer(Environment& environment, const Arguments& arguments) {
  const Handle handle = handles::insert(handles::get(arguments.handle(0)));
  handles::disown(handle);
  environment.buffer[0] = static_cast<double>(handle);
  return nullptr;
}

/// fromTransfer(handle): the tensor belongs to this thread from now on.
napi_value from_transfer(Environment&, const Arguments& arguments) {
  if (!handles::take(arguments.handle(0))) throw StaleHandle(arguments.handle(0));
  return nullptr;
}

/// select(handle, count): the element or view at the positions packed[0 .. count) of the first dimensions, which is what
/// indexing with integers is. packed[0] = handle.
napi_value select(Environment& environment, const Arguments& arguments) {
  at::Tensor tensor = handles::get(arguments.handle(0));
  const auto count = static_cast<size_t>(arguments.number(1));
  for (size_t i = 0; i < count; ++i) tensor = tensor.select(0, static_cast<int64_t>(environment.buffer[i]));
  environment.buffer[0] = static_cast<double>(handles::insert(std::move(tensor)));
  return nullptr;
}

/// describe(handle): dtype, device type, device index, requires grad, is leaf, layout, element count, dimensions, sizes.
napi_value describe(Environment& environment, const Arguments& arguments) {
  const at::Tensor tensor = handles::get(arguments.handle(0));
  double* out = environment.buffer;
  out[0] = static_cast<double>(static_cast<int>(tensor.scalar_type()));
  out[1] = static_cast<double>(static_cast<int>(tensor.device().type()));
  out[2] = tensor.device().index();
  out[3] = tensor.requires_grad() ? 1 : 0;
  out[4] = tensor.is_leaf() ? 1 : 0;
  out[5] = static_cast<double>(static_cast<int>(tensor.layout()));
  out[6] = static_cast<double>(tensor.numel());
  out[7] = static_cast<double>(tensor.dim());
  for (int64_t i = 0; i < tensor.dim(); ++i) out[8 + i] = static_cast<double>(tensor.size(i));
  return nullptr;
}

/// shape(handle): packed[0] = dimensions, then the sizes.
napi_value shape(Environment& environment, const Arguments& arguments) {
  const at::Tensor tensor = handles::get(arguments.handle(0));
  const auto sizes = tensor.sizes();
  environment.buffer[0] = static_cast<double>(sizes.size());
  for (size_t i = 0; i < sizes.size(); ++i) environment.buffer[1 + i] = static_cast<double>(sizes[i]);
  return nullptr;
}

/// strides(handle): packed[0] = dimensions, then the strides, then the storage offset.
napi_value strides(Environment& environment, const Arguments& arguments) {
  const at::Tensor tensor = handles::get(arguments.handle(0));
  const auto steps = tensor.strides();
  environment.buffer[0] = static_cast<double>(steps.size());
  for (size_t i = 0; i < steps.size(); ++i) environment.buffer[1 + i] = static_cast<double>(steps[i]);
  environment.buffer[1 + steps.size()] = static_cast<double>(tensor.storage_offset());
  return nullptr;
}

/// item(handle): packed[0] = kind (0 int, 1 double, 2 bool, 3 complex, 4 int beyond 2^53), then the value.
napi_value item(Environment& environment, const Arguments& arguments) {
  const at::Tensor tensor = handles::get(arguments.handle(0));
  TORCH_CHECK_VALUE(tensor.numel() == 1, "expected a tensor with one element, got shape ", tensor.sizes());
  const at::Scalar value = at::_local_scalar_dense(tensor);
  double* out = environment.buffer;
  if (value.isBoolean()) {
    out[0] = 2;
    out[1] = value.toBool() ? 1 : 0;
  } else if (value.isComplex()) {
    out[0] = 3;
    out[1] = value.toComplexDouble().real();
    out[2] = value.toComplexDouble().imag();
  } else if (value.isIntegral(false)) {
    const int64_t integer = value.toLong();
    const bool exact = integer <= (int64_t{1} << 53) && integer >= -(int64_t{1} << 53);
    out[0] = exact ? 0 : 4;
    out[1] = exact ? static_cast<double>(integer) : static_cast<double>(integer >> 32);
    out[2] = static_cast<double>(integer & 0xffffffff);
  } else {
    out[0] = 1;
    out[1] = value.toDouble();
  }
  return nullptr;
}

std::vector<int64_t> shape_in(const Environment& environment) {
  std::vector<int64_t> shape(static_cast<size_t>(environment.buffer[0]));
  for (size_t i = 0; i < shape.size(); ++i) shape[i] = static_cast<int64_t>(environment.buffer[1 + i]);
  return shape;
}

/// fromMemory(typed array, dtype, dtype of a copy or -1 to share the memory): shape as shape() leaves it in the packed buffer.
/// packed[0] = handle.
napi_value from_memory(Environment& environment, const Arguments& arguments) {
  const auto array = Napi::TypedArray(environment.env, arguments.values[0]);
  const auto dtype = static_cast<at::ScalarType>(static_cast<int>(arguments.number(1)));
  const auto shape = shape_in(environment);
  const auto wanted = c10::multiply_integers(shape) * static_cast<int64_t>(c10::elementSize(dtype));
  TORCH_CHECK_VALUE(wanted <= static_cast<int64_t>(array.ByteLength()), "shape ", at::IntArrayRef(shape),
                    " needs ", wanted, " bytes, got ", array.ByteLength());
  void* memory = static_cast<char*>(array.ArrayBuffer().Data()) + array.ByteOffset();
  at::Tensor tensor;
  const auto copy_as = static_cast<int>(arguments.number(2));
  if (copy_as < 0) {
    napi_ref reference = nullptr;
    napi_create_reference(environment.env, arguments.values[0], 1, &reference);
    const auto owner = shared_environment(environment.env);
    tensor = data::on_memory(memory, shape, dtype, [owner, reference] { owner->drop_later(reference); });
  } else {
    tensor = data::copy_of(memory, shape, dtype, static_cast<at::ScalarType>(copy_as));
  }
  environment.buffer[0] = static_cast<double>(handles::insert(std::move(tensor)));
  return nullptr;
}

// The array buffer owns a reference to the tensor, so the memory stays as long as JavaScript can see it.
void release_view(node_api_basic_env, void*, void* hint) { std::unique_ptr<at::Tensor>(static_cast<at::Tensor*>(hint)); }

/// memory(handle): an ArrayBuffer on the bytes of a contiguous CPU tensor.
napi_value memory(Environment& environment, const Arguments& arguments) {
  const at::Tensor tensor = handles::get(arguments.handle(0));
  TORCH_CHECK_VALUE(tensor.device().is_cpu() && tensor.is_contiguous(),
                    "expected a contiguous tensor on the cpu, got one on ", tensor.device(), " with strides ",
                    tensor.strides());
  napi_value buffer = nullptr;
  if (tensor.nbytes() == 0) {
    napi_create_arraybuffer(environment.env, 0, nullptr, &buffer);
    return buffer;
  }
  auto owner = std::make_unique<at::Tensor>(tensor);
  napi_create_external_arraybuffer(environment.env, tensor.data_ptr(), tensor.nbytes(), release_view, owner.release(),
                                   &buffer);
  return buffer;
}

}  // namespace

void init_tensor(Napi::Env env, Napi::Object exports) {
  define<track>(env, exports, "track");
  define<release>(env, exports, "release");
  define<alive>(env, exports, "alive");
  define<alias>(env, exports, "alias");
  define<to_transfer>(env, exports, "toTransfer");
  define<from_transfer>(env, exports, "fromTransfer");
  define<select>(env, exports, "select");
  define<describe>(env, exports, "describe");
  define<shape>(env, exports, "shape");
  define<strides>(env, exports, "strides");
  define<item>(env, exports, "item");
  define<from_memory>(env, exports, "fromMemory");
  define<memory>(env, exports, "memory");
}

}  // namespace fastai::binding
