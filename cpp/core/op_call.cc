#include "cpp/core/op_call.h"

#include <stdexcept>

#include "cpp/core/op_arguments.h"

namespace fastai::ops {
namespace {

// Stacks are reused: the outermost call and each level of re-entrance (hooks) have one of their own.
class StackLease {
 public:
  StackLease() {
    if (depth_ == pool_.size()) pool_.emplace_back(std::make_unique<torch::jit::Stack>());
    stack_ = pool_[depth_++].get();
  }
  ~StackLease() {
    stack_->clear();
    --depth_;
  }
  StackLease(const StackLease&) = delete;
  StackLease& operator=(const StackLease&) = delete;
  torch::jit::Stack& operator*() { return *stack_; }

 private:
  static thread_local std::vector<std::unique_ptr<torch::jit::Stack>> pool_;
  static thread_local size_t depth_;
  torch::jit::Stack* stack_;
};
thread_local std::vector<std::unique_ptr<torch::jit::Stack>> StackLease::pool_;
thread_local size_t StackLease::depth_ = 0;

}  // namespace

void call(const Operator& op, size_t given, bool discard, PackedReader& reader, PackedWriter& writer) {
  if (given > op.arguments.size()) {
    throw std::invalid_argument("expected at most " + std::to_string(op.arguments.size()) + " arguments, got " +
                                std::to_string(given));
  }
  if (op.direct != nullptr) return op.direct(op, given, discard, reader, writer);
  StackLease lease;
  torch::jit::Stack& stack = *lease;
  for (size_t i = 0; i < op.arguments.size(); ++i) {
    const Tag tag = i < given ? reader.tag() : Tag::Default;
    stack.push_back(tag == Tag::Default ? default_of(op.arguments[i]) : read_value(tag, reader, op.arguments[i]));
  }
  const small_work::OneThread guard(small_work::is_small(op.cost, stack));
  op.handle.callBoxed(stack);
  if (discard) return writer.number(0);
  writer.number(static_cast<double>(stack.size()));
  for (const auto& result : stack) writer.value(result);
}

}  // namespace fastai::ops
