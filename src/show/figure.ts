import { writeFile } from "node:fs/promises";
import { extname } from "node:path";
import { renderAsync } from "@resvg/resvg-js";
import { ValueError } from "../torch/errors.js";
import { fontCovers, fontFiles } from "./font.js";
import { el } from "./svg.js";
import { theme } from "./theme.js";

/** Anything that JSON can hold. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** A vega-lite specification as plain JSON: data, marks and scales of a chart. */
export type VegaLiteSpec = { $schema: string; [key: string]: Json };

/** How a figure becomes pixels. */
export interface RenderOptions {
  /** Pixels of the picture for one pixel of the figure. Default 2. */
  scale?: number;
}

/** What a notebook shows of a figure, by MIME type. */
export type MimeBundle = Record<string, Json>;

/**
 * A picture: drawn as SVG, saved as SVG or PNG, shown by notebooks that know `Symbol.for("Jupyter.display")`.
 * Its text needs no font on the machine: one ships with the package.
 *
 * @example
 * const figure = lineChart({ series: [{ name: "train", y: [3, 2, 1] }] });
 * await figure.save("losses.png");
 */
export class Figure {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  readonly #body: string;
  readonly #label: string;
  readonly #spec: VegaLiteSpec | undefined;

  /** `body`: the SVG elements inside the picture; `label`: one line for readers who cannot see it. */
  constructor(
    width: number,
    height: number,
    body: string,
    { label = "", spec }: { label?: string; spec?: VegaLiteSpec } = {},
  ) {
    this.width = Math.ceil(width);
    this.height = Math.ceil(height);
    this.#body = body;
    this.#label = label;
    this.#spec = spec;
  }

  /** The picture as a whole SVG document. */
  toSVG(): string {
    const { width, height } = this;
    const attributes = {
      xmlns: "http://www.w3.org/2000/svg",
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
    };
    const paper = el("rect", { width, height, fill: theme.background });
    return el("svg", { ...attributes, "aria-label": this.#label || undefined }, paper, this.#body);
  }

  /** The picture as the bytes of a PNG file. */
  async toPNG({ scale = 2 }: RenderOptions = {}): Promise<Uint8Array> {
    const pixels = this.width * scale;
    if (!(pixels >= 1) || this.height * scale * pixels > 2 ** 28) {
      throw new ValueError(
        `Figure.toPNG: expected a scale that gives between 1 and ${2 ** 28} pixels, got ${scale} for a figure of ` +
          `${this.width}x${this.height}. Choose a smaller or larger scale.`,
      );
    }
    const svg = this.toSVG();
    const font = {
      fontFiles: [...fontFiles],
      loadSystemFonts: !fontCovers(svg), // slow, so only for scripts that the shipped font lacks
      defaultFontFamily: "Inter",
      sansSerifFamily: "Inter",
    };
    const image = await renderAsync(svg, { font, fitTo: { mode: "zoom", value: scale } });
    return image.asPng();
  }

  /**
   * Writes the picture to a file; the extension decides: `.png` or `.svg`. Returns the path.
   * @throws ValueError for another extension.
   */
  async save(path: string, options: RenderOptions = {}): Promise<string> {
    const kind = extname(path).toLowerCase();
    if (kind !== ".png" && kind !== ".svg") {
      throw new ValueError(`Figure.save: expected a path that ends in .png or .svg, got "${path}". Add one of them.`);
    }
    await writeFile(path, kind === ".svg" ? this.toSVG() : await this.toPNG(options));
    return path;
  }

  /**
   * The vega-lite specification of a chart, as plain JSON for a web page or a notebook.
   * @throws ValueError for a picture that is no chart, such as a grid of images.
   */
  toSpec(): VegaLiteSpec {
    if (this.#spec) return this.#spec;
    throw new ValueError("Figure.toSpec: expected a chart, got a picture without data. Use toSVG() or toPNG().");
  }

  /** What a notebook shows: PNG and SVG, and the vega-lite specification if there is one. */
  async [Symbol.for("Jupyter.display")](): Promise<MimeBundle> {
    const png = Buffer.from(await this.toPNG()).toString("base64");
    const bundle: MimeBundle = { "text/plain": String(this), "image/png": png, "image/svg+xml": this.toSVG() };
    if (this.#spec) bundle["application/vnd.vegalite.v5+json"] = this.#spec;
    return bundle;
  }

  /** One line that says what this is. */
  toString(): string {
    return `Figure(${this.width}x${this.height}${this.#label ? `, ${this.#label}` : ""})`;
  }

  /** The same line when printed by console.log. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}
