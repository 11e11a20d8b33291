// Autograd: lists of tensors travel as packed[0] = count, then handles, 0 for an undefined tensor.
#include "cpp/core/autograd.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/api/include/torch/cuda.h>

#include "binding/callback.h"
#include "cpp/core/handle_table.h"

namespace fastai::binding {
namespace {

using autograd::Tensors;

class ListReader {
 public:
  explicit ListReader(const Environment& environment) : packed_(environment.buffer), size_(environment.capacity) {}
  Tensors list() {
    Tensors result(static_cast<size_t>(next()));
    for (auto& tensor : result) {
      const double handle = next();
      if (handle != 0) tensor = handles::get(static_cast<Handle>(handle));
    }
    return result;
  }
  bool flag() { return next() != 0; }

 private:
  double next() {
    if (at_ >= size_) throw std::out_of_range("packed list ends too early");
    return packed_[at_++];
  }
  const double* packed_;
  size_t size_;
  size_t at_ = 0;
};

class ListWriter {
 public:
  explicit ListWriter(Environment& environment) : packed_(environment.buffer), size_(environment.capacity) {}
  void list(const Tensors& tensors) {
    put(static_cast<double>(tensors.size()));
    for (const auto& tensor : tensors) put(tensor.defined() ? static_cast<double>(handles::insert(tensor)) : 0);
  }

