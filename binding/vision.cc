// Image functions: crop, pad, resize. They work on plain bytes, also on threads of libuv's pool.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "binding/environment.h"
#include "binding/owned_memory.h"
#include "cpp/vision/jpeg.h"
#include "cpp/vision/pixel_tensors.h"
#include "cpp/vision/read_file.h"

namespace fastai::binding {
namespace {

using vision::CropPadOptions;
using vision::Image;
using vision::ImageView;
using vision::JpegFile;

int64_t integer(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  return value.IsNumber() ? value.As<Napi::Number>().Int64Value() : 0;
}

/// { data, width, height, channels }, checked here because the sizes decide what memory is read.
ImageView image_view(const Napi::Value& value) {
  if (!value.IsObject()) throw std::invalid_argument("expected an image { data, width, height, channels }");
  const auto object = value.As<Napi::Object>();
  const Napi::Value data = object.Get("data");
  if (!data.IsTypedArray() || data.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    throw std::invalid_argument("expected image data in a Uint8Array");
  }
  const auto bytes = data.As<Napi::Uint8Array>();
  const int64_t width = integer(object, "width");
  const int64_t height = integer(object, "height");
  const int64_t channels = integer(object, "channels");
  const bool sensible = width > 0 && height > 0 && channels > 0 && channels <= 4 && width < (1 << 30) && height < (1 << 30);
  if (!sensible || static_cast<size_t>(width) * height * channels != bytes.ElementLength()) {
    throw std::invalid_argument("expected " + std::to_string(width) + "x" + std::to_string(height) + "x" +
                                std::to_string(channels) + " bytes, got " + std::to_string(bytes.ElementLength()));
  }
  return {bytes.Data(), width, height, channels, width * channels};
}

CropPadOptions crop_pad_options(const Napi::Value& value) {
  if (!value.IsObject()) throw std::invalid_argument("expected options { left, top, width, height, ... }");
  const auto object = value.As<Napi::Object>();
  CropPadOptions options;
  options.window = {integer(object, "left"), integer(object, "top"), integer(object, "width"), integer(object, "height")};
  options.width = integer(object, "outWidth");
  options.height = integer(object, "outHeight");
  options.pad_mode = static_cast<vision::PadMode>(integer(object, "padMode"));
  options.filter = static_cast<vision::Filter>(integer(object, "filter"));
  // Above this a typing mistake asks for more memory than any machine has.
  constexpr int64_t limit = 1 << 16;
  for (const int64_t size : {options.window.width, options.window.height, options.width, options.height}) {
    if (size < 0 || size > limit) throw std::invalid_argument("expected sizes from 0 to 65536 pixels");
  }
  return options;
}

Napi::Uint8Array bytes(Napi::Env env, Bytes data) {
  const size_t size = data.size();
  return Napi::Uint8Array::New(env, size, owned_buffer(env, std::move(data)), 0);
}

/// A handle, which whoever gets it takes over, or null for nothing.
Napi::Value to_value(Napi::Env env, std::optional<at::Tensor> pixels) {
  if (!pixels) return env.Null();
  return Napi::Number::New(env, static_cast<double>(handles::insert(std::move(*pixels))));
}

Napi::Value to_value(Napi::Env env, std::optional<Bytes> data) {
  return data ? bytes(env, std::move(*data)) : env.Null();
}

/// Makes something on a thread of libuv's pool. Execute() runs there and touches no JavaScript value; the reference
/// keeps the source bytes alive until OnOK or OnError, which run on the JavaScript thread again.
template <typename Result>
class Worker final : public Napi::AsyncWorker {
 public:
  using Work = std::function<std::optional<Result>()>;

  Worker(Napi::Env env, const Napi::Object& source, Work work)
      : Napi::AsyncWorker(env), deferred_(Napi::Promise::Deferred::New(env)), work_(std::move(work)) {
    if (!source.IsEmpty()) source_ = Napi::Persistent(source);
  }

  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override { result_ = work_(); }
  void OnOK() override { deferred_.Resolve(to_value(Env(), std::move(result_))); }
  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  Napi::Promise::Deferred deferred_;
  Napi::ObjectReference source_;
  Work work_;
  std::optional<Result> result_;
};

template <typename Result>
Napi::Promise queue(Napi::Env env, const Napi::Object& source, typename Worker<Result>::Work work) {
  // node-addon-api deletes a worker after its callback, so ownership passes to it once it is queued.
  auto worker = std::make_unique<Worker<Result>>(env, source, std::move(work));
  const Napi::Promise promise = worker->promise();
  worker.release()->Queue();
  return promise;
}

/// C++ exceptions become JavaScript errors; the caller in src/vision adds the file and the class.
Napi::Value guarded(Napi::Env env, const std::function<Napi::Value()>& body) {
  try {
    return body();
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception& error) {
    throw Napi::Error::New(env, error.what());
  }
}

Napi::Value read_file(const Napi::CallbackInfo& info) {
  std::string path = info[0].ToString().Utf8Value();
  return queue<Bytes>(info.Env(), {}, [path = std::move(path)] { return vision::read_file(path); });
}

Napi::Value read_cached_file(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return to_value(info.Env(), vision::read_cached_file(info[0].ToString().Utf8Value()));
  });
}

Napi::Value forget(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    if (!info[0].IsTypedArray()) throw std::invalid_argument("expected bytes in a Uint8Array");
    info[0].As<Napi::TypedArray>().ArrayBuffer().Detach();
    return info.Env().Undefined();
  });
}

