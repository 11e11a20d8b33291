#include "cpp/core/packed.h"

#include <stdexcept>

namespace fastai {
namespace {
constexpr int64_t kExactInDouble = int64_t{1} << 53;
}

void PackedReader::past_end() { throw std::out_of_range("packed arguments end too early"); }

int64_t PackedReader::big_integer() {
  const auto high = static_cast<int64_t>(number());
  const auto low = static_cast<int64_t>(number());
  return static_cast<int64_t>((static_cast<uint64_t>(high) << 32) | static_cast<uint64_t>(low));
}

const std::string& PackedReader::string() {
  const auto index = static_cast<size_t>(number());
  if (strings_ == nullptr || index >= strings_->size()) throw std::out_of_range("packed arguments lack a string");
  return (*strings_)[index];
}

void PackedWriter::overflow(double value) {
  if (at_ == size_) overflow_->assign(data_, data_ + size_);
  overflow_->push_back(value);
  ++at_;
}

void PackedWriter::integer(int64_t value) {
  if (value <= kExactInDouble && value >= -kExactInDouble) {
    tag(Tag::Int);
    number(static_cast<double>(value));
    return;
  }
  tag(Tag::BigInt);
  number(static_cast<double>(value >> 32));
  number(static_cast<double>(value & 0xffffffff));
}

void PackedWriter::tensor(at::Tensor tensor) {
  if (!tensor.defined()) return tag(Tag::None);
  tag(Tag::Tensor);
  number(static_cast<double>(handles::insert(std::move(tensor))));
}

void PackedWriter::value(const c10::IValue& value) {
  if (value.isTensor()) return tensor(value.toTensor());
  if (value.isNone()) return tag(Tag::None);
  if (value.isBool()) {
    tag(Tag::Bool);
    return number(value.toBool() ? 1 : 0);
  }
  if (value.isInt()) return integer(value.toInt());
  if (value.isSymInt()) return integer(value.toSymInt().guard_int(__FILE__, __LINE__));
  if (value.isDouble()) {
    tag(Tag::Double);
    return number(value.toDouble());
  }
  if (value.isComplexDouble()) {
    tag(Tag::Complex);
    number(value.toComplexDouble().real());
    return number(value.toComplexDouble().imag());
  }
  if (value.isString()) {
    tag(Tag::String);
    number(static_cast<double>(strings_->size()));
    strings_->push_back(value.toStringRef());
    return;
  }
  if (value.isDevice()) {
    tag(Tag::Device);
    number(static_cast<double>(static_cast<int>(value.toDevice().type())));
    return number(value.toDevice().index());
  }
  if (value.isList() || value.isTensorList() || value.isIntList() || value.isDoubleList() || value.isBoolList()) {
    const auto list = value.toListRef();
    tag(Tag::List);
    number(static_cast<double>(list.size()));
    for (const auto& item : list) this->value(item);
    return;
  }
  if (value.isTuple()) {
    const auto& items = value.toTupleRef().elements();
    tag(Tag::Tuple);
    number(static_cast<double>(items.size()));
    for (const auto& item : items) this->value(item);
    return;
  }
  if (value.isGenericDict()) {
    const auto dict = value.toGenericDict();
    tag(Tag::Dict);
    number(static_cast<double>(dict.size()));
    for (const auto& entry : dict) {
      this->value(entry.key());
      this->value(entry.value());
    }
    return;
  }
  throw std::runtime_error("a result of kind " + value.tagKind() + " cannot be handed to JavaScript");
}

}  // namespace fastai
