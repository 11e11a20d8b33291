// Augmentation on CUDA devices: the kernels of augment_kernels.cu, compiled for the GPU that is there when they are
// first asked for. So one addon serves CPU and GPU, and building it needs no CUDA. Where compiling fails, `augments` is
// false, and the steps run one by one.
#include <ATen/ATen.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/library.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>

#include "augment_texts.h"
#include "cpp/cuda/libraries.h"
#include "cpp/vision/augment_checks.h"
#include "cpp/vision/augment_pixel.h"

namespace fastai::vision {
namespace {

using cuda::check;
using cuda::open_first;
using cuda::symbol;

/// Machine code for a compute capability such as 90, which an older driver of the same CUDA takes, too. Where the
/// compiler does not know the capability yet, PTX for the newest below it, and the driver does the rest.
std::string compile(int capability) {
  using Program = void*;
  const auto nvrtc = open_first({"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"});
  auto& library = *nvrtc;
  int count = 0;
  check(symbol<int(int*)>(library, "nvrtcGetNumSupportedArchs")(&count), "asking NVRTC");
  std::vector<int> known(count);
  check(symbol<int(int*)>(library, "nvrtcGetSupportedArchs")(known.data()), "asking NVRTC");
  int newest = 0;
  for (const int each : known) newest = each <= capability ? std::max(newest, each) : newest;
  const bool exact = newest == capability;
  const std::string architecture = std::string("--gpu-architecture=") + (exact ? "sm_" : "compute_") +
                                   std::to_string(newest);
  const char* options[] = {"--std=c++17", "--prec-div=false", architecture.c_str()};
  const char* names[] = {"cpp/vision/augment_pixel.h", "cpp/vision/augment_math.h"};
  const char* texts[] = {texts::augment_pixel, texts::augment_math};
  Program program = nullptr;
  check(symbol<int(Program*, const char*, const char*, int, const char* const*, const char* const*)>(
            library, "nvrtcCreateProgram")(&program, texts::augment_kernels, "augment_kernels.cu", 2, texts, names),
        "reading the kernels");
  const int code = symbol<int(Program, int, const char* const*)>(library, "nvrtcCompileProgram")(program, 3, options);
  const std::string wanted = code != 0 ? "nvrtcGetProgramLog" : exact ? "nvrtcGetCUBIN" : "nvrtcGetPTX";
  size_t size = 0;
  symbol<int(Program, size_t*)>(library, (wanted + "Size").c_str())(program, &size);
  std::string result(size, 0);
  symbol<int(Program, char*)>(library, wanted.c_str())(program, result.data());
  symbol<int(Program*)>(library, "nvrtcDestroyProgram")(&program);
  TORCH_CHECK(code == 0, "CUDA: compiling the kernels failed: ", result);
  return result;
}

/// The kernels on one device.
class Kernels {
 public:
  /// The device must be the current one.
  explicit Kernels(int ordinal) : driver_(cuda::open_driver()) {
    int device = 0;
    check(symbol<int(int*, int)>(*driver_, "cuDeviceGet")(&device, ordinal), "asking the driver");
    int major = 0;
    int minor = 0;
    const auto attribute = symbol<int(int*, int, int)>(*driver_, "cuDeviceGetAttribute");
    check(attribute(&major, 75, device), "asking the driver");  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR
    check(attribute(&minor, 76, device), "asking the driver");  // and MINOR
    const std::string code = compile(10 * major + minor);
    const auto load = symbol<int(void**, const void*)>(*driver_, "cuModuleLoadData");
    check(load(&module_, code.c_str()), "loading the kernels");
    launch_ = symbol<Launch>(*driver_, "cuLaunchKernel");
  }

  /// On the current stream of the device, a thread for each pixel of the output.
  void run(const char* name, PixelCall call, const c10::Device& device) const {
    void* kernel = nullptr;
    const auto function = symbol<int(void**, void*, const char*)>(*driver_, "cuModuleGetFunction");
    check(function(&kernel, module_, name), "finding a kernel");
    void* stream = c10::impl::VirtualGuardImpl(device.type()).getStream(device).native_handle();
    constexpr unsigned block = 256;
    const auto pixels = static_cast<unsigned>(call.out_height * call.out_width);
    const auto images = static_cast<unsigned>(std::min(call.count, 65535));
    void* arguments[] = {&call};
    check(launch_(kernel, (pixels + block - 1) / block, images, 1, block, 1, 1, 0, stream, arguments, nullptr),
          "starting a kernel");
  }

