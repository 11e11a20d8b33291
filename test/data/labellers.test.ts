import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  AttrGetter,
  ColReader,
  FileGetter,
  getFiles,
  getImageFiles,
  getTextFiles,
  ImageGetter,
  ItemGetter,
  parentLabel,
  RegexLabeller,
} from "../../src/data/index.js";
import { failure } from "../failure.js";

describe("labellers", () => {
  it("DTR-4: parentLabel is the folder's name", () => {
    expect(parentLabel("/data/train/cat/1.jpg")).toBe("cat");
  });

  it("DTR-4: RegexLabeller finds group 1 anywhere, or at the start", () => {
    expect(RegexLabeller(/([^/]+)_\d+.jpg$/)("images/great_pyrenees_173.jpg")).toBe("great_pyrenees");
    expect(RegexLabeller("(b)", { match: true })("bab")).toBe("b");
    expect(() => RegexLabeller("(b)", { match: true })("ab")).toThrow('in "ab", found nothing');
    const global = RegexLabeller(/(\d)/g);
    expect([global("a1"), global("a1")]).toEqual(["1", "1"]);
  });

  it("DTR-4: ColReader reads one column or several, with prefix, suffix and delimiter", () => {
    const row = { name: "1", tags: "a b", empty: "" };
    expect(ColReader("name", { pref: "train/", suff: ".jpg" })(row)).toBe("train/1.jpg");
    expect(ColReader("tags", { labelDelim: " " })(row)).toEqual(["a", "b"]);
    expect(ColReader("empty", { labelDelim: " " })(row)).toEqual([]);
    expect(ColReader(["name", "tags"])(row)).toEqual(["1", "a b"]);
    expect(ColReader(1)(row)).toBe("a b");
    expect(ColReader(1)(["x", "y"])).toBe("y");
    expect(ColReader("name")({ get: (name: string) => `got ${name}` })).toBe("got name");
    expect(() => ColReader("label")(row)).toThrow('expected a row with the column "label", got name, tags, empty');
  });

  it("DTR-4: ItemGetter and AttrGetter take one member", () => {
    expect(new ItemGetter(1).encode(["a", { b: 1 }])).toEqual({ b: 1 });
    expect([new AttrGetter("a").encode({ a: 1 }), new AttrGetter("z", 7).encode({ a: 1 })]).toEqual([1, 7]);
  });
});

describe("getFiles", () => {
  let folder = "";
  const names = [
    "b.txt",
    "a.JPG",
    "train/2.jpg",
    "train/1.png",
    "train/deep/x.txt",
    "test/3.jpg",
    ".hidden.jpg",
    ".git/4.jpg",
  ];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "files-"));
    for (const name of names) {
      await mkdir(join(folder, name, ".."), { recursive: true });
      await writeFile(join(folder, name), "");
    }
    await symlink(folder, join(folder, "train/loop"));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const short = (files: string[]) => files.map((file) => relative(folder, file));

  it("DTR-1: finds files in all folders but hidden ones, sorted", async () => {
    const all = ["a.JPG", "b.txt", "test/3.jpg", "train/1.png", "train/2.jpg", "train/deep/x.txt"];
    expect(short(await getFiles(folder))).toEqual(all);
    expect(short(await getFiles(folder, { recurse: false }))).toEqual(["a.JPG", "b.txt"]);
  });

  it("DTR-1: compares extensions without case", async () => {
    expect(short(await getFiles(folder, { extensions: [".jpg"] }))).toEqual(["a.JPG", "test/3.jpg", "train/2.jpg"]);
  });

  it("DTR-1: folders choose on the first level; files beside them need a dot", async () => {
    expect(short(await getFiles(folder, { folders: ["train"] }))).toEqual([
      "train/1.png",
      "train/2.jpg",
      "train/deep/x.txt",
    ]);
    expect(short(await getFiles(folder, { folders: ["test", "."] }))).toEqual(["a.JPG", "b.txt", "test/3.jpg"]);
  });

  it("DTR-2: picks images and texts, also below the source", async () => {
    expect(short(await getImageFiles(folder))).toEqual(["a.JPG", "test/3.jpg", "train/1.png", "train/2.jpg"]);
    expect(short(await getTextFiles(folder))).toEqual(["b.txt", "train/deep/x.txt"]);
    expect(short(await ImageGetter("train", { recurse: false })(folder))).toEqual(["train/1.png", "train/2.jpg"]);
    expect(short(await FileGetter("test")(folder))).toEqual(["test/3.jpg"]);
  });

  it("names a folder it cannot read", async () => {
    expect((await failure(getFiles(join(folder, "nowhere")))).message).toContain("expected a readable folder");
  });
});
