import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { describeSkipped, findPhotos } from "../../../src/cli/quickstart/photos.js";

/** Makes a folder of files, "photo" standing for a readable JPEG, and removes it afterwards. */
async function withFiles(
  files: Record<string, string | Uint8Array>,
  run: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "photos-"));
  const photo = await sharp({ create: { width: 64, height: 48, channels: 3, background: "#357" } })
    .jpeg()
    .toBuffer();
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), content === "photo" ? photo : content);
    }
    await run(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function photos(prefix: string, n: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: n }, (_, i) => [`${prefix}/${i}.jpg`, "photo"]));
}

describe("findPhotos", () => {
  it("keeps every fifth photo of each class for validation", () =>
    withFiles({ ...photos("cat", 10), ...photos("dog", 3) }, async (folder) => {
      const found = await findPhotos(folder);
      expect(found.classes).toEqual(["cat", "dog"]);
      expect(found.valid.map((file) => file.slice(folder.length))).toEqual(["/cat/4.jpg", "/cat/9.jpg", "/dog/2.jpg"]);
      expect(found.train).toHaveLength(10);
    }));

  it.each(["valid", "val"])("takes train/ and %s/ as they are", (name) =>
    withFiles({ ...photos("train/cat", 2), ...photos("train/dog", 2), ...photos(`${name}/cat`, 1) }, async (folder) => {
      const found = await findPhotos(folder);
      expect([found.train.length, found.valid.length, found.skipped.length]).toEqual([4, 1, 0]);
    }),
  );

  it("skips broken, empty and other files and says why", async () => {
    const photo = await sharp({
      create: {
        width: 200,
        height: 200,
        channels: 3,
        background: "#357",
        noise: { type: "gaussian", mean: 128, sigma: 30 },
      },
    })
      .jpeg()
      .toBuffer();
    const files = {
      ...photos("cat", 3),
      ...photos("dog", 3),
      "cat/cut.jpg": photo.subarray(0, photo.length / 3),
      "cat/empty.png": "",
      "dog/letter.jpg": "Dear dog,",
      "dog/notes.txt": "notes",
      "dog/.hidden": "",
      "dog/puppies/0.jpg": "photo",
    };
    await withFiles(files, async (folder) => {
      const { skipped, train, valid } = await findPhotos(folder);
      const reasons = Object.fromEntries(skipped.map(({ file, reason }) => [file.slice(folder.length + 1), reason]));
      expect(Object.keys(reasons).sort()).toEqual([
        "cat/cut.jpg",
        "cat/empty.png",
        "dog/letter.jpg",
        "dog/notes.txt",
        "dog/puppies",
      ]);
      expect(reasons["cat/cut.jpg"]).toBe("broken JPEG");
      expect(reasons["cat/empty.png"]).toBe("empty file");
      expect(reasons["dog/letter.jpg"]).toBe("not an image");
      expect(reasons["dog/notes.txt"]).toBe("not an image");
      expect(reasons["dog/puppies"]).toBe("folder inside a class");
      expect(train.length + valid.length).toBe(6);
      expect(describeSkipped(skipped)).toMatch(/^5 files skipped: .*cut\.jpg: broken JPEG/);
    });
  });

  it("says what is expected when there is one class, none, or no folder", async () => {
    await withFiles(photos("cat", 3), async (folder) => {
      await expect(findPhotos(folder)).rejects.toThrow(
        /expected one subfolder of photos for each class.*only one class with photos, cat/,
      );
    });
    await withFiles({ "a.jpg": "photo", "notes/a.txt": "x" }, async (folder) => {
      await expect(findPhotos(folder)).rejects.toThrow(/no class with photos .*1 file skipped/);
      await expect(findPhotos(join(folder, "nowhere"))).rejects.toThrow("which is no folder");
      await expect(findPhotos(join(folder, "a.jpg"))).rejects.toThrow("which is no folder");
    });
  });

  it("refuses classes that only validation has", () =>
    withFiles({ ...photos("train/cat", 2), ...photos("train/dog", 2), ...photos("valid/bird", 1) }, async (folder) => {
      await expect(findPhotos(folder)).rejects.toThrow("has classes that");
      expect((await readFile(join(folder, "valid/bird/0.jpg"))).length).toBeGreaterThan(0);
    }));
});
