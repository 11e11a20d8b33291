// Levels of forward-mode differentiation and of vmap; the operators that enter and leave them are registered ones.
#include <ATen/ATen.h>
#include <ATen/functorch/BatchedTensorImpl.h>
#include <ATen/functorch/DynamicLayer.h>
#include <torch/csrc/autograd/forward_grad.h>

#include "binding/define.h"
#include "cpp/core/handle_table.h"

namespace fastai::binding {
namespace {

/// dualLevel(level?): enters a level of forward mode and gives its number, or leaves the given one.
napi_value dual_level(Environment& environment, const Arguments& arguments) {
  if (!arguments.has(0)) {
    return Napi::Number::New(environment.env, static_cast<double>(torch::autograd::ForwardADLevel::get_next_idx()));
  }
  torch::autograd::ForwardADLevel::release_idx(static_cast<uint64_t>(arguments.number(0)));
  environment.buffer[0] = 0;
  return nullptr;
}

/// vmapPush(size, randomness): the new level's number. randomness: 0 error, 1 same, 2 different.
napi_value vmap_push(Environment& environment, const Arguments& arguments) {
  const auto randomness = static_cast<at::functorch::RandomnessType>(arguments.number(1));
  const int64_t level = at::functorch::initAndPushDynamicLayer(
      at::functorch::TransformType::Vmap, c10::SymInt(static_cast<int64_t>(arguments.number(0))), randomness);
  return Napi::Number::New(environment.env, static_cast<double>(level));
}

napi_value vmap_pop(Environment& environment, const Arguments&) {
  at::functorch::popDynamicLayerAndDeleteMetadata();
  environment.buffer[0] = 0;
  return nullptr;
}

/// vmapAdd(handle, dim, level): packed[0] = the tensor whose dimension `dim` the level maps over.
napi_value vmap_add(Environment& environment, const Arguments& arguments) {
  const at::Tensor& tensor = handles::get(arguments.handle(0));
  const auto dim = static_cast<int64_t>(arguments.number(1));
  const auto level = static_cast<int64_t>(arguments.number(2));
  environment.buffer[0] = static_cast<double>(handles::insert(at::functorch::addBatchDim(tensor, dim, level)));
  return nullptr;
}

/// vmapRemove(handle, level, size, outDim): packed[0] = the whole tensor, the mapped dimension (repeated `size` times for
/// one that does not depend on it) put to `outDim`.
napi_value vmap_remove(Environment& environment, const Arguments& arguments) {
  const at::Tensor& tensor = handles::get(arguments.handle(0));
  const auto level = static_cast<int64_t>(arguments.number(1));
  const auto out_dim = static_cast<int64_t>(arguments.number(3));
  const auto* mapped = at::functorch::maybeGetBatchedImpl(tensor);
  at::Tensor whole;
  if (mapped != nullptr && mapped->level() == level) {
    whole = mapped->value().movedim(mapped->bdim(), out_dim);
  } else {
    std::vector<int64_t> sizes{static_cast<int64_t>(arguments.number(2))};
    sizes.insert(sizes.end(), tensor.sizes().begin(), tensor.sizes().end());
    whole = tensor.expand(sizes).movedim(0, out_dim);
  }
  environment.buffer[0] = static_cast<double>(handles::insert(whole));
  return nullptr;
}

}  // namespace

void init_transforms(Napi::Env env, Napi::Object exports) {
  define<dual_level>(env, exports, "dualLevel");
  define<vmap_push>(env, exports, "vmapPush");
  define<vmap_pop>(env, exports, "vmapPop");
  define<vmap_add>(env, exports, "vmapAdd");
  define<vmap_remove>(env, exports, "vmapRemove");
}

}  // namespace fastai::binding