 private:
  using Launch = int(void*, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void*, void**,
                     void**);
  std::unique_ptr<at::DynamicLibrary> driver_;
  void* module_ = nullptr;
  Launch* launch_ = nullptr;
};

/// The kernels of a device, compiled when they are first asked for; null, after one warning, where that failed.
const Kernels* kernels_of(const c10::Device& device) {
  static std::mutex lock;
  static std::map<int, std::unique_ptr<Kernels>> found;
  const std::lock_guard<std::mutex> guard(lock);
  const auto known = found.find(device.index());
  if (known != found.end()) return known->second.get();
  std::unique_ptr<Kernels> made;
  try {
    made = std::make_unique<Kernels>(device.index());
  } catch (const c10::Error& error) {
    TORCH_WARN("Augmentation runs step by step on ", device, ": ", error.what_without_backtrace());
  }
  return found.emplace(device.index(), std::move(made)).first->second.get();
}

PixelCall call_of(const Batch& batch, const at::Tensor& in, at::Tensor& out, int64_t padding, bool align_corners) {
  PixelCall call{};
  call.in = in.const_data_ptr();
  call.out = out.mutable_data_ptr();
  call.scale = 1;
  call.count = static_cast<int>(batch.count);
  call.channels = static_cast<int>(batch.channels);
  call.height = static_cast<int>(batch.height);
  call.width = static_cast<int>(batch.width);
  call.out_height = static_cast<int>(batch.out_height);
  call.out_width = static_cast<int>(batch.out_width);
  call.padding = static_cast<Padding>(padding);
  call.align_corners = align_corners;
  return call;
}

const Kernels& needed(const c10::Device& device) {
  const Kernels* kernels = kernels_of(device);
  TORCH_CHECK_NOT_IMPLEMENTED(kernels != nullptr, "expected kernels for ", device, ", got none: ask fastai::augments");
  return *kernels;
}

at::Tensor augment_images(const at::Tensor& images, const std::optional<at::Tensor>& maps, at::IntArrayRef size,
                          int64_t padding, bool align_corners, double scale, const std::optional<at::Tensor>& light,
                          const std::optional<at::Tensor>& mean, const std::optional<at::Tensor>& std) {
  const c10::DeviceGuard guard(images.device());
  const Batch batch = images_batch(images, maps && maps->defined(), size, padding);
  const Numbers numbers(images, batch, maps, light, mean, std);
  at::Tensor out = at::empty({batch.count, batch.channels, size[0], size[1]}, images.options().dtype(at::kFloat));
  PixelCall call = call_of(batch, images, out, padding, align_corners);
  call.maps = pointer(numbers.maps);
  call.light = pointer(numbers.light);
  call.mean = pointer(numbers.mean);
  call.std = pointer(numbers.std);
  call.scale = static_cast<float>(scale);
  const bool bytes = images.scalar_type() == at::kByte;
  needed(images.device()).run(bytes ? "augment_bytes" : "augment_floats", call, images.device());
  return out;
}

at::Tensor augment_masks(const at::Tensor& masks, const at::Tensor& maps, at::IntArrayRef size, int64_t padding,
                         bool align_corners) {
  const c10::DeviceGuard guard(masks.device());
  const Batch batch = masks_batch(masks, size, padding);
  const at::Tensor moves = numbers(maps, batch.count * 9, masks, "maps");
  TORCH_CHECK_VALUE(moves.defined(), "expected maps");
  at::Tensor out = at::empty({batch.count, size[0], size[1]}, masks.options().dtype(at::kLong));
  PixelCall call = call_of(batch, masks, out, padding, align_corners);
  call.maps = pointer(moves);
  const bool bytes = masks.scalar_type() == at::kByte;
  needed(masks.device()).run(bytes ? "augment_byte_masks" : "augment_long_masks", call, masks.device());
  return out;
}

bool augments(const at::Tensor& images) {
  const c10::DeviceGuard guard(images.device());
  return kernels_of(images.device()) != nullptr;
}

}  // namespace
}  // namespace fastai::vision

TORCH_LIBRARY_IMPL(fastai, CUDA, library) {
  library.impl("augment_images", fastai::vision::augment_images);
  library.impl("augment_masks", fastai::vision::augment_masks);
  library.impl("augments", fastai::vision::augments);
}