 private:
  void put(double value) {
    if (at_ >= size_) throw std::out_of_range("packed list does not fit");
    packed_[at_++] = value;
  }
  double* packed_;
  size_t size_;
  size_t at_ = 0;
};

autograd::BackwardOptions options_in(ListReader& reader) {
  autograd::BackwardOptions options;
  options.retain_graph = reader.flag();
  options.create_graph = reader.flag();
  options.allow_unused = reader.flag();
  return options;
}

// Where callbacks may be reached on other threads, the pass runs on one of those.
void run_pass(Environment& environment, const std::function<void()>& pass) {
  if (!environment.backward_elsewhere) return pass();
  environment.relay.elsewhere(pass);
}

/// backwardElsewhere(on): whether backward passes run on another thread while this one answers callbacks.
napi_value backward_elsewhere(Environment& environment, const Arguments& arguments) {
  environment.backward_elsewhere = arguments.boolean(0);
  return nullptr;
}

/// backward(): packed = roots, gradients, retainGraph, createGraph, allowUnused.
napi_value backward(Environment& environment, const Arguments&) {
  ListReader reader(environment);
  const Tensors roots = reader.list();
  const Tensors gradients = reader.list();
  const auto options = options_in(reader);
  run_pass(environment, [&] { autograd::backward(roots, gradients, options); });
  environment.buffer[0] = 0;
  return nullptr;
}

/// grad(): packed = roots, inputs, gradients, flags. Leaves the list of gradients.
napi_value grad(Environment& environment, const Arguments&) {
  ListReader reader(environment);
  const Tensors roots = reader.list();
  const Tensors inputs = reader.list();
  const Tensors gradients = reader.list();
  const auto options = options_in(reader);
  Tensors results;
  run_pass(environment, [&] { results = autograd::grad(roots, inputs, gradients, options); });
  ListWriter(environment).list(results);
  return nullptr;
}

/// gradients(): packed = tensors. Leaves the list of their gradient fields.
napi_value gradients(Environment& environment, const Arguments&) {
  Tensors tensors = ListReader(environment).list();
  for (auto& tensor : tensors) tensor = autograd::gradient(tensor);
  ListWriter(environment).list(tensors);
  return nullptr;
}

/// clearGradients(): packed = tensors, whose gradient fields become undefined.
napi_value clear_gradients(Environment& environment, const Arguments&) {
  for (const auto& tensor : ListReader(environment).list()) tensor.mutable_grad().reset();
  environment.buffer[0] = 0;
  return nullptr;
}

/// setGradient(handle, gradient handle or 0).
napi_value set_gradient(Environment&, const Arguments& arguments) {
  const Handle gradient = arguments.handle(1);
  autograd::set_gradient(handles::get(arguments.handle(0)), gradient == 0 ? at::Tensor() : handles::get(gradient));
  return nullptr;
}

napi_value set_requires_grad(Environment&, const Arguments& arguments) {
  autograd::set_requires_grad(handles::get(arguments.handle(0)), arguments.boolean(1));
  return nullptr;
}

napi_value set_data(Environment&, const Arguments& arguments) {
  autograd::set_data(handles::get(arguments.handle(0)), handles::get(arguments.handle(1)));
  return nullptr;
}

napi_value grad_fn(Environment& environment, const Arguments& arguments) {
  return Napi::String::New(environment.env, autograd::grad_fn_name(handles::get(arguments.handle(0))));
}

/// gradMode(on?: boolean): boolean. The mode before.
napi_value grad_mode(Environment& environment, const Arguments& arguments) {
  const bool before = at::GradMode::is_enabled();
  if (arguments.has(0)) at::GradMode::set_enabled(arguments.boolean(0));
  return Napi::Boolean::New(environment.env, before);
}

/// inferenceMode(function): runs the function with inference mode on.
napi_value inference_mode(Environment& environment, const Arguments& arguments) {
  const c10::InferenceMode guard(true);
  Callback(environment.env, arguments.values[0]).call();
  environment.buffer[0] = 0;
  return nullptr;
}

// From the first callback on, passes must reckon with the threads that CUDA devices have in autograd.
void expect_callbacks(Environment& environment) {
  static const bool has_devices = at::hasCUDA() && torch::cuda::device_count() > 0;
  if (has_devices) environment.backward_elsewhere = true;
}

/// registerHook(handle, function): number. The function finds packed = [gradient] and leaves packed = [gradient or
/// nothing].
napi_value register_hook(Environment& environment, const Arguments& arguments) {
  expect_callbacks(environment);
  const auto callback = std::make_shared<Callback>(environment.env, arguments.values[1]);
  const auto hook = [callback](const at::Tensor& gradient) {
    Tensors results;
    callback->call([&](Environment& its) { ListWriter(its).list({gradient}); },
                   [&](Environment& its) { results = ListReader(its).list(); });
    return results.empty() ? at::Tensor() : results[0];
  };
  return Napi::Number::New(environment.env, autograd::register_hook(handles::get(arguments.handle(0)), hook));
}

napi_value remove_hook(Environment&, const Arguments& arguments) {
  autograd::remove_hook(handles::get(arguments.handle(0)), static_cast<unsigned>(arguments.number(1)));
  return nullptr;
}

/// registerNodeHook(handle, function): the function finds packed = [gradients computed], [gradients given].
napi_value register_node_hook(Environment& environment, const Arguments& arguments) {
  expect_callbacks(environment);
  const auto callback = std::make_shared<Callback>(environment.env, arguments.values[1]);
  autograd::register_node_hook(handles::get(arguments.handle(0)), [callback](const Tensors& computed, const Tensors& given) {
    const auto write = [&](Environment& its) {
      ListWriter writer(its);
      writer.list(computed);
      writer.list(given);
    };
    callback->call(write, [](Environment&) {});
  });
  environment.buffer[0] = 0;
  return nullptr;
}

/// attach(name, function): packed = inputs, outputs, saved. Leaves the outputs to hand out. In backward the function
/// finds packed = [gradients, saved] (one list) and packed[-] their counts, and leaves one gradient for each input.
napi_value attach(Environment& environment, const Arguments& arguments) {
  ListReader reader(environment);
  const Tensors inputs = reader.list();
  const Tensors outputs = reader.list();
  const Tensors saved = reader.list();
  expect_callbacks(environment);
  const auto callback = std::make_shared<Callback>(environment.env, arguments.values[1]);
  const auto run = [callback](const Tensors& gradients, const Tensors& kept) {
    Tensors results;
    callback->call(
        [&](Environment& its) {
          ListWriter writer(its);
          writer.list(gradients);
          writer.list(kept);
        },
        [&](Environment& its) { results = ListReader(its).list(); });
    return results;
  };
  ListWriter(environment).list(autograd::attach(arguments.string(0), inputs, outputs, saved, run));
  return nullptr;
}

}  // namespace

void init_autograd(Napi::Env env, Napi::Object exports) {
  define<backward>(env, exports, "backward");
  define<backward_elsewhere>(env, exports, "backwardElsewhere");
  define<grad>(env, exports, "grad");
  define<gradients>(env, exports, "gradients");
  define<clear_gradients>(env, exports, "clearGradients");
  define<set_gradient>(env, exports, "setGradient");
  define<set_requires_grad>(env, exports, "setRequiresGrad");
  define<set_data>(env, exports, "setData");
  define<grad_fn>(env, exports, "gradFn");
  define<grad_mode>(env, exports, "gradMode");
  define<inference_mode>(env, exports, "inferenceMode");
  define<register_hook>(env, exports, "registerHook");
  define<register_node_hook>(env, exports, "registerNodeHook");
  define<remove_hook>(env, exports, "removeHook");
  define<attach>(env, exports, "attach");
}

}  // namespace fastai::binding
