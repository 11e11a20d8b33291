// Image functions: crop, pad, resize. They work on plain bytes, also on threads of libuv's pool.
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "binding/environment.h"
#include "cpp/vision/crop_pad.h"

namespace fastai::binding {
namespace {

using vision::CropPadOptions;
using vision::Image;
using vision::ImageView;

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

Napi::Uint8Array bytes(Napi::Env env, const std::vector<uint8_t>& data) {
  auto out = Napi::Uint8Array::New(env, data.size());
  std::memcpy(out.Data(), data.data(), data.size());
  return out;
}

/// Crops and resizes on a thread of libuv's pool. Execute() runs there and touches no JavaScript value; the reference
/// keeps the source bytes alive until OnOK or OnError, which run on the JavaScript thread again.
class CropPadWorker final : public Napi::AsyncWorker {
 public:
  CropPadWorker(Napi::Env env, const Napi::Object& image, const ImageView& view, const CropPadOptions& options)
      : Napi::AsyncWorker(env), deferred_(Napi::Promise::Deferred::New(env)), view_(view), options_(options) {
    source_ = Napi::Persistent(image.Get("data").As<Napi::Object>());
  }

  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override { result_ = vision::crop_pad(view_, options_); }
  void OnOK() override { deferred_.Resolve(bytes(Env(), result_.data)); }
  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  Napi::Promise::Deferred deferred_;
  Napi::ObjectReference source_;
  ImageView view_;
  CropPadOptions options_;
  Image result_;
};

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

Napi::Value crop_pad(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return bytes(info.Env(), vision::crop_pad(image_view(info[0]), crop_pad_options(info[1])).data);
  });
}

Napi::Value crop_pad_async(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const ImageView view = image_view(info[0]);
    const CropPadOptions options = crop_pad_options(info[1]);
    // node-addon-api deletes a worker after its callback, so ownership passes to it once it is queued.
    auto worker = std::make_unique<CropPadWorker>(info.Env(), info[0].As<Napi::Object>(), view, options);
    const Napi::Promise promise = worker->promise();
    worker.release()->Queue();
    return promise;
  });
}

Napi::Value dihedral(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return bytes(info.Env(), vision::dihedral(image_view(info[0]), info[1].ToNumber().Int64Value()).data);
  });
}

Napi::Value to_planar(const Napi::CallbackInfo& info) {
  return guarded(info.Env(),
                 [&]() -> Napi::Value { return bytes(info.Env(), vision::to_planar(image_view(info[0]))); });
}

}  // namespace

/// Image functions of the addon: all take { data: Uint8Array, width, height, channels } and give a new Uint8Array.
void init_vision(Napi::Env env, Napi::Object exports) {
  exports.Set("cropPad", Napi::Function::New(env, crop_pad, "cropPad"));
  exports.Set("cropPadAsync", Napi::Function::New(env, crop_pad_async, "cropPadAsync"));
  exports.Set("dihedral", Napi::Function::New(env, dihedral, "dihedral"));
  exports.Set("toPlanar", Napi::Function::New(env, to_planar, "toPlanar"));
}

}  // namespace fastai::binding
