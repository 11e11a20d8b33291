#include "cpp/core/op_direct.h"

#include <ATen/ATen.h>
#include <ATen/CPUFunctions.h>
#include <ATen/core/LegacyTypeDispatch.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "cpp/core/op_arguments.h"
#include "cpp/core/plain.h"
#include "cpp/nn/batch_norm.h"
#include "cpp/nn/linear.h"
#include "cpp/nn/mse_loss.h"

namespace fastai::ops {
namespace {

// NOTE [ direct calls ]
// A boxed call makes a box of every argument, lists on the heap, and libtorch opens them again: 150 to 400 ns, about as
// much as Python's binding costs. A typed call reads the same packed values into the C++ types of the operator. What the
// operator does (autograd, autocast, vmap, any device) is the same, as both go through the dispatcher.

// How an argument of type T is kept while the call runs.
template <typename T>
struct Kept {
  using type = std::decay_t<T>;
};
template <>
struct Kept<at::IntArrayRef> {
  using type = at::DimVector;
};
template <>
struct Kept<c10::SymIntArrayRef> {
  using type = at::DimVector;
};
template <>
struct Kept<at::OptionalIntArrayRef> {
  using type = std::optional<at::DimVector>;
};
template <>
struct Kept<c10::SymInt> {
  using type = int64_t;
};
template <>
struct Kept<std::optional<c10::SymInt>> {
  using type = std::optional<int64_t>;
};

template <>
struct Kept<std::string_view> {
  using type = std::string;  // the box that the text comes from is gone before the call
};

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};

// The value when it stands there in its usual form; anything else is for the reader of boxes.
template <typename T>
bool read_plain(Tag tag, PackedReader& reader, T& value) {
  if constexpr (IsOptional<T>::value) {
    if (tag == Tag::None) return true;  // `value` has none yet
    typename T::value_type inner{};
    if (!read_plain(tag, reader, inner)) return false;
    value = std::move(inner);
    return true;
  } else if constexpr (std::is_same_v<T, at::Tensor>) {
    if (tag != Tag::Tensor) return false;
    value = handles::get(reader.handle());
    return true;
  } else if constexpr (std::is_same_v<T, at::Scalar>) {
    if (tag == Tag::Int) {
      value = reader.integer();
    } else if (tag == Tag::Double) {
      value = reader.number();
    } else {
      return false;
    }
    return true;
  } else if constexpr (std::is_same_v<T, at::DimVector>) {
    if (tag != Tag::IntList) return false;
    const auto count = static_cast<size_t>(reader.integer());
    for (size_t i = 0; i < count; ++i) value.push_back(reader.integer());
    return true;
  } else if constexpr (std::is_same_v<T, bool>) {
    if (tag != Tag::Bool) return false;
    value = reader.number() != 0;
    return true;
  } else if constexpr (std::is_same_v<T, int64_t>) {
    if (tag != Tag::Int) return false;
    value = reader.integer();
    return true;
  } else if constexpr (std::is_same_v<T, double>) {
    if (tag != Tag::Int && tag != Tag::Double) return false;
    value = reader.number();
    return true;
  } else {
    return false;
  }
}

template <typename T>
T unbox(c10::IValue&& value) {
  if constexpr (std::is_same_v<T, at::DimVector>) {
    return value.toDimVector();
  } else if constexpr (std::is_same_v<T, std::optional<at::DimVector>>) {
    return value.isNone() ? T() : T(value.toDimVector());
  } else {
    return std::move(value).to<T>();
  }
}

template <typename T>
T read(size_t i, const Operator& op, size_t given, PackedReader& reader) {
  const Argument& argument = op.arguments[i];
  const Tag tag = i < given ? reader.tag() : Tag::Default;
  if (tag == Tag::Default) return unbox<T>(default_of(argument));
  T value{};
  if (read_plain(tag, reader, value)) return value;
  return unbox<T>(read_value(tag, reader, argument));
}

template <typename T>
decltype(auto) passed(typename Kept<T>::type& value) {
  if constexpr (std::is_same_v<T, c10::SymIntArrayRef>) {
    return c10::fromIntArrayRefSlow(value);
  } else if constexpr (std::is_same_v<T, at::OptionalIntArrayRef>) {
    return value ? at::OptionalIntArrayRef(at::IntArrayRef(*value)) : at::OptionalIntArrayRef();
  } else {
    return (value);
  }
}

using Operands = c10::SmallVector<const at::Tensor*, 5>;

template <typename T>
void add_operand(const T& value, Operands& operands) {
  if constexpr (std::is_same_v<T, at::Tensor>) operands.push_back(&value);
  if constexpr (std::is_same_v<T, std::optional<at::Tensor>>) {
    if (value) operands.push_back(&*value);
  }
}

// NOTE [ unrecorded calls ]
// Autograd's kernels first ask whether anything is to be recorded; for small operators asking costs up to a third of the
// call, and composite operators ask again at each step inside. Plain tensors that need no gradient are asked once, here.
// Views and in-place operators are left alone: they share versions with what they view or change.
bool is_unrecorded(const at::Tensor& tensor, bool recording) {
  return is_plain(tensor) && !(recording && tensor.requires_grad());
}

bool is_unrecorded(const Operands& operands) {
  if (is_transforming()) return false;
  const bool recording = at::GradMode::is_enabled();
  return std::all_of(operands.begin(), operands.end(),
                     [recording](const at::Tensor* one) { return is_unrecorded(*one, recording); });
}

// What the dispatcher ends at for plain tensors on the CPU; asking it, twice for a sum, takes longer than four-by-four numbers.
template <typename Op>
struct OnCpu {
  static constexpr bool known = false;
};
template <>
struct OnCpu<at::_ops::add_Tensor> {
  static constexpr bool known = true;
  static at::Tensor call(const at::Tensor& a, const at::Tensor& b, const at::Scalar& alpha) { return at::cpu::add(a, b, alpha); }
};
template <>
struct OnCpu<at::_ops::sub_Tensor> {
  static constexpr bool known = true;
  static at::Tensor call(const at::Tensor& a, const at::Tensor& b, const at::Scalar& alpha) { return at::cpu::sub(a, b, alpha); }
};
template <>
struct OnCpu<at::_ops::mul_Tensor> {
  static constexpr bool known = true;
  static at::Tensor call(const at::Tensor& a, const at::Tensor& b) { return at::cpu::mul(a, b); }
};
template <>
struct OnCpu<at::_ops::sum> {
  static constexpr bool known = true;
  static at::Tensor call(const at::Tensor& a, std::optional<at::ScalarType> dtype) {
    return at::cpu::sum(a, at::IntArrayRef{}, false, dtype);
  }
};

// The operator, or a function of ours that computes the same. libtorch's batch norm goes over channels one number at a time,
// which took a sixth of a small convolutional network's step; recording the transposed weight took a third of a small linear
// layer's call; a squared error of 64 numbers took 17 us in a step of a collaborative filter (2026-11).
template <typename Op>
constexpr auto* kFunction = &Op::call;
template <>
constexpr auto* kFunction<at::_ops::linear> = &nn::linear;
template <>
constexpr auto* kFunction<at::_ops::batch_norm> = &nn::batch_norm;
template <>
constexpr auto* kFunction<at::_ops::mse_loss> = &nn::mse_loss;

bool all_on_cpu(const Operands& operands) {
  return std::all_of(operands.begin(), operands.end(), [](const at::Tensor* one) { return one->is_cpu(); });
}

template <typename Op, typename Schema = typename Op::schema>
struct Call;

template <typename Op, typename Result, typename... Types>
struct Call<Op, Result(Types...)> {
  static void run(const Operator& op, size_t given, bool discard, PackedReader& reader, PackedWriter& writer) {
    run_with(std::index_sequence_for<Types...>(), op, given, discard, reader, writer);
  }

