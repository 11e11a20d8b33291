import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withFolder } from "./with-folder.js";

const unpack = join(import.meta.dirname, "../../scripts/setup/unpack_wheel.py");
const hasPython = spawnSync("python3", ["--version"]).status === 0;

/** A wheel of two libraries and a Python file; `lie` makes RECORD tell another hash of the first. */
const MAKE = `
import base64, hashlib, sys, zipfile
lie = sys.argv[2] == "lie"
names = {"torch/lib/liba.so": b"a" * 5000, "torch/lib/libskip.so": b"b", "torch/nn/modules.py": b"c"}
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    record = ""
    for name, content in names.items():
        wheel.writestr(name, content)
        digest = hashlib.sha256(b"other" if lie else content).digest()
        record += name + ",sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode() + "," + str(len(content)) + "\\n"
    wheel.writestr("torch-1.dist-info/RECORD", record)
`;

function unpacked(folder: string, lie: boolean, damage: (wheel: Buffer) => Buffer) {
  const wheel = join(folder, "torch.whl");
  spawnSync("python3", ["-c", MAKE, wheel, lie ? "lie" : "tell"]);
  writeFileSync(wheel, damage(readFileSync(wheel)));
  const args = [unpack, wheel, join(folder, "out"), "torch/lib/", "--skip", "libskip.so"];
  return spawnSync("python3", args, { encoding: "utf8" });
}

describe.skipIf(!hasPython)("unpack_wheel.py", () => {
  it("unpacks the chosen folders without the skipped names", () =>
    withFolder({}, (folder) => {
      expect(unpacked(folder, false, (wheel) => wheel).status).toBe(0);
      expect(readFileSync(join(folder, "out/torch/lib/liba.so"), "utf8")).toBe("a".repeat(5000));
      expect(existsSync(join(folder, "out/torch/lib/libskip.so"))).toBe(false);
      expect(existsSync(join(folder, "out/torch/nn"))).toBe(false);
    }));

  it.each([
    ["cut short", (wheel: Buffer) => wheel.subarray(0, 3000), "not a whole zip file"],
    ["changed in one byte", (wheel: Buffer) => Buffer.from(wheel).fill("X", 1000, 1001), "Bad CRC-32"],
  ])("calls a wheel that was %s damaged", (_, damage, message) =>
    withFolder({}, (folder) => {
      const { status, stderr } = unpacked(folder, false, damage);
      expect(stderr).toContain(message);
      expect(status).toBe(3);
    }),
  );

  it("calls a wheel damaged when a file has another hash than it records", () =>
    withFolder({}, (folder) => {
      const { status, stderr } = unpacked(folder, true, (wheel) => wheel);
      expect(stderr).toContain("torch/lib/liba.so does not have the hash");
      expect(status).toBe(3);
    }));
});
