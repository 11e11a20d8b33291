"""What Pillow reads from formats that are decoded here, for test/vision/image/formats.test.ts.

Run: python test/parity/image_formats.py   (writes test/fixtures/image-formats.json)
"""
import io
import json
import pathlib
import struct

import numpy as np
import PIL
from image import b64, encode, image, pixels
from PIL import Image

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"

COLORS = [(i * 60, 255 - i * 60, 40 + i) for i in range(4)]


def palette_image(height=5, width=7):
    im = Image.new("P", (width, height))
    im.putpalette([v for color in COLORS for v in color])
    im.putdata([i % 4 for i in range(width * height)])
    return im


def bmp(width, height, bits, data, compression=0, masks=b"", palette=b"", header=40, top_down=False):
    if header == 12:
        info = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        h = -height if top_down else height
        colors = len(palette) // 4
        info = struct.pack("<IiiHHIIiiII", header, width, h, 1, bits, compression, len(data), 0, 0, colors, 0)
        info += (masks + b"\0" * 200)[: header - 40] if header > 40 else masks
    start = 14 + len(info) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, start) + info + palette + data


def rows(width, height, bits, seed=5):
    stride = (width * bits + 31) // 32 * 4
    return pixels(height, stride * seed, 1).reshape(height, -1)[:, :stride].tobytes()


