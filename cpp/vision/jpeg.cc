#include "cpp/vision/jpeg.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <mutex>

namespace fastai::vision {
namespace {

// NOTE [ TurboJPEG ]
// The library comes as a shared object beside the addon, without a header. Its interface (version 3) is documented and
// stable; these are the few functions and numbers of it that decode.
using Handle = void*;
struct Factor {
  int num;
  int denom;
};
constexpr int kDecompress = 1;
enum Parameter { kStopOnWarning = 0, kWidth = 5, kHeight = 6, kPrecision = 7, kColorSpace = 8, kScanLimit = 13, kLossless = 15 };
enum ColorSpace { kGreyFile = 2, kCmykFile = 3 };
enum PixelFormat { kRgb = 0, kGrey = 6 };
constexpr int kMostScans = 500;  // of a progressive file: more are an attack
constexpr int64_t kMostPixels = int64_t{1} << 30;

struct Library {
  Handle (*init)(int);
  void (*destroy)(Handle);
  int (*set)(Handle, int, int);
  int (*get)(Handle, int);
  int (*header)(Handle, const uint8_t*, size_t);
  int (*scale)(Handle, Factor);
  int (*decompress)(Handle, const uint8_t*, size_t, uint8_t*, int, int);
};

const Library* library = nullptr;  // written once, before any use

template <typename Function>
bool find(void* shared, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(shared, name));
  return function != nullptr;
}

const Library* load(const std::string& path) {
  void* shared = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (shared == nullptr) return nullptr;
  static Library found;
  const bool complete = find(shared, "tj3Init", found.init) && find(shared, "tj3Destroy", found.destroy) &&
                        find(shared, "tj3Set", found.set) && find(shared, "tj3Get", found.get) &&
                        find(shared, "tj3DecompressHeader", found.header) &&
                        find(shared, "tj3SetScalingFactor", found.scale) &&
                        find(shared, "tj3Decompress8", found.decompress);
  return complete ? &found : nullptr;
}

// One for each thread: a decoder is several hundred kilobytes to set up.
Handle decoder() {
  struct Owner {
    Handle handle = library->init(kDecompress);
    ~Owner() {
      if (handle != nullptr) library->destroy(handle);
    }
  };
  thread_local Owner owner;
  return owner.handle;
}

// A file that can be decoded, and its size as it is stored.
struct Opened {
  Handle handle;
  int64_t width;
  int64_t height;
  int64_t channels;
};

std::optional<Opened> open_file(const JpegFile& file, Damage damage) {
  if (library == nullptr) return std::nullopt;
  Handle handle = decoder();
  if (handle == nullptr) return std::nullopt;
  library->set(handle, kStopOnWarning, damage == Damage::refuse ? 1 : 0);
  library->set(handle, kScanLimit, kMostScans);
  if (library->header(handle, file.bytes, file.size) != 0) return std::nullopt;
  const int space = library->get(handle, kColorSpace);
  if (space >= kCmykFile || library->get(handle, kPrecision) != 8 || library->get(handle, kLossless) == 1) {
    return std::nullopt;
  }
  const Opened opened{handle, library->get(handle, kWidth), library->get(handle, kHeight), space == kGreyFile ? 1 : 3};
  if (opened.width <= 0 || opened.height <= 0 || opened.width * opened.height > kMostPixels) return std::nullopt;
  return opened;
}

std::optional<Image> decode(const Opened& opened, const JpegFile& file, int shrink, Damage damage) {
  const auto scaled = [shrink](int64_t size) { return (size + shrink - 1) / shrink; };
  if (library->scale(opened.handle, {1, shrink}) != 0) return std::nullopt;
  Image image(scaled(opened.width), scaled(opened.height), opened.channels);
  // Rows that a damaged file does not reach stay black.
  if (damage == Damage::accept) std::memset(image.data.data(), 0, image.data.size());
  const int format = opened.channels == 1 ? kGrey : kRgb;
  const int failed = library->decompress(opened.handle, file.bytes, file.size, image.data.data(), 0, format);
  if (failed != 0 && damage == Damage::refuse) return std::nullopt;
  return image;
}

bool is_turned(int orientation) { return orientation >= 5; }

Image upright(Image image, int orientation) {
  // EXIF's numbers as symmetries of dihedral().
  constexpr std::array<int64_t, 9> symmetry{0, 0, 1, 4, 2, 6, 5, 7, 3};
  const bool known = orientation >= 2 && orientation <= 8;
  return known ? dihedral(image.view(), symmetry[static_cast<size_t>(orientation)]) : std::move(image);
}

// 1, 2, 4 or 8: how much smaller a picture may be decoded before it is shrunk to its size. Only for windows within it.
int shrink_of(const CropPadOptions& options, int64_t width, int64_t height) {
  const Window& window = options.window;
  const bool inside = window.left >= 0 && window.top >= 0 && window.left + window.width <= width &&
                      window.top + window.height <= height;
  if (!inside || options.filter != Filter::bilinear || options.width <= 0 || options.height <= 0) return 1;
  const int64_t factor = std::min(window.width / options.width, window.height / options.height);
  return factor >= 8 ? 8 : factor >= 4 ? 4 : factor >= 2 ? 2 : 1;
}

}  // namespace

bool use_jpeg_library(const std::string& path) {
  static std::once_flag once;
  std::call_once(once, [&] { library = load(path); });
  return library != nullptr;
}

std::optional<Image> decode_jpeg(const JpegFile& file, Damage damage) {
  const auto opened = open_file(file, damage);
  if (!opened) return std::nullopt;
  auto image = decode(*opened, file, 1, damage);
  if (!image) return std::nullopt;
  return upright(std::move(*image), file.orientation);
}

std::optional<Image> crop_pad_jpeg(const JpegFile& file, const CropPadOptions& options) {
  const auto opened = open_file(file, Damage::refuse);
  if (!opened) return std::nullopt;
  const bool turned = is_turned(file.orientation);
  const int64_t width = turned ? opened->height : opened->width;
  const int64_t height = turned ? opened->width : opened->height;
  const int shrink = shrink_of(options, width, height);
  auto stored = decode(*opened, file, shrink, Damage::refuse);
  if (!stored) return std::nullopt;
  const Image image = upright(std::move(*stored), file.orientation);
  if (shrink == 1) return crop_pad(image.view(), options);
  const auto at = [shrink](int64_t pixel) { return static_cast<float>(pixel) / static_cast<float>(shrink); };
  const Window& window = options.window;
  const Box box{at(window.left), at(window.top), at(window.left + window.width), at(window.top + window.height)};
  return resize(image.view(), options.width, options.height, options.filter, box);
}

}  // namespace fastai::vision