 private:
  template <size_t... I>
  static void run_with(std::index_sequence<I...>, const Operator& op, size_t given, bool discard, PackedReader& reader,
                       PackedWriter& writer) {
    // Braces read from the left to the right.
    std::tuple<typename Kept<Types>::type...> values{read<typename Kept<Types>::type>(I, op, given, reader)...};
    Operands operands;
    (add_operand(std::get<I>(values), operands), ...);
    const small_work::OneThread one_thread(small_work::is_small(op.cost, operands));
    std::optional<at::AutoDispatchBelowADInplaceOrView> below_autograd;
    if (op.makes_new && is_unrecorded(operands)) below_autograd.emplace();
    at::Tensor result = [&] {
      if constexpr (OnCpu<Op>::known) {
        if (below_autograd && all_on_cpu(operands)) return OnCpu<Op>::call(passed<Types>(std::get<I>(values))...);
      }
      return kFunction<Op>(passed<Types>(std::get<I>(values))...);
    }();
    if (discard) return writer.number(0);
    writer.number(1);
    writer.tensor(std::move(result));
  }
};

using Table = std::unordered_map<std::string, Direct>;

std::string key_of(const std::string& name, const std::string& overload) { return name + '.' + overload; }

template <typename... Ops>
Table table_of() {
  Table table;
  (table.emplace(key_of(Ops::name, Ops::overload_name), &Call<Ops>::run), ...);
  return table;
}

const Table& table() {
  namespace o = at::_ops;
  static const Table instance = table_of<
      // arithmetic
      o::add_Tensor, o::add_Scalar, o::add__Tensor, o::sub_Tensor, o::sub_Scalar, o::mul_Tensor, o::mul_Scalar,
      o::mul__Tensor, o::div_Tensor, o::div_Scalar, o::pow_Tensor_Scalar, o::neg, o::exp, o::log, o::sqrt, o::abs,
      o::eq_Tensor, o::eq_Scalar, o::gt_Scalar, o::lt_Scalar, o::where_self, o::copy_, o::zero_, o::clone,
      // shapes
      o::view, o::reshape, o::flatten_using_ints, o::permute, o::transpose_int, o::t, o::unsqueeze, o::squeeze_dim,
      o::select_int, o::slice_Tensor, o::expand, o::detach, o::contiguous,
      // reductions
      o::sum, o::sum_dim_IntList, o::mean, o::mean_dim, o::argmax,
      // layers
      o::linear, o::mm, o::bmm, o::matmul, o::addmm, o::embedding, o::relu, o::relu_, o::gelu, o::silu, o::sigmoid,
      o::tanh, o::softmax_int, o::log_softmax_int, o::dropout, o::batch_norm, o::layer_norm, o::conv2d, o::max_pool2d,
      o::cross_entropy_loss, o::mse_loss>();
  return instance;
}

}  // namespace

Direct direct_of(const std::string& name, const std::string& overload) {
  const auto found = table().find(key_of(name, overload));
  return found == table().end() ? nullptr : found->second;
}

}  // namespace fastai::ops