PALETTE = b"".join(bytes((b, g, r, 0)) for r, g, b in COLORS)
PALETTE16 = b"".join(bytes((i * 3, i * 7, i * 16, 0)) for i in range(16))
PALETTE_OLD = b"".join(bytes((255 - i, i // 2, i)) for i in range(256))
RUNS8 = bytes([3, 1, 2, 2, 0, 0, 0, 5, 0, 1, 2, 3, 1, 0, 0, 0, 0, 2, 2, 1, 4, 3, 0, 1])
RUNS4 = bytes([5, 0x12, 0, 0, 0, 5, 0x31, 0x20, 0x30, 0, 0, 0, 5, 0xAB, 0, 1])


def bmp_files():
    yield "rgb.bmp", encode(image(5, 7), "BMP")
    yield "palette.bmp", encode(palette_image(), "BMP")
    yield "grey.bmp", encode(image(5, 7, 1), "BMP")
    yield "bits.bmp", encode(image(5, 7, 1).convert("1"), "BMP")
    yield "rgba.bmp", encode(Image.fromarray(pixels(5, 7, 4), mode="RGBA"), "BMP")
    yield "top-down.bmp", bmp(7, 5, 24, rows(7, 5, 24), top_down=True)
    yield "four-bits.bmp", bmp(7, 5, 4, rows(7, 5, 4), palette=PALETTE16)
    yield "old.bmp", bmp(7, 5, 8, rows(7, 5, 8), palette=PALETTE_OLD, header=12)
    yield "old-colors.bmp", bmp(7, 5, 24, rows(7, 5, 24), header=12)
    yield "fifteen-bits.bmp", bmp(7, 5, 16, rows(7, 5, 16))
    yield "sixteen-bits.bmp", bmp(7, 5, 16, rows(7, 5, 16), 3, struct.pack("<III", 0xF800, 0x7E0, 0x1F))
    yield "no-alpha.bmp", bmp(7, 5, 32, rows(7, 5, 32))
    masks = struct.pack("<IIII", 0xFF000000, 0xFF0000, 0xFF00, 0xFF)
    yield "masks.bmp", bmp(7, 5, 32, rows(7, 5, 32), 3, masks, header=124)
    yield "runs.bmp", bmp(5, 4, 8, RUNS8, 1, palette=PALETTE)
    yield "half-runs.bmp", bmp(5, 3, 4, RUNS4, 2, palette=PALETTE16)


def ico_files():
    many = {"sizes": [(8, 8), (16, 16), (24, 24)]}
    yield "png.ico", encode(image(24, 24).convert("RGBA"), "ICO", **many)
    yield "bitmap.ico", encode(image(24, 24).convert("RGBA"), "ICO", bitmap_format="bmp", **many)
    yield "palette.ico", encode(palette_image(16, 16), "ICO", bitmap_format="bmp", sizes=[(16, 16)])


def tga_files():
    for name, im in {
        "rgb": image(5, 7),
        "rgba": Image.fromarray(pixels(5, 7, 4), mode="RGBA"),
        "grey": image(5, 7, 1),
        "grey-alpha": Image.fromarray(pixels(5, 7, 2), mode="LA"),
        "palette": palette_image(),
    }.items():
        yield f"{name}.tga", encode(im, "TGA")
        yield f"{name}-runs.tga", encode(im, "TGA", compression="tga_rle")
    yield "top.tga", encode(image(5, 7), "TGA", orientation=1, id_section=b"a name")
    flipped = bytearray(encode(image(5, 7), "TGA"))
    flipped[17] |= 0x10
    yield "from-the-right.tga", bytes(flipped)
    head = struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, 7, 5, 16, 0)
    yield "fifteen-bits.tga", head + pixels(5, 14, 1).tobytes()
    head = struct.pack("<BBBHHBHHHHBB", 0, 1, 1, 2, 4, 24, 0, 0, 7, 5, 8, 0)
    colors = b"".join(bytes((b, g, r)) for r, g, b in COLORS)
    yield "late-palette.tga", head + colors + bytes(2 + i % 4 for i in range(35))


def pnm_files():
    grey, rgb = pixels(5, 7, 1), pixels(5, 7, 3)
    words = lambda a: b" ".join(b"%d" % v for v in np.ravel(a))  # noqa: E731
    wide = pixels(5, 7, 2).astype(np.int64) * 3
    yield "bytes.pgm", b"P5 7 5 255\n" + grey.tobytes()
    yield "commented.ppm", b"P6 # a remark\n7\t5 # 9 9\n255\n" + rgb.tobytes()
    yield "six-levels.pgm", b"P5 7 5 6\n" + (grey % 7).tobytes()
    yield "four-levels.ppm", b"P6 7 5 3\n" + (rgb % 4).tobytes()
    yield "wide.pgm", b"P5 7 5 65535\n" + wide[..., 0].astype(">u2").tobytes()
    yield "wide-levels.pgm", b"P5 7 5 999\n" + wide[..., 0].astype(">u2").tobytes()
    yield "wide.ppm", b"P6 7 5 1000\n" + (rgb.astype(np.int64) * 3).astype(">u2").tobytes()
    yield "bits.pbm", b"P4 7 5\n" + bytes([0b10101010, 0b11001100, 0, 255, 0b11110000])
    yield "text.pbm", b"P1 7 5\n# bits\n" + b"1010110\n0101 1 01\n" + b"1" * 21
    yield "text.pgm", b"P2 7 5 255\n" + words(grey) + b"\n"
    yield "text-levels.pgm", b"P2 7 5 6\n" + words(grey % 7) + b"\n"
    yield "text.ppm", b"P3 7 5 255\n# colours\n" + words(rgb) + b"\n"


def png_files():
    """Interlaced files, which Pillow does not write: one pass after the other, rows without filters."""
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]

    def interlaced(a, depth, color, extra=b""):
        h, w = a.shape[:2]
        out = b""
        for x, y, dx, dy in passes:
            for row in a[y::dy, x::dx] if x < w else []:
                out += b"\0" + (np.packbits(np.unpackbits(row.reshape(-1, 1), axis=1)[:, 8 - depth :]).tobytes())
        header = struct.pack(">IIBBBBB", w, h, depth, color, 0, 0, 1)
        body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(out)) + chunk(b"IEND", b"")
        return b"\x89PNG\r\n\x1a\n" + body

    def wide(a, color):
        raw = b"".join(b"\0" + row.astype(">u2").tobytes() for row in a)
        header = struct.pack(">IIBBBBB", a.shape[1], a.shape[0], 16, color, 0, 0, 0)
        body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
        return b"\x89PNG\r\n\x1a\n" + body

    yield "wide.png", wide(pixels(5, 7, 3).astype(np.uint16) * 201 + 7, 2)
    yield "wide-alpha.png", wide(pixels(5, 7, 4).astype(np.uint16) * 201 + 7, 6)
    yield "interlaced.png", interlaced(pixels(9, 11, 3), 8, 2)
    yield "interlaced-grey.png", interlaced(pixels(3, 2, 1), 8, 0)
    colors = chunk(b"PLTE", bytes(v for color in COLORS for v in color))
    yield "interlaced-palette.png", interlaced(pixels(9, 11, 1)[..., 0] % 4, 2, 3, colors)


def ink_files():
    inks = Image.fromarray(pixels(5, 7, 4), mode="CMYK")
    yield "inks.tif", encode(inks, "TIFF", compression="tiff_lzw")
    yield "inks.jpg", encode(inks, "JPEG", quality=95)


def cases():
    for files in (ink_files, bmp_files, ico_files, tga_files, pnm_files, png_files):
        for name, data in files():
            im = Image.open(io.BytesIO(data))
            mode = im.mode
            stored = np.asarray(im).tolist() if mode == "P" else None
            yield {
                "name": name,
                "mode": mode,
                "bytes": b64(data),
                "size": list(im.size),
                "rgb": b64(np.asarray(im.convert("RGB")).tobytes()),
                "grey": b64(np.asarray(im.convert("L")).tobytes()),
                "stored": stored,
            }


if __name__ == "__main__":
    out = {"pillow": PIL.__version__, "files": list(cases())}
    (FIXTURES / "image-formats.json").write_text(json.dumps(out) + "\n")
