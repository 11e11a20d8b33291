#include "cpp/core/op_registry.h"

#include <ATen/core/enum_tag.h>
#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <unordered_map>

#include "cpp/core/op_direct.h"

namespace fastai::ops {
namespace {

constexpr size_t kCapacity = 1 << 15;  // libtorch 2.13 registers about 3,600 operators

struct Registry {
  std::mutex mutex;
  std::array<std::atomic<const Operator*>, kCapacity> operators{};  // read without the mutex, one entry written once
  std::unordered_map<std::string, size_t> ids;
  std::unordered_map<std::string, std::vector<c10::OperatorName>> overloads;  // by name; see forget_names
};

Registry& registry() {
  static Registry& instance = *std::make_unique<Registry>().release();
  return instance;
}

Kind list_kind(const c10::Type& element) {
  switch (element.kind()) {
    case c10::TypeKind::TensorType: return Kind::TensorList;
    case c10::TypeKind::IntType:
    case c10::TypeKind::SymIntType: return Kind::IntList;
    case c10::TypeKind::FloatType: return Kind::FloatList;
    case c10::TypeKind::BoolType: return Kind::BoolList;
    case c10::TypeKind::NumberType: return Kind::ScalarList;
    case c10::TypeKind::StringType: return Kind::StringList;
    case c10::TypeKind::OptionalType: return Kind::OptionalTensorList;
    default: return Kind::Other;
  }
}

Kind kind_of(const c10::Type& type) {
  switch (type.kind()) {
    case c10::TypeKind::TensorType: return Kind::Tensor;
    case c10::TypeKind::NumberType: return Kind::Scalar;
    case c10::TypeKind::IntType:
    case c10::TypeKind::SymIntType: return Kind::Int;
    case c10::TypeKind::FloatType:
    case c10::TypeKind::SymFloatType: return Kind::Float;
    case c10::TypeKind::BoolType:
    case c10::TypeKind::SymBoolType: return Kind::Bool;
    case c10::TypeKind::StringType: return Kind::String;
    case c10::TypeKind::DeviceObjType: return Kind::Device;
    case c10::TypeKind::ComplexType: return Kind::Complex;
    case c10::TypeKind::GeneratorType: return Kind::Generator;
    case c10::TypeKind::ListType: return list_kind(*type.castRaw<c10::ListType>()->getElementType());
    default: return Kind::Other;
  }
}

Argument argument_of(const c10::Argument& argument) {
  const c10::TypePtr& type = argument.type();
  const bool optional = type->kind() == c10::TypeKind::OptionalType;
  const c10::TypePtr inner = optional ? type->castRaw<c10::OptionalType>()->getElementType() : type;
  return {kind_of(*inner), optional, argument.N(), argument.default_value(), argument.name()};
}

Operator operator_of(const c10::OperatorHandle& handle) {
  const auto& schema = handle.schema();
  const auto shares = [](const c10::Argument& argument) { return argument.alias_info() != nullptr; };
  const bool makes_new = std::none_of(schema.arguments().begin(), schema.arguments().end(), shares);
  Operator result{handle, {}, small_work::cost_of(schema.name()), direct_of(schema.name(), schema.overload_name()),
                  makes_new};
  for (const auto& argument : schema.arguments()) result.arguments.push_back(argument_of(argument));
  return result;
}

size_t id_of(const c10::OperatorHandle& handle) {
  std::ostringstream key;
  key << handle.operator_name();
  Registry& all = registry();
  std::lock_guard<std::mutex> lock(all.mutex);
  const auto [entry, is_new] = all.ids.try_emplace(key.str(), all.ids.size());
  if (entry->second >= kCapacity) throw std::length_error("more than 32,768 operators are in use");
  if (is_new) {
    all.operators[entry->second].store(std::make_unique<Operator>(operator_of(handle)).release(),
                                       std::memory_order_release);
  }
  return entry->second;
}

// Sorted by overload name, so that the order does not depend on a hash.
std::vector<c10::OperatorName> overloads_of(const std::string& name) {
  Registry& all = registry();
  std::lock_guard<std::mutex> lock(all.mutex);
  if (all.overloads.empty()) {
    for (const auto& operator_name : c10::Dispatcher::singleton().getAllOpNames()) {
      all.overloads[operator_name.name].push_back(operator_name);
    }
    for (auto& [unused, found] : all.overloads) {
      std::sort(found.begin(), found.end(),
                [](const auto& a, const auto& b) { return a.overload_name < b.overload_name; });
    }
  }
  const auto entry = all.overloads.find(name);
  return entry == all.overloads.end() ? std::vector<c10::OperatorName>{} : entry->second;
}

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') result += '\\';
    if (letter == '\n') {
      result += "\\n";
    } else {
      result += letter;
    }
  }
  return result + '"';
}

