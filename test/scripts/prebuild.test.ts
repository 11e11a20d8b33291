import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { withFolder } from "./with-folder.js";

const root = join(import.meta.dirname, "../..");
const torch = JSON.stringify(join(root, "src/torch/index.ts"));

/** Computes something, and prints it with the addons that are loaded in the process. */
const PROGRAM = `
const { ones } = await import(${torch});
const loaded = process.report.getReport().sharedObjects.filter((path) => path.endsWith(".node") && path.includes("fastai_"));
console.log(JSON.stringify({ sum: ones([3]).add(1).sum().item(), loaded }));
`;

it("packs prebuilds that run without a local build", { timeout: 300_000 }, () =>
  withFolder({}, (folder) => {
    const packed = spawnSync(process.execPath, [join(root, "scripts/prebuild.mjs"), folder], { encoding: "utf8" });
    expect(packed.status, packed.stderr).toBe(0);
    const prebuilds = join(folder, "prebuilds", `${process.platform}-${process.arch}`);
    const files = ["fastai_build.json", "fastai_loader.node", "fastai_torch.node", "libturbojpeg.so.0"];
    expect(readdirSync(prebuilds)).toEqual(files);

    const ran = spawnSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", PROGRAM], {
      cwd: root,
      encoding: "utf8",
      env: { ...process.env, FASTAI_TS_PREBUILD: folder, PREBUILDS_ONLY: "1" },
    });
    expect(ran.status, ran.stderr).toBe(0);
    const { sum, loaded } = JSON.parse(ran.stdout) as { sum: number; loaded: string[] }; // what PROGRAM prints
    expect(sum).toBe(6);
    expect(loaded.sort()).toEqual([join(prebuilds, "fastai_loader.node"), join(prebuilds, "fastai_torch.node")]);
  }),
);
