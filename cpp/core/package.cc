#include "cpp/core/package.h"

#include <ATen/Functions.h>
#include <ATen/cpu/Utils.h>
#include <torch/csrc/inductor/aoti_package/model_package_loader.h>

#include <cstdlib>
#include <memory>
#include <sstream>

#include "cpp/core/numbered.h"
#include "cpp/core/op_registry.h"

namespace fastai::package {
namespace {

using Loader = torch::inductor::AOTIModelPackageLoader;

// Compiled code reads memory where it expects a tensor of its device; libtorch lets it see to shapes alone.
at::Tensor plain(const at::Tensor& input, size_t position, c10::DeviceType device) {
  TORCH_CHECK_TYPE(
      input.layout() == at::kStrided && input.has_storage(), "input ", position, ": expected a dense tensor, got ",
      input.layout());
  TORCH_CHECK(
      input.device().type() == device, "input ", position, ": expected a tensor of the device type ",
      c10::DeviceTypeName(device, true), ", which the model was compiled for, got one on ", input.device());
  return input.resolve_conj().resolve_neg();
}

class ModelKernel final : public c10::OperatorKernel {
 public:
  ModelKernel(std::shared_ptr<Loader> loader, c10::DeviceType device) : loader_(std::move(loader)), device_(device) {}
  void operator()(const c10::OperatorHandle&, c10::DispatchKeySet, torch::jit::Stack* stack) {
    std::vector<at::Tensor> inputs = torch::jit::pop(*stack).toTensorVector();
    for (size_t i = 0; i < inputs.size(); ++i) inputs[i] = plain(inputs[i], i, device_);
    const at::NoGradGuard no_grad;
    stack->push_back(loader_->boxed_run(std::move(inputs)));
  }

 private:
  std::shared_ptr<Loader> loader_;
  c10::DeviceType device_;
};

struct Loaded {
  std::shared_ptr<Loader> loader;
  ops::FileOperators operators;
};

Numbered<Loaded>& table() { return numbered<Loaded>("compiled model"); }

bool lacks(const std::string& name) {
#if defined(__x86_64__)
  if (name == "AVX2") return !__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma");
  if (name == "AVX512") {
    return !__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512dq") ||
        !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512bw");
  }
  if (name == "AVX512_VNNI") return !__builtin_cpu_supports("avx512vnni");
#endif
  return name == "AMX_TILE" && !at::cpu::init_amx();
}

}  // namespace

uint64_t load(const std::string& path, const std::string& model, int64_t device) {
  // Compiled code compares its inputs with what it was compiled for only under this variable, which it reads once.
  setenv("AOTI_RUNTIME_CHECK_INPUTS", "1", 0);
  auto loaded = std::make_shared<Loaded>();
  loaded->loader = std::make_shared<Loader>(path, model, false, 1, static_cast<c10::DeviceIndex>(device));
  const auto type = c10::Device(loaded->loader->get_metadata()["AOTI_DEVICE_KEY"]).type();
  const uint64_t id = table().next();
  const auto list = c10::ListType::create(c10::TensorType::get());
  loaded->operators.add(
      c10::FunctionSchema(
          "fastai_package_" + std::to_string(id) + "::run", "", {c10::Argument("inputs", list)},
          {c10::Argument("", list)}),
      c10::BoxedKernel::makeFromFunctor(std::make_unique<ModelKernel>(loaded->loader, type)));
  ops::forget_names();
  table().put(id, std::move(loaded));
  return id;
}

void release(uint64_t id) { table().release(id); }

CallSpec call_spec(uint64_t id) {
  auto both = table().at(id)->loader->get_call_spec();
  both.resize(2);
  return {std::move(both[0]), std::move(both[1])};
}

std::string lacking(const std::string& instruction_sets) {
  std::istringstream names(instruction_sets);
  for (std::string name; names >> name;) {
    if (lacks(name)) return name;
  }
  return "";
}

}  // namespace fastai::package
