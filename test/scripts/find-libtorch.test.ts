import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { explainMissing, findLibtorch, inspectLibtorch } from "../../scripts/find-libtorch.mjs";
import { libtorchFiles, withFolder } from "./with-folder.js";

const CACHE = ".cache/fastai-ts/libtorch";

/** An environment in which nothing of this machine is found. */
const bare = (home: string) => ({ HOME: home, PATH: join(home, "bin") });

describe("findLibtorch", () => {
  it("takes the LIBTORCH variable before the cache", () =>
    withFolder(
      { ...libtorchFiles("mine", "2.13.1+cpu"), ...libtorchFiles(`${CACHE}/2.13.0-cpu/torch`, "2.13.0+cpu") },
      (home) => {
        const { found } = findLibtorch({ env: { ...bare(home), LIBTORCH: join(home, "mine") } });
        expect(found).toMatchObject({ source: "LIBTORCH", version: "2.13.1", flavour: "cpu", hasHeaders: true });
      },
    ));

  it("stops at a LIBTORCH variable that does not fit and says why", () =>
    withFolder(libtorchFiles(`${CACHE}/2.13.0-cpu/torch`, "2.13.0+cpu"), (home) => {
      const search = findLibtorch({ env: { ...bare(home), LIBTORCH: join(home, "nowhere") } });
      expect(search.found).toBeNull();
      expect(search.tried).toEqual([{ source: "LIBTORCH", place: join(home, "nowhere"), outcome: "does not exist" }]);
      expect(explainMissing(search)).toContain("unset LIBTORCH");
    }));

  it.each([
    ["2.10.0", "is version 2.10.0, supported are 2.11 to 2.15"],
    ["2.16.0", "is version 2.16.0, supported are 2.11 to 2.15"],
    ["2.11.0", "used"],
    ["2.15.0", "used"],
  ])("judges version %s of LIBTORCH: %s", (version, outcome) =>
    withFolder(libtorchFiles("mine", version), (home) => {
      const { tried } = findLibtorch({ env: { ...bare(home), LIBTORCH: join(home, "mine") } });
      expect(tried[0]?.outcome).toBe(outcome);
    }),
  );

  it("refuses another release than the addon was built for", () =>
    withFolder(libtorchFiles("mine", "2.13.0"), (home) => {
      const { tried } = findLibtorch({ builtFor: "2.12.1", env: { ...bare(home), LIBTORCH: join(home, "mine") } });
      expect(tried[0]?.outcome).toBe("is version 2.13.0, the addon was built for 2.12.1");
    }));

  it("takes the pinned version from the cache and passes over others", () =>
    withFolder(
      {
        ...libtorchFiles(`${CACHE}/2.12.0-cpu/torch`, "2.12.0+cpu"),
        ...libtorchFiles(`${CACHE}/2.13.0-cpu/torch`, "2.13.0+cpu"),
      },
      (home) => {
        const { found } = findLibtorch({ env: bare(home) });
        expect(found).toMatchObject({ source: "cache", version: "2.13.0" });
      },
    ));

  it("passes over a cached libtorch with a file cut short", () =>
    withFolder(
      {
        ...libtorchFiles(`${CACHE}/2.13.0-cpu/torch`, "2.13.0+cpu"),
        [`${CACHE}/2.13.0-cpu/libtorch.json`]: JSON.stringify({ sizes: { "torch/lib/libtorch_cpu.so": 434184800 } }),
      },
      (home) => {
        const search = findLibtorch({ env: bare(home) });
        expect(search.found).toBeNull();
        expect(search.tried.find(({ source }) => source === "cache")?.outcome).toBe(
          "is incomplete: torch/lib/libtorch_cpu.so has 7 bytes instead of 434184800",
        );
      },
    ));

  it("names every place it tried and the command that mends it when there is none", () =>
    withFolder({}, (home) => {
      const search = findLibtorch({ env: bare(home) });
      expect(search.tried.map(({ source }) => source)).toEqual(["platform package", "cache", "python"]);
      expect(explainMissing(search)).toContain("Get it with: npx fastai-ts setup");
    }));
});

describe("inspectLibtorch", () => {
  it("reads the version of an official archive", () =>
    withFolder({ "lib/libtorch_cpu.so": "library", "build-version": "2.13.0+cu130\n" }, (folder) => {
      expect(inspectLibtorch(folder)).toEqual({ version: "2.13.0", flavour: "cu130", hasHeaders: false });
    }));

  it("reads the version from the headers when nothing else tells", () => {
    const header = "#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION_MINOR 13\n#define TORCH_VERSION_PATCH 0\n";
    return withFolder({ "lib/libtorch_cpu.so": "x", "include/torch/headeronly/version.h": header }, (folder) => {
      expect(inspectLibtorch(folder)).toMatchObject({ version: "2.13.0", flavour: "unknown" });
    });
  });

  it("says which library is missing", () =>
    withFolder({ "lib/other.so": "" }, (folder) => {
      expect(inspectLibtorch(folder).problem).toBe("has no lib/libtorch_cpu.so");
    }));
});
