import { describe, expect, it } from "vitest";
import { preset } from "../../../src/cli/quickstart/preset.js";
import { Report } from "../../../src/cli/quickstart/report.js";

function told(run: (report: Report) => void, isTTY = false): string {
  let said = "";
  run(new Report({ isTTY, write: (text) => (said += text) }));
  return said;
}

describe("Report", () => {
  it("counts photos and names classes and what was skipped", () => {
    const skipped = [{ file: "a/x.jpg", reason: "empty file" }];
    const text = told((report) =>
      report.photos({ train: ["a", "b"], valid: ["c"], classes: ["cat", "dog"], skipped }, "pics"),
    );
    expect(text).toContain("2 to learn from and 1 to check with, in pics");
    expect(text).toContain("2 classes: cat, dog");
    expect(text).toContain("1 file skipped: a/x.jpg: empty file");
  });

  it("cuts a long list of classes", () => {
    const classes = Array.from({ length: 30 }, (_, i) => `c${i}`);
    const text = told((report) => report.photos({ train: [], valid: [], classes, skipped: [] }, "pics"));
    expect(text).toContain("30 classes: c0,");
    expect(text).toContain("c11 …");
  });

  it("lists what was written, in columns", () => {
    const text = told((report) => {
      expect(report.wrote("q/batch.png", "photos")).toBe("q/batch.png");
      report.wrote("q/model.fai", "the model");
      report.finish("Next.");
    });
    expect(text).toBe("Written   q/batch.png  photos\n          q/model.fai  the model\n\nNext.\n");
  });

  it("draws progress over itself on a terminal and keeps silent elsewhere", () => {
    expect(told((report) => report.drawing(0.5))).toBe("");
    expect(told((report) => report.drawing(0.5), true)).toBe("\rDrawing   pictures 50 %");
  });
});

describe("preset", () => {
  it("fills in what the command line leaves open, by the kind of pictures", () => {
    expect(preset({}).cut).not.toBeNull();
    expect(preset({ path: "x", epochs: 3 })).toEqual({ ...preset({ path: "x" }), epochs: 3 });
    expect(preset({ arch: "resnet34" })).toMatchObject({ arch: "resnet34", cut: null });
  });
});
