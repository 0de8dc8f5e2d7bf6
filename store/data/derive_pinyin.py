"""Write pinyin.tsv and hanzi.tsv: `python -m store.data.derive_pinyin`.

pypinyin and OpenCC are needed to derive, not to run: their answers stand in the files.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from store.catalogue import DATA, Catalogue, load

_HANZI = re.compile("[\u3400-\u9fff]")
_BLOCKS = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000))

# Where the everyday reading of a character is not the one in the name.
_READINGS = {"长鑫": ["chang", "xin"], "长电": ["chang", "dian"], "乐视": ["le", "shi"]}


def pinyin_table(catalogue: Catalogue) -> str:
    """pinyin.tsv: one company a line, its Chinese names without tones."""
    from pypinyin import load_phrases_dict

    load_phrases_dict({words: [[sound] for sound in sounds] for words, sounds in _READINGS.items()})
    lines = (
        f"{company.id}\t{' | '.join(spellings)}\n"
        for company in catalogue.companies.values()
        if (spellings := tuple(dict.fromkeys(_spellings(company.zh_hans))))
    )
    return "id\tpinyin\n" + "".join(lines)


def hanzi_table() -> str:
    """hanzi.tsv: a line of traditional characters, and below each its simplified one."""
    from opencc import OpenCC

    converter = OpenCC("t2s")
    pairs = [
        (char, simplified)
        for block in _BLOCKS
        for char in map(chr, block)
        if (simplified := str(converter.convert(char))) != char and _HANZI.fullmatch(simplified)
    ]
    return "".join(old for old, _ in pairs) + "\n" + "".join(new for _, new in pairs) + "\n"


def _spellings(names: Iterable[str]) -> Iterator[str]:
    from pypinyin import lazy_pinyin

    for name in names:
        if not _HANZI.search(name):
            continue
        spelling = "".join(lazy_pinyin(name)).replace(" ", "").lower()
        yield spelling
        if "lv" in spelling or "nv" in spelling:  # lü and nü are typed both ways
            yield spelling.replace("lv", "lu").replace("nv", "nu")


def main(folder: Path = DATA) -> int:
    """Write both files into the catalogue's folder."""
    (folder / "pinyin.tsv").write_text(pinyin_table(load(folder)), encoding="utf-8")
    (folder / "hanzi.tsv").write_text(hanzi_table(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
