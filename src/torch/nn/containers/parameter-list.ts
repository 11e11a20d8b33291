/** Lists and dictionaries of parameters. Plain arrays and Maps as fields do the same; these are modules themselves. */
import type { Tensor } from "../../tensor.js";
import { Parameter } from "../parameter.js";
import { ItemDict, ItemList } from "./items.js";

function parameterOf(value: Tensor): Parameter {
  return value instanceof Parameter ? value : new Parameter(value);
}

function printed(entries: Iterable<[string | number, Parameter]>): string {
  const lines = Array.from(entries, ([key, { dtype, shape }]) => {
    return `(${key}): Parameter containing: [torch.${dtype} of size ${shape.join("x")}]`;
  });
  return lines.join("\n");
}

/** A list of parameters that is a module; it cannot be called. Plain tensors become parameters. */
export class ParameterList extends ItemList<Tensor, Parameter> {
  protected itemOf(value: Tensor): Parameter {
    return parameterOf(value);
  }

  override extraRepr(): string {
    return printed(this.items.entries());
  }
}

/** Parameters by name, as a module; it cannot be called. Plain tensors become parameters. */
export class ParameterDict extends ItemDict<Tensor, Parameter> {
  protected itemOf(value: Tensor): Parameter {
    return parameterOf(value);
  }

  override extraRepr(): string {
    return printed(this.items);
  }
}
