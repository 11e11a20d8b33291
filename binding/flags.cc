// Process-wide choices of libtorch: determinism, and what precision GPUs may trade for speed.
#include <ATen/Context.h>

#include <map>

#include "binding/define.h"

namespace fastai::binding {
namespace {

struct Flag {
  bool (*get)();
  void (*set)(bool);
};

at::Context& context() { return at::globalContext(); }

const std::map<std::string, Flag>& flags() {
  static const std::map<std::string, Flag> known{
      {"cudnn.enabled", {[] { return context().userEnabledCuDNN(); }, [](bool on) { context().setUserEnabledCuDNN(on); }}},
      {"cudnn.benchmark", {[] { return context().benchmarkCuDNN(); }, [](bool on) { context().setBenchmarkCuDNN(on); }}},
      {"cudnn.deterministic",
       {[] { return context().deterministicCuDNN(); }, [](bool on) { context().setDeterministicCuDNN(on); }}},
      {"cudnn.allowTf32", {[] { return context().allowTF32CuDNN(); }, [](bool on) { context().setAllowTF32CuDNN(on); }}},
      {"matmul.allowTf32",
       {[] { return context().allowTF32CuBLAS(); }, [](bool on) { context().setAllowTF32CuBLAS(on); }}},
  };
  return known;
}

/// flag(name, value?): packed[0] = whether it was on.
napi_value flag(Environment& environment, const Arguments& arguments) {
  const Flag& found = flags().at(arguments.string(0));
  environment.buffer[0] = found.get() ? 1 : 0;
  if (arguments.has(1)) found.set(arguments.boolean(1));
  return nullptr;
}

/// deterministic(on?, warnOnly?): packed = whether only deterministic algorithms are taken, and whether others but warn.
napi_value deterministic(Environment& environment, const Arguments& arguments) {
  if (arguments.has(0)) context().setDeterministicAlgorithms(arguments.boolean(0), arguments.boolean(1));
  environment.buffer[0] = context().deterministicAlgorithms() ? 1 : 0;
  environment.buffer[1] = context().deterministicAlgorithmsWarnOnly() ? 1 : 0;
  return nullptr;
}

/// matmulPrecision(name?): packed[0] = 0 highest, 1 high, 2 medium.
napi_value matmul_precision(Environment& environment, const Arguments& arguments) {
  if (arguments.has(0)) context().setFloat32MatmulPrecision(arguments.string(0));
  environment.buffer[0] = static_cast<double>(context().float32MatmulPrecision());
  return nullptr;
}

}  // namespace

void init_flags(Napi::Env env, Napi::Object exports) {
  define<flag>(env, exports, "flag");
  define<deterministic>(env, exports, "deterministic");
  define<matmul_precision>(env, exports, "matmulPrecision");
}

}  // namespace fastai::binding
