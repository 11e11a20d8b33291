// What cuda-kernels.test.ts runs: the CUDA kernels as plain C++, beside the CPU's loops; and, given a libnvrtc, whether
// it compiles them. Prints the largest difference of images, then of masks how many pixels differ; or an architecture a
// line.
#include <dlfcn.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "cpp/vision/augment.h"

struct Index {
  unsigned x, y;
};
static Index blockIdx, blockDim, threadIdx, gridDim;
#define __global__
#define __device__
#include "cpp/vision/augment_kernels.cu"

using namespace fastai::vision;

static unsigned seed = 1;
static float uniform(float low, float high) {
  seed = seed * 1664525U + 1013904223U;
  return low + (high - low) * static_cast<float>(seed >> 8) / 16777216.0F;
}

template <typename Kernel>
static void launch(Kernel kernel, const PixelCall& call) {
  const auto pixels = static_cast<unsigned>(call.out_height * call.out_width);
  blockDim = {64, 1};
  gridDim = {(pixels + 63) / 64, 2};  // fewer rows of blocks than images
  for (blockIdx.y = 0; blockIdx.y < gridDim.y; ++blockIdx.y) {
    for (blockIdx.x = 0; blockIdx.x < gridDim.x; ++blockIdx.x) {
      for (threadIdx.x = 0; threadIdx.x < blockDim.x; ++threadIdx.x) kernel(call);
    }
  }
}

template <typename Pixel, typename Kernel>
static float images_apart(const Batch& batch, const Augmentation& what, Kernel kernel, float top) {
  std::vector<Pixel> in(batch.count * batch.channels * batch.height * batch.width);
  // Smooth, so that rounding of coordinates does not show.
  for (size_t i = 0; i < in.size(); ++i) in[i] = static_cast<Pixel>(top * (0.5F + 0.5F * std::sin(0.01F * (i % 4099))));
  const size_t size = batch.count * batch.channels * batch.out_height * batch.out_width;
  std::vector<float> cpu(size), gpu(size);
  augment_rows(in.data(), cpu.data(), batch, what, 0, batch.count * batch.out_height);
  const auto whole = [](int64_t n) { return static_cast<int>(n); };
  launch(kernel, PixelCall{in.data(), gpu.data(), what.maps, what.light, what.mean, what.std, what.scale,
                           whole(batch.count), whole(batch.channels), whole(batch.height), whole(batch.width),
                           whole(batch.out_height), whole(batch.out_width), what.padding, what.align_corners});
  float most = 0;
  for (size_t i = 0; i < size; ++i) most = std::max(most, std::fabs(cpu[i] - gpu[i]));
  return most;
}

template <typename Pixel, typename Kernel>
static size_t masks_apart(const Batch& batch, const Augmentation& what, Kernel kernel) {
  std::vector<Pixel> in(batch.count * batch.height * batch.width);
  for (Pixel& value : in) value = static_cast<Pixel>(uniform(0, 200));
  std::vector<int64_t> cpu(batch.count * batch.out_height * batch.out_width), gpu(cpu.size());
  augment_mask_rows(in.data(), cpu.data(), batch, what, 0, batch.count * batch.out_height);
  const auto whole = [](int64_t n) { return static_cast<int>(n); };
  launch(kernel, PixelCall{in.data(), gpu.data(), what.maps, nullptr, nullptr, nullptr, 1, whole(batch.count), 1,
                           whole(batch.height), whole(batch.width), whole(batch.out_height), whole(batch.out_width),
                           what.padding, what.align_corners});
  size_t differing = 0;
  for (size_t i = 0; i < cpu.size(); ++i) differing += cpu[i] != gpu[i];
  return differing;
}

