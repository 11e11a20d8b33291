#include "cpp/core/script.h"

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/serialization/import.h>

#include <memory>
#include <stdexcept>

#include "cpp/core/numbered.h"
#include "cpp/core/op_registry.h"

namespace fastai::script {
namespace {

using torch::jit::Module;

// A method as an operator's kernel: puts the module under the arguments, as the interpreter expects it.
class MethodKernel final : public c10::OperatorKernel {
 public:
  explicit MethodKernel(torch::jit::Method method) : method_(std::move(method)) {}
  void operator()(const c10::OperatorHandle& op, c10::DispatchKeySet, torch::jit::Stack* stack) {
    const size_t count = op.schema().arguments().size();
    std::vector<c10::IValue> arguments(stack->end() - static_cast<int64_t>(count), stack->end());
    torch::jit::drop(*stack, count);
    stack->push_back(method_(std::move(arguments)));
  }

 private:
  torch::jit::Method method_;
};

struct Loaded {
  Module module;
  std::vector<std::string> methods;
  ops::FileOperators operators;
};

Numbered<Loaded>& table() { return numbered<Loaded>("TorchScript module"); }

// Programs compute; the operators that reach for files have no place in a model that is handed around.
void refuse_files(torch::jit::Block* block) {
  for (torch::jit::Node* node : block->nodes()) {
    const std::string kind = node->kind().toQualString();
    if (kind == "aten::save" || kind == "aten::load" || kind == "aten::from_file") {
      throw std::invalid_argument("the TorchScript program uses " + kind + ", which reaches for files");
    }
    for (torch::jit::Block* inner : node->blocks()) refuse_files(inner);
  }
}

void refuse_files(const Module& module) {
  for (const auto* function : module._ivalue()->compilation_unit()->get_functions()) {
    const auto* graph = dynamic_cast<const torch::jit::GraphFunction*>(function);
    if (graph != nullptr) refuse_files(graph->graph()->block());
  }
}

void register_method(Loaded& loaded, const std::string& space, const torch::jit::Method& method) {
  const auto& schema = method.function().getSchema();
  std::vector<c10::Argument> arguments(schema.arguments().begin() + 1, schema.arguments().end());
  loaded.operators.add(
      c10::FunctionSchema(space + "::" + method.name(), "", std::move(arguments), schema.returns()),
      c10::BoxedKernel::makeFromFunctor(std::make_unique<MethodKernel>(method)));
  loaded.methods.push_back(method.name());
}

template <typename List>
std::vector<Named> named(const List& list) {
  std::vector<Named> result;
  for (const auto& entry : list) result.push_back({entry.name, entry.value});
  return result;
}

}  // namespace

uint64_t load(const std::string& path, const std::string& device) {
  auto loaded = std::make_shared<Loaded>();
  loaded->module =
      torch::jit::load(path, device.empty() ? std::nullopt : std::optional<c10::Device>(c10::Device(device)));
  refuse_files(loaded->module);
  const uint64_t id = table().next();
  const std::string space = "fastai_script_" + std::to_string(id);
  for (const auto& method : loaded->module.get_methods()) register_method(*loaded, space, method);
  ops::forget_names();
  table().put(id, std::move(loaded));
  return id;
}

void release(uint64_t id) { table().release(id); }

std::vector<std::string> methods(uint64_t id) { return table().at(id)->methods; }
std::vector<Named> parameters(uint64_t id) { return named(table().at(id)->module.named_parameters()); }
std::vector<Named> buffers(uint64_t id) { return named(table().at(id)->module.named_buffers()); }
void train(uint64_t id, bool on) { table().at(id)->module.train(on); }

}  // namespace fastai::script
