#include "cpp/core/op_arguments.h"

#include <ATen/core/Generator.h>

#include <stdexcept>

namespace fastai::ops {
namespace {

using c10::IValue;

[[noreturn]] void mismatch(const Argument& argument, Tag tag) {
  throw std::invalid_argument("argument \"" + argument.name + "\": a value of tag " +
                              std::to_string(static_cast<int>(tag)) + " does not fit the schema");
}

at::Tensor scalar_tensor(const at::Scalar& value) {
  at::Tensor result = at::scalar_tensor(value, at::device(at::kCPU).dtype(value.type()));
  // A plain number takes part in type promotion more weakly than a tensor.
  result.unsafeGetTensorImpl()->set_wrapped_number(true);
  return result;
}

at::Scalar read_scalar(Tag tag, PackedReader& reader, const Argument& argument) {
  switch (tag) {
    case Tag::Int: return reader.integer();
    case Tag::BigInt: return reader.big_integer();
    case Tag::Double: return reader.number();
    case Tag::Bool: return reader.number() != 0;
    case Tag::Complex: {
      const double real = reader.number();
      return c10::complex<double>(real, reader.number());
    }
    case Tag::Tensor: return handles::get(reader.handle()).item();
    default: mismatch(argument, tag);
  }
}

int64_t read_int(Tag tag, PackedReader& reader, const Argument& argument) {
  switch (tag) {
    case Tag::Int: return reader.integer();
    case Tag::Bool: return reader.number() != 0 ? 1 : 0;
    case Tag::BigInt: return reader.big_integer();
    case Tag::Tensor: return handles::get(reader.handle()).item<int64_t>();
    default: mismatch(argument, tag);
  }
}

double read_double(Tag tag, PackedReader& reader, const Argument& argument) {
  switch (tag) {
    case Tag::Int:
    case Tag::Double: return reader.number();
    case Tag::Bool: return reader.number() != 0 ? 1 : 0;
    case Tag::Tensor: return handles::get(reader.handle()).item<double>();
    default: mismatch(argument, tag);
  }
}

IValue read_tensor(Tag tag, PackedReader& reader, const Argument& argument) {
  if (tag == Tag::Tensor) return handles::get(reader.handle());
  if (tag == Tag::None) return argument.optional ? IValue() : IValue(at::Tensor());
  return scalar_tensor(read_scalar(tag, reader, argument));
}

// One reader for every kind of list: the packed forms differ, the element reader is the argument's.
template <typename T, typename ReadOne>
c10::List<T> read_list(Tag tag, PackedReader& reader, const Argument& argument, Tag plain, ReadOne read_one) {
  c10::List<T> result;
  if (tag == Tag::List || tag == Tag::Tuple) {
    const auto count = reader.integer();
    for (int64_t i = 0; i < count; ++i) result.push_back(read_one(reader.tag()));
  } else if (tag == Tag::IntList || tag == Tag::DoubleList || tag == Tag::TensorList) {
    const auto count = reader.integer();
    for (int64_t i = 0; i < count; ++i) result.push_back(read_one(plain));
  } else {
    const T value = read_one(tag);
    for (int32_t i = 0; i < argument.fixed_size.value_or(1); ++i) result.push_back(value);
  }
  return result;
}

IValue read_optional_tensors(Tag tag, PackedReader& reader, const Argument& argument) {
  return read_list<std::optional<at::Tensor>>(tag, reader, argument, Tag::Tensor,
                                              [&](Tag one) -> std::optional<at::Tensor> {
                                                if (one == Tag::None) return std::nullopt;
                                                return handles::get(reader.handle());
                                              });
}

IValue read_scalars(Tag tag, PackedReader& reader, const Argument& argument) {
  const auto read_one = [&](Tag one) { return read_scalar(one, reader, argument); };
  return read_list<at::Scalar>(tag, reader, argument, Tag::Double, read_one);
}

}  // namespace

IValue read_value(Tag tag, PackedReader& reader, const Argument& argument) {
  if (tag == Tag::None && argument.kind != Kind::Tensor) return {};
  switch (argument.kind) {
    case Kind::Tensor: return read_tensor(tag, reader, argument);
    case Kind::Scalar: return read_scalar(tag, reader, argument);
    case Kind::Int: return read_int(tag, reader, argument);
    case Kind::Float: return read_double(tag, reader, argument);
    case Kind::Bool: return read_int(tag, reader, argument) != 0;
    case Kind::String: return tag == Tag::String ? IValue(reader.string()) : (mismatch(argument, tag), IValue());
    case Kind::Complex: return read_scalar(tag, reader, argument).toComplexDouble();
    case Kind::Device: {
      if (tag != Tag::Device) mismatch(argument, tag);
      const auto type = static_cast<c10::DeviceType>(reader.integer());
      return c10::Device(type, static_cast<c10::DeviceIndex>(reader.integer()));
    }
    case Kind::TensorList:
      return read_list<at::Tensor>(tag, reader, argument, Tag::Tensor,
                                   [&](Tag one) { return read_tensor(one, reader, argument).toTensor(); });
    case Kind::OptionalTensorList: return read_optional_tensors(tag, reader, argument);
    case Kind::IntList:
      return read_list<int64_t>(tag, reader, argument, Tag::Int,
                                [&](Tag one) { return read_int(one, reader, argument); });
    case Kind::FloatList:
      return read_list<double>(tag, reader, argument, Tag::Double,
                               [&](Tag one) { return read_double(one, reader, argument); });
    case Kind::BoolList:
      return read_list<bool>(tag, reader, argument, Tag::Bool,
                             [&](Tag one) { return read_int(one, reader, argument) != 0; });
    case Kind::ScalarList: return read_scalars(tag, reader, argument);
    case Kind::StringList:
      return read_list<std::string>(tag, reader, argument, Tag::String, [&](Tag) { return reader.string(); });
    case Kind::Generator:
    case Kind::Other: mismatch(argument, tag);
  }
  mismatch(argument, tag);
}

IValue default_of(const Argument& argument) {
  if (argument.default_value) return *argument.default_value;
  if (argument.optional) return {};
  throw std::invalid_argument("argument \"" + argument.name + "\" is missing");
}

}  // namespace fastai::ops
