import { describe, expect, it } from "vitest";
import { parseOptions } from "../../../src/cli/quickstart/options.js";

describe("parseOptions", () => {
  it("reads a folder and numbers, written with a space or with =", () => {
    expect(parseOptions(["photos", "--size", "96", "--lr=3e-3", "--arch", "resnet34"])).toEqual({
      path: "photos",
      size: 96,
      lr: 0.003,
      arch: "resnet34",
    });
    expect(parseOptions([])).toEqual({ path: undefined });
    expect(parseOptions(["-h"])).toBe("help");
  });

  it.each([
    [["--sise", "64"], /Unknown option '--sise'[\s\S]*Known options: --arch --size --epochs --bs --lr/],
    [["--size", "big"], /--size got "big"/],
    [["--size", "8"], /--size got "8"/],
    [["--epochs", "1.5"], /--epochs got "1.5"/],
    [["--lr", "-1"], /--lr got "-1"|--lr/],
    [["--arch", "vgg"], /--arch got "vgg"[\s\S]*xresnet18/],
    [["a", "b"], /expected at most one folder, got a, b/],
    [["--bs"], /--bs/],
  ])("refuses %j and says what is known", (argv, message) => {
    expect(() => parseOptions(argv)).toThrow(message);
  });
});
