"""Write charts.otf: `python -m handlers.fonts.derive_font NotoSansCJK-Regular.ttc`.

The source is Noto Sans CJK KR (Debian's package fonts-noto-cjk). fonttools is needed to derive,
not to run. Kept are the Hangul of KS X 1001, the Hanzi of GB2312, the traditional forms of its
everyday half, every character of a name in the catalogue, Latin-1, and punctuation.
"""

from __future__ import annotations

import sys
from pathlib import Path

from store.catalogue import Catalogue, load
from store.spelling import simplified_table

FAMILY = "Jianbao Charts"
FONT = Path(__file__).with_name("charts.otf")

_FACE = "Noto Sans CJK KR"
_MARKS = "–—‘’“”•…₩€→←、。《》「」『』【】・！％＆（），．／：；？～"
_NAMES = {1: FAMILY, 3: f"{FAMILY} Regular", 4: FAMILY, 6: FAMILY.replace(" ", ""), 16: FAMILY}


def characters(catalogue: Catalogue) -> set[str]:
    """Every character that the subset draws."""
    latin = {chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x100))}
    spelled = {char for company in catalogue.companies.values() for char in "".join(catalogue.names(company))}
    hangul, hanzi = _table("euc_kr", 0xB0, 0xC8), _table("gb2312", 0xB0, 0xF7)
    return latin | spelled | set(_MARKS) | hangul | hanzi | _traditional()


def _traditional() -> set[str]:
    """Traditional forms, of Big5's everyday half, of the characters of GB2312's."""
    everyday, known = _table("gb2312", 0xB0, 0xD7), _table("big5", 0xA4, 0xC6)
    return {chr(char) for char, simplified in simplified_table().items() if simplified in everyday} & known


def _table(codec: str, first: int, last: int) -> set[str]:
    """The characters of some rows of a two-byte character set."""
    cells = [
        bytes((row, cell)).decode(codec, "ignore")
        for row in range(first, last + 1)
        for cell in range(0x40, 0xFF)
    ]
    return {cell for cell in cells if len(cell) == 1}


def derive(source: Path, target: Path) -> None:
    """Write the subset: outlines and widths, and nothing that a chart does not use."""
    from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]
    from fontTools.ttLib import TTCollection  # type: ignore[import-untyped]

    font = next(face for face in TTCollection(source).fonts if face["name"].getDebugName(1) == _FACE)
    options = Options()
    options.hinting = False
    options.layout_features = []
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "DSIG"]
    options.notdef_outline = True
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(sorted(characters(load()))))
    subsetter.subset(font)
    for record in font["name"].names:
        record.string = _NAMES.get(record.nameID, record.toUnicode())
    top = font["CFF "].cff
    top.fontNames = [_NAMES[6]]
    font.save(target)


if __name__ == "__main__":
    derive(Path(sys.argv[1]), FONT)
