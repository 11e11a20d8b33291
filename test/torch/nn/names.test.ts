/** Which names and state-dict keys of torch.nn there are. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as nn from "../../../src/torch/nn/index.js";

interface Fixture {
  names: Record<string, string[]>;
  keys: Record<string, string[]>;
}

const fixture = JSON.parse(readFileSync("test/fixtures/nn-extras.json", "utf8")) as Fixture; // made by test/parity/nn_extras.py
const { functional: F, utils } = nn;
const { parametrizations } = utils;

/** Names of torch.nn that are not here under the same name in camelCase, and why. */
const elsewhere: Record<string, Record<string, string>> = {
  nn: {
    Container: "deprecated",
    NLLLoss2d: "deprecated",
    DataParallel: "distributed",
    SyncBatchNorm: "distributed",
    RNNBase: "a base class: RecurrentLayer",
    RNNCellBase: "a base class",
    LinearCrossEntropyOptions: "the option batchChunkSize",
  },
  functional: {
    ScalingType: "low-precision products",
    SwizzleType: "low-precision products",
    scaled_mm: "low-precision products, ops.aten._scaled_mm",
    scaled_grouped_mm: "low-precision products, ops.aten._scaled_grouped_mm",
    grouped_mm: "ops.aten._grouped_mm",
    adaptive_max_pool1d_with_indices: "adaptiveMaxPool1d returns both",
    adaptive_max_pool2d_with_indices: "adaptiveMaxPool2d returns both",
    adaptive_max_pool3d_with_indices: "adaptiveMaxPool3d returns both",
    fractional_max_pool2d_with_indices: "the option returnIndices",
    fractional_max_pool3d_with_indices: "the option returnIndices",
    assert_int_or_pair: "internal",
    has_torch_function: "internal",
    has_torch_function_unary: "internal",
    has_torch_function_variadic: "internal",
    conv_tbc: "ops.aten.conv_tbc",
    native_channel_shuffle: "channelShuffle",
    logsigmoid: "logSigmoid, as the operator is called",
    celu_: "the method of Tensor",
    elu_: "the option inplace",
    hardtanh_: "the method of Tensor",
    leaky_relu_: "the option inplace",
    relu_: "the option inplace",
    rrelu_: "the option inplace",
    selu_: "the option inplace",
    threshold_: "the method of Tensor",
    upsample: "deprecated: interpolate",
    upsample_bilinear: "deprecated: interpolate",
    upsample_nearest: "deprecated: interpolate",
  },
  init: {},
  utils: {
    clip_grad_norm: "deprecated",
    skip_init: "constructors fill in microseconds; loadStateDict overwrites",
  },
  rnn: {},
  parametrize: {},
  parametrizations: {},
  Module: {
    T_destination: "a type",
    call_super_init: "internal",
    dump_patches: "deprecated",
    add_module: "fields register themselves; Sequential.addModule",
    register_module: "fields register themselves",
    register_parameter: "fields register themselves",
    register_buffer: "fields register themselves, see buffer",
    set_submodule: "assigning the field",
    register_backward_hook: "deprecated",
    register_load_state_dict_pre_hook: "overriding loadStateDict",
    register_load_state_dict_post_hook: "overriding loadStateDict",
    register_state_dict_pre_hook: "overriding stateDict",
    register_state_dict_post_hook: "overriding stateDict",
    get_extra_state: "buffers",
    set_extra_state: "buffers",
    compile: "there is no compiler",
    share_memory: "tensors go to workers by number",
    to_empty: "there are no modules without storage",
    type: "to",
    ipu: "no such device",
    mtia: "no such device",
    xpu: "no such device",
  },
};

const places: Record<string, object> = {
  nn,
  functional: F,
  init: nn.init,
  utils,
  rnn: utils,
  parametrize: utils.parametrize,
  parametrizations,
  Module: nn.Module.prototype,
};

const camel = (name: string) => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

describe("the names of torch.nn", () => {
  it("are all here, or have a reason not to be", () => {
    for (const [place, there] of Object.entries(places)) {
      const missing = (fixture.names[place] ?? []).filter((name) => !(camel(name) in there) && name !== "forward");
      expect(missing.sort(), place).toEqual(Object.keys(elsewhere[place] ?? {}).sort());
    }
  });

  it("state-dict keys are PyTorch's", () => {
    const options = { dModel: 4, nhead: 2, numEncoderLayers: 1, numDecoderLayers: 1, dimFeedforward: 6 };
    const modules: Record<string, nn.AnyModule> = {
      weightNorm: parametrizations.weightNorm(new nn.Linear(3, 4)),
      spectralNorm: parametrizations.spectralNorm(new nn.Linear(3, 4)),
      orthogonal: parametrizations.orthogonal(new nn.Linear(3, 3)),
      MultiheadAttention: new nn.MultiheadAttention(4, 2, { kdim: 3, addBiasKv: true }),
      LSTM: new nn.LSTM(3, 4, { numLayers: 2, bidirectional: true, projSize: 2 }) as unknown as nn.AnyModule,
      Transformer: new nn.Transformer(options),
    };
    for (const [name, module] of Object.entries(modules)) {
      expect([...module.stateDict().keys()].sort(), name).toEqual(fixture.keys[name]);
    }
  });
});