static void compare() {
  const int64_t count = 5;
  std::vector<float> maps(9 * count), light(4 * count);
  for (int64_t i = 0; i < count; ++i) {
    const float map[] = {1, 0.1F, 0, -0.1F, 1, 0, 0, 0, 1};
    for (int k = 0; k < 9; ++k) maps[9 * i + k] = map[k] + uniform(-0.2F, 0.2F);
    light[4 * i] = uniform(0.7F, 1.3F);
    light[4 * i + 1] = uniform(-0.4F, 0.4F);
  }
  light[0] = 1;
  light[1] = 0;
  const float mean[] = {0.4F, 0.5F, 0.6F, 0.4F, 0.5F}, std[] = {0.2F, 0.3F, 0.25F, 0.3F, 0.2F};
  float images = 0;
  size_t masks = 0;
  for (int variant = 0; variant < 24; ++variant) {
    const int64_t channels = 1 + variant % 5;
    for (int64_t i = 2; i < count; ++i) light[4 * i + 2] = channels == 3 ? uniform(-0.3F, 0.3F) : 0;
    light[4 * 1 + 3] = light[4 * 3 + 3] = channels == 3 ? uniform(0.8F, 1.2F) : 0;
    Augmentation what;
    what.padding = static_cast<Padding>(variant % 3);
    what.align_corners = variant % 2 == 0;
    what.maps = variant < 18 ? maps.data() : nullptr;
    what.light = variant % 4 < 2 ? light.data() : nullptr;
    what.mean = variant % 5 < 3 ? mean : nullptr;
    what.std = variant % 5 < 3 ? std : nullptr;
    Batch batch{count, channels, 23, 31, 17, 29};
    if (what.maps == nullptr) batch.out_height = 23, batch.out_width = 31;
    what.scale = 1 / 255.0F;
    images = std::max(images, images_apart<uint8_t>(batch, what, augment_bytes, 255));
    what.scale = 1;
    images = std::max(images, images_apart<float>(batch, what, augment_floats, 1));
    if (what.maps == nullptr) continue;
    masks += masks_apart<uint8_t>(batch, what, augment_byte_masks);
    masks += masks_apart<int64_t>(batch, what, augment_long_masks);
  }
  std::printf("%g %zu\n", images, masks);
}

static std::string text(const std::string& file) {
  std::stringstream all;
  all << std::ifstream(file).rdbuf();
  return all.str();
}

template <typename Function>
static Function* symbol(void* library, const char* name) {
  return reinterpret_cast<Function*>(dlsym(library, name));
}

static int compile(const char* nvrtc) {
  void* library = dlopen(nvrtc, RTLD_NOW);
  if (library == nullptr) return 1;
  int count = 0;
  symbol<int(int*)>(library, "nvrtcGetNumSupportedArchs")(&count);
  std::vector<int> known(count);
  symbol<int(int*)>(library, "nvrtcGetSupportedArchs")(known.data());
  const std::string kernels = text("cpp/vision/augment_kernels.cu");
  const std::string pixel = text("cpp/vision/augment_pixel.h"), math = text("cpp/vision/augment_math.h");
  const char* texts[] = {pixel.c_str(), math.c_str()};
  const char* names[] = {"cpp/vision/augment_pixel.h", "cpp/vision/augment_math.h"};
  for (const int architecture : known) {
    void* program = nullptr;
    symbol<int(void**, const char*, const char*, int, const char* const*, const char* const*)>(
        library, "nvrtcCreateProgram")(&program, kernels.c_str(), "augment_kernels.cu", 2, texts, names);
    const std::string option = "--gpu-architecture=sm_" + std::to_string(architecture);
    const char* options[] = {"--std=c++17", "--prec-div=false", option.c_str()};
    const int code = symbol<int(void*, int, const char* const*)>(library, "nvrtcCompileProgram")(program, 3, options);
    const std::string wanted = code == 0 ? "nvrtcGetCUBIN" : "nvrtcGetProgramLog";
    size_t size = 0;
    symbol<int(void*, size_t*)>(library, (wanted + "Size").c_str())(program, &size);
    std::string result(size, ' ');
    symbol<int(void*, char*)>(library, wanted.c_str())(program, result.data());
    const bool entry = code == 0 && result.find("augment_long_masks") != std::string::npos;
    std::printf("%d %s\n", architecture, entry ? "compiles" : result.c_str());
  }
  return 0;
}

int main(int count, char** arguments) {
  if (count > 1) return compile(arguments[1]);
  compare();
  return 0;
}
