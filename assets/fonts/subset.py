"""Cuts Inter down to the scripts that class names are written in. Usage: python subset.py PACKAGE_FOLDER_OF_FONTSOURCE_INTER"""

import sys
import tempfile
from pathlib import Path

from fontTools import subset
from fontTools.merge import Merger
from fontTools.ttLib import TTFont

RANGES = [
    (0x20, 0x17F), (0x18F, 0x18F), (0x192, 0x192), (0x218, 0x21B), (0x370, 0x3FF), (0x400, 0x45F), (0x490, 0x491),
    (0x1E9E, 0x1EF9), (0x2010, 0x203A), (0x2070, 0x2089), (0x20AC, 0x20AC), (0x2122, 0x2122), (0x2190, 0x2195),
    (0x2206, 0x2206), (0x2211, 0x2212), (0x221A, 0x221A), (0x221E, 0x221E), (0x2248, 0x2248), (0x2260, 0x2265), (0xFFFD, 0xFFFD),
]
PARTS = {400: ["latin", "latin-ext", "cyrillic", "greek", "vietnamese"], 600: ["latin", "latin-ext", "cyrillic", "greek"]}
NAMES = {400: "Regular", 600: "SemiBold"}


def cut(source: Path, target: Path, seen: set[int]) -> None:
    font = TTFont(source)
    wanted = {c for c in font.getBestCmap() if any(a <= c <= b for a, b in RANGES)} - seen
    seen |= wanted
    options = subset.Options(layout_features=[], hinting=False, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14], notdef_outline=True)
    options.drop_tables += ["GPOS", "GSUB", "GDEF", "STAT", "prep", "gasp"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=wanted)
    subsetter.subset(font)
    font.flavor = None
    font.save(target)


def main(package: Path, out: Path) -> None:
    for weight, parts in PARTS.items():
        with tempfile.TemporaryDirectory() as folder:
            seen: set[int] = set()
            files = [Path(folder) / f"{part}.ttf" for part in parts]
            for part, file in zip(parts, files):
                cut(package / "files" / f"inter-{part}-{weight}-normal.woff2", file, seen)
            font = Merger().merge([str(file) for file in files])
        font["post"].formatType = 3.0
        font["OS/2"].usWeightClass = weight
        name = NAMES[weight]
        for id_, text in ((1, "Inter"), (2, "Bold" if weight == 600 else "Regular"), (4, f"Inter {name}"), (6, f"Inter-{name}")):
            font["name"].setName(text, id_, 3, 1, 0x409)
        font.save(out / f"Inter-{name}.ttf")


main(Path(sys.argv[1]), Path(__file__).parent)
