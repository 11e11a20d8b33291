/** How lists and dictionaries of modules are described in exported learners. */
import * as z from "zod";
import { zeros } from "../creation.js";
import * as nn from "../nn/index.js";
import { fromSpec, RegistryError, register, type Spec, toSpec } from "../registry.js";
import { specSchema } from "./json.js";
import { registerModule } from "./register-module.js";

register("nn.Sequential", {
  cls: nn.Sequential,
  config: z.object({ layers: z.array(z.tuple([z.string(), specSchema])) }),
  toConfig: (module) => ({ layers: namedSpecs(Object.entries(module)) }),
  fromConfig: ({ layers: named }) => new nn.Sequential(new Map(named.map(([name, spec]) => [name, moduleOf(spec)]))),
});
register("nn.ModuleList", {
  cls: nn.ModuleList,
  config: z.object({ modules: z.array(specSchema) }),
  toConfig: (module: nn.ModuleList) => ({ modules: [...module].map(toSpec) }),
  fromConfig: ({ modules }) => new nn.ModuleList(modules.map(moduleOf)),
});
register("nn.ModuleDict", {
  cls: nn.ModuleDict,
  config: z.object({ modules: z.array(z.tuple([z.string(), specSchema])) }),
  toConfig: (module: nn.ModuleDict) => ({ modules: namedSpecs([...module]) }),
  fromConfig: ({ modules }) => new nn.ModuleDict(modules.map(([name, spec]) => [name, moduleOf(spec)] as const)),
});

function namedSpecs(entries: readonly [string, unknown][]): [string, Spec][] {
  return entries.flatMap(([name, value]) => (value instanceof nn.Module ? [[name, toSpec(value)]] : []));
}

function moduleOf(spec: Spec): nn.AnyModule {
  const module = fromSpec(spec);
  if (module instanceof nn.Module) return module as nn.AnyModule;
  throw new RegistryError(`fromSpec: expected "${spec.type}" to be a module, got something else. The file is damaged.`);
}

registerModule("nn.ParameterList", nn.ParameterList);
registerModule("nn.TransformerEncoder", nn.TransformerEncoder);
registerModule("nn.TransformerDecoder", nn.TransformerDecoder);
registerModule("nn.Transformer", nn.Transformer);

const shapes = z.array(z.tuple([z.string(), z.array(z.int().nonnegative())]));

register("nn.ParameterDict", {
  cls: nn.ParameterDict,
  config: z.object({ parameters: shapes }),
  toConfig: (module: nn.ParameterDict) => ({
    parameters: [...module].map(([name, { shape }]): [string, number[]] => [name, shape]),
  }),
  fromConfig: ({ parameters }) =>
    new nn.ParameterDict(parameters.map(([name, shape]) => [name, zeros(shape)] as const)),
});
