#include "cpp/cuda/devices.h"

#include <ATen/detail/CUDAHooksInterface.h>

#include <array>
#include <cstdio>

#include "cpp/cuda/libraries.h"

namespace fastai::cuda {
namespace {

/// CUdevice_attribute of the driver's interface, whose numbers do not change.
constexpr std::array<std::pair<const char*, int>, 13> kAttributes{{
    {"major", 75},
    {"minor", 76},
    {"multiProcessorCount", 16},
    {"maxThreadsPerMultiProcessor", 39},
    {"maxThreadsPerBlock", 1},
    {"warpSize", 10},
    {"regsPerMultiprocessor", 82},
    {"sharedMemoryPerBlock", 8},
    {"sharedMemoryPerBlockOptin", 97},
    {"sharedMemoryPerMultiprocessor", 81},
    {"l2CacheSize", 38},
    {"clockRate", 13},
    {"isIntegrated", 18},
}};

/// 8-4-4-4-12 digits, as nvidia-smi prints it behind "GPU-".
std::string text_of(const std::array<unsigned char, 16>& uuid) {
  std::string text;
  for (size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    std::array<char, 3> digits{};
    std::snprintf(digits.data(), digits.size(), "%02x", uuid[i]);
    text += digits.data();
  }
  return text;
}

/// CUDA writes 12.4 as 12040.
std::string version_text(int64_t version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

}  // namespace

Properties properties(int ordinal) {
  const auto library = open_driver();
  auto& driver = *library;
  check(symbol<int(unsigned)>(driver, "cuInit")(0), "starting the driver");
  int device = 0;
  check(symbol<int(int*, int)>(driver, "cuDeviceGet")(&device, ordinal), "asking for the device");
  std::array<char, 256> name{};
  check(symbol<int(char*, int, int)>(driver, "cuDeviceGetName")(name.data(), name.size(), device), "asking its name");
  size_t memory = 0;
  check(symbol<int(size_t*, int)>(driver, "cuDeviceTotalMem_v2")(&memory, device), "asking its memory");
  std::array<unsigned char, 16> uuid{};
  check(symbol<int(void*, int)>(driver, "cuDeviceGetUuid")(uuid.data(), device), "asking its number");
  Properties result{name.data(), text_of(uuid), memory, {}};
  const auto attribute = symbol<int(int*, int, int)>(driver, "cuDeviceGetAttribute");
  for (const auto& [key, number] : kAttributes) {
    int value = 0;
    check(attribute(&value, number, device), key);
    result.attributes.emplace_back(key, value);
  }
  return result;
}

std::string driver_problem() {
  std::unique_ptr<at::DynamicLibrary> library;
  try {
    library = open_driver();
  } catch (const c10::Error&) {
    return "no NVIDIA driver was found (libcuda.so.1)";
  }
  constexpr int kNoDevice = 100;  // CUDA_ERROR_NO_DEVICE
  auto& driver = *library;
  const int code = symbol<int(unsigned)>(driver, "cuInit")(0);
  if (code == kNoDevice) return "the NVIDIA driver finds no device, or CUDA_VISIBLE_DEVICES hides all of them";
  if (code != 0) return "the NVIDIA driver does not start (code " + std::to_string(code) + ")";
  int known = 0;
  symbol<int(int*)>(driver, "cuDriverGetVersion")(&known);
  const auto& hooks = at::detail::getCUDAHooks();
  const int64_t needed = hooks.hasCUDART() ? hooks.versionCUDART() : 0;
  if (known / 1000 < needed / 1000) {
    return "the NVIDIA driver knows CUDA " + version_text(known) + ", this libtorch needs " + version_text(needed);
  }
  return "";
}

}  // namespace fastai::cuda