JpegFile jpeg_file(const Napi::CallbackInfo& info) {
  if (!info[0].IsTypedArray() || info[0].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    throw std::invalid_argument("expected a file's bytes in a Uint8Array");
  }
  const auto file = info[0].As<Napi::Uint8Array>();
  return {file.Data(), file.ElementLength(), info[1].ToNumber().Int32Value()};
}

Napi::Value crop_pad_async(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const ImageView view = image_view(info[0]);
    const CropPadOptions options = crop_pad_options(info[1]);
    const auto data = info[0].As<Napi::Object>().Get("data").As<Napi::Object>();
    return queue<at::Tensor>(info.Env(), data, [view, options] { return vision::planar(vision::crop_pad(view, options).view()); });
  });
}

Napi::Value use_jpeg_library(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), vision::use_jpeg_library(info[0].ToString().Utf8Value()));
}

std::optional<at::Tensor> decoded(const JpegFile& file, vision::Damage damage) {
  auto image = vision::decode_jpeg(file, damage);
  if (!image) return std::nullopt;
  return vision::interleaved(std::move(*image));
}

Napi::Value decode_jpeg(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return to_value(info.Env(), decoded(jpeg_file(info), vision::Damage::accept));
  });
}

Napi::Value decode_jpeg_async(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const JpegFile file = jpeg_file(info);
    return queue<at::Tensor>(info.Env(), info[0].As<Napi::Object>(), [file] { return decoded(file, vision::Damage::refuse); });
  });
}

Napi::Value crop_pad_jpeg_async(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const JpegFile file = jpeg_file(info);
    const CropPadOptions options = crop_pad_options(info[2]);
    return queue<at::Tensor>(info.Env(), info[0].As<Napi::Object>(), [file, options]() -> std::optional<at::Tensor> {
      auto image = vision::crop_pad_jpeg(file, options);
      if (!image) return std::nullopt;
      return vision::planar(image->view());
    });
  });
}

Napi::Value dihedral(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return to_value(info.Env(), vision::interleaved(vision::dihedral(image_view(info[0]), info[1].ToNumber().Int64Value())));
  });
}

Napi::Value to_planar(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return to_value(info.Env(), vision::planar(image_view(info[0])));  // without gaps between the rows
  });
}

/// The tensor of a handle that one of these functions gave.
at::Tensor pixels_of(const Napi::Value& handle) {
  return handles::get(static_cast<Handle>(handle.ToNumber().DoubleValue()));
}

Napi::Value planes_of(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return to_value(info.Env(), vision::planar(pixels_of(info[0]))); });
}

Napi::Value copy_of(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return to_value(info.Env(), vision::copy_of(pixels_of(info[0]))); });
}

Napi::Value to_interleaved(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    if (!info[0].IsTypedArray()) throw std::invalid_argument("expected planes in a Uint8Array");
    const auto planes = info[0].As<Napi::Uint8Array>();
    const int64_t channels = info[1].ToNumber().Int64Value();
    const auto size = static_cast<int64_t>(planes.ElementLength());
    if (channels < 1 || channels > 4 || size % channels != 0) throw std::invalid_argument("expected 1 to 4 whole planes");
    return bytes(info.Env(), vision::to_interleaved(planes.Data(), size / channels, channels));
  });
}

}  // namespace

/// Image functions of the addon. They take images as { data: Uint8Array, width, height, channels } and give handles of tensors
/// of bytes, interleaved [height, width, channels] or in planes [channels, height, width] (NOTE [ pixels are tensors ]).
/// dihedral(image, k) interleaved; toPlanar(image) and planesOf(handle of what is interleaved) in planes; copyOf(handle);
/// cropPadAsync(image, options) a promise of planes; toInterleaved(planes, channels) the bytes. readFileAsync(path): a promise
/// of the bytes, or of null; readCachedFile(path): the bytes if they are in memory already, else null; forget(bytes): frees
/// them, and leaves an array of none. useJpegLibrary(path): whether it could be opened. decodeJpeg(bytes, orientation)
/// interleaved, and as promises decodeJpegAsync(bytes, orientation) interleaved, cropPadJpegAsync(bytes, orientation, options)
/// in planes: null for a file that cannot be decoded. The caller leaves the bytes as they are until the promise settles.
void init_vision(Napi::Env env, Napi::Object exports) {
  exports.Set("cropPadAsync", Napi::Function::New(env, crop_pad_async, "cropPadAsync"));
  exports.Set("dihedral", Napi::Function::New(env, dihedral, "dihedral"));
  exports.Set("toPlanar", Napi::Function::New(env, to_planar, "toPlanar"));
  exports.Set("planesOf", Napi::Function::New(env, planes_of, "planesOf"));
  exports.Set("copyOf", Napi::Function::New(env, copy_of, "copyOf"));
  exports.Set("toInterleaved", Napi::Function::New(env, to_interleaved, "toInterleaved"));
  exports.Set("readFileAsync", Napi::Function::New(env, read_file, "readFileAsync"));
  exports.Set("readCachedFile", Napi::Function::New(env, read_cached_file, "readCachedFile"));
  exports.Set("forget", Napi::Function::New(env, forget, "forget"));
  exports.Set("useJpegLibrary", Napi::Function::New(env, use_jpeg_library, "useJpegLibrary"));
  exports.Set("decodeJpeg", Napi::Function::New(env, decode_jpeg, "decodeJpeg"));
  exports.Set("decodeJpegAsync", Napi::Function::New(env, decode_jpeg_async, "decodeJpegAsync"));
  exports.Set("cropPadJpegAsync", Napi::Function::New(env, crop_pad_jpeg_async, "cropPadJpegAsync"));
}

}  // namespace fastai::binding