// The schema's own spelling of the type keeps ScalarType, Layout and the like apart, which are ints at run time.
void write_argument(std::ostream& out, const c10::Argument& argument, const std::string& spelled) {
  out << "{\"name\":" << quoted(argument.name()) << ",\"type\":" << quoted(spelled);
  if (argument.default_value()) out << ",\"hasDefault\":true";
  if (argument.kwarg_only()) out << ",\"keywordOnly\":true";
  if (argument.is_out()) out << ",\"out\":true";
  if (argument.alias_info() != nullptr && argument.alias_info()->isWrite()) out << ",\"writes\":true";
  out << '}';
}

void write_arguments(std::ostream& out, const std::vector<c10::Argument>& arguments) {
  out << '[';
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (i > 0) out << ',';
    std::ostringstream spelled;
    const c10::TypePtr& real = arguments[i].real_type();
    spelled << real->str();
    if (arguments[i].N()) spelled << '#' << *arguments[i].N();
    write_argument(out, arguments[i], spelled.str());
  }
  out << ']';
}

void write_overload(std::ostream& out, const c10::OperatorHandle& handle) {
  const auto& schema = handle.schema();
  std::ostringstream spelled;
  spelled << schema;
  const auto tags = handle.getTags();
  const bool pointwise = std::find(tags.begin(), tags.end(), at::Tag::pointwise) != tags.end();
  out << "{\"id\":" << id_of(handle) << ",\"overload\":" << quoted(schema.overload_name())
      << ",\"schema\":" << quoted(spelled.str()) << ",\"pointwise\":" << (pointwise ? "true" : "false") << ",\"args\":";
  write_arguments(out, schema.arguments());
  out << ",\"returns\":";
  write_arguments(out, schema.returns());
  out << '}';
}

}  // namespace

const Operator& at(size_t id) {
  const Operator* found = id < kCapacity ? registry().operators[id].load(std::memory_order_acquire) : nullptr;
  if (found == nullptr) throw std::out_of_range("no operator has the id " + std::to_string(id));
  return *found;
}

std::string describe(const std::string& name) {
  std::ostringstream out;
  out << '[';
  bool first = true;
  for (const auto& operator_name : overloads_of(name)) {
    const auto handle = c10::Dispatcher::singleton().findSchema(operator_name);
    if (!handle) continue;
    if (!first) out << ',';
    first = false;
    write_overload(out, *handle);
  }
  out << ']';
  return out.str();
}

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const auto& name : c10::Dispatcher::singleton().getAllOpNames()) result.push_back(c10::toString(name));
  return result;
}

void forget_names() {
  Registry& all = registry();
  const std::lock_guard<std::mutex> lock(all.mutex);
  all.overloads.clear();
}

void FileOperators::add(c10::FunctionSchema schema, c10::BoxedKernel kernel) {
  const c10::OperatorName name = schema.operator_name();
  auto& dispatcher = c10::Dispatcher::singleton();
  registrations_.push_back(dispatcher.registerDef(std::move(schema), "from a file"));
  registrations_.push_back(dispatcher.registerImpl(
      name, c10::DispatchKey::CompositeImplicitAutograd, c10::KernelFunction::makeFromBoxedKernel(std::move(kernel)),
      std::nullopt, nullptr, "from a file"));
}

void load_library(const std::string& path) {
  if (dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL) != nullptr) return forget_names();
  const char* reason = dlerror();
  throw std::runtime_error(reason != nullptr ? reason : "unknown error of the dynamic loader");
}

}  // namespace fastai::ops
