// AOTInductor packages: models compiled to machine code ahead of time, each registered as an operator.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace fastai::package {

/// Loads one model of a package and registers it as `fastai_package_<id>::run(Tensor[] inputs) -> Tensor[]`, which checks
/// its inputs' devices, dtypes and shapes and computes without gradients. `device` is an index, -1 the current one. This
/// runs code of the file. Throws what libtorch throws for a file it cannot load. Thread-safe, as all of these.
uint64_t load(const std::string& path, const std::string& model, int64_t device);
/// Forgets a model, its operator and the files that it was unpacked to, when the last call of it has ended.
void release(uint64_t id);

/// How Python nested a model's arguments and its results, as torch.utils._pytree writes it: JSON.
struct CallSpec {
  std::string inputs;
  std::string outputs;
};
CallSpec call_spec(uint64_t id);

/// The first of the instruction sets' names, as Inductor writes them ("AVX512 AVX512_VNNI"), that this processor lacks;
/// "" when it has all of them. Names that are not known here count as there.
std::string lacking(const std::string& instruction_sets);

}  // namespace fastai::package
