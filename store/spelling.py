"""Folding of names, so that one name typed in different habits becomes one string.

`squash` is for whole queries and may shorten the text; `level` is for running text and
keeps every offset, because spans are cut from what was printed.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

_NOT_A_LETTER = re.compile(r"[^\w+]|_")
_LATIN_MARKS = re.compile("[\u0300-\u036f]")

# Full-width ASCII to ASCII, and every space that prints like a space to a space.
_WIDTH = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_SPACES = dict.fromkeys((0x00A0, 0x2002, 0x2003, 0x2007, 0x2009, 0x200A, 0x202F, 0x3000), " ")
_LEVEL = {**_WIDTH, **_SPACES}

# Longest first: the first that fits is taken off.
_PARTICLES = (
    "으로부터 에서부터 에서는 에서도 에서의 으로는 으로도 으로서 으로써 에게서 이라는 "
    "이라고 까지는 까지도 부터는 이라도 이나마 에게는 한테서 에서 에게 에는 에도 "
    "에만 에의 으로 로는 로도 로서 로써 로의 까지 부터 처럼 보다 마저 조차 밖에 "
    "만의 만이 만은 만을 과의 와의 과는 와는 과도 와도 라는 라고 라도 이란 이며 "
    "이고 이나 이든 이랑 이자 인데 이다 였다 하고 한테 대로 이야 에선 에겐 은 는 "
    "이 가 을 를 의 에 와 과 도 만 로 란 랑 나 야 며 고 인"
)
PARTICLES = tuple(_PARTICLES.split())


def squash(text: str) -> str:
    """Letters and digits alone, in lower case, width and accents folded ("J.D. Com" is "jdcom")."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        if not text.isascii():
            text = unicodedata.normalize("NFC", _LATIN_MARKS.sub("", unicodedata.normalize("NFD", text)))
    return _NOT_A_LETTER.sub("", text.casefold())


def level(text: str) -> str:
    """The same text with ASCII width and plain spaces; every offset stays."""
    return text.translate(_LEVEL)


def plain_spaces(text: str) -> str:
    """The text as printed, with NO-BREAK SPACE and its kin as spaces; every offset stays."""
    return text.translate(_SPACES)


def lower_in_place(text: str) -> str:
    """Lower case that keeps every offset (a letter whose lower case is longer stays)."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def is_hangul(char: str) -> bool:
    """A Hangul syllable (not a lone jamo)."""
    return "가" <= char <= "힣"


def is_hanzi(char: str) -> bool:
    """A common Chinese character."""
    return "\u4e00" <= char <= "\u9fff" or "\u3400" <= char <= "\u4dbf"


def jamo(text: str) -> str:
    """Hangul taken apart into its letters, where a typo is one edit and not a whole syllable."""
    return text if text.isascii() else unicodedata.normalize("NFD", text)


@cache
def simplified_table() -> dict[int, str]:
    """Traditional to simplified, character by character, for str.translate; offsets stay.

    From store/data/hanzi.tsv: a line of traditional characters, a line of their simplified ones.
    """
    path = Path(__file__).with_name("data") / "hanzi.tsv"
    traditional, simplified = path.read_text(encoding="utf-8").split()
    return {ord(old): new for old, new in zip(traditional, simplified, strict=True)}


# What the two ways to write Pinyin in Hangul differ in: 샤오훙수, 시아오홍슈; 핀둬둬, 핀뚜오뚜오; 톈, 티엔.
_TENSE = str.maketrans("\u1101\u1104\u1108\u110a\u110d", "\u1100\u1103\u1107\u1109\u110c")
_I, _A, _EO, _O, _U, _E = "\u1175", "\u1161", "\u1165", "\u1169", "\u116e", "\u1166"
_GLIDES = str.maketrans({
    "\u1162": _E, "\u1163": _I + _A, "\u1164": _I + _E, "\u1167": _I + _EO, "\u1168": _I + _E,
    "\u116d": _I + _O, "\u1172": _I + _U, "\u116a": _O + _A, "\u116b": _U + _E, "\u116c": _U + _E,
    "\u116f": _U + _EO, "\u1170": _U + _E, "\u1171": _U + _I, "\u110b": None,
})  # fmt: skip
_SOUNDS_ALIKE = (
    (_U + _O, _U + _EO),  # 두오, 둬
    (_O + "\u11bc", _U + "\u11bc"),  # 훙, 홍
    *(
        (hiss + _I + vowel, hiss + vowel) for hiss in "\u110c\u110e" for vowel in (_A, _EO, _O, _U, _E)
    ),  # 쟝, 장
)


def sound(text: str) -> str:
    """Hangul by how it sounds: two habits of writing one Chinese name become one string."""
    letters = jamo(text).translate(_TENSE).translate(_GLIDES)
    for one, other in _SOUNDS_ALIKE:
        letters = letters.replace(one, other)
    return letters


_LETTERS = {
    "에이": "a", "비": "b", "씨": "c", "시": "c", "디": "d", "이": "e", "에프": "f", "지": "g", "에이치": "h",
    "아이": "i", "제이": "j", "케이": "k", "엘": "l", "엠": "m", "엔": "n", "오": "o", "피": "p", "큐": "q",
    "알": "r", "에스": "s", "티": "t", "유": "u", "브이": "v", "더블유": "w", "엑스": "x", "와이": "y",
    "제트": "z",
}  # fmt: skip
_BY_LENGTH = "|".join(sorted(_LETTERS, key=len, reverse=True))
_SPELLED_OUT = re.compile(f"(?:{_BY_LENGTH}){{3,8}}")
_LETTER = re.compile(_BY_LENGTH)


def spelled_out(text: str) -> str:
    """ "씨에이티엘" as "catl": Latin letters by their Korean names, three or more; "" for anything else."""
    if not _SPELLED_OUT.fullmatch(text):
        return ""
    return _LETTER.sub(lambda match: _LETTERS[match[0]], text)


_AFTER_CONSONANT = (
    "은",
    "이",
    "을",
    "과",
    "으로",
    "이라",
    "이란",
    "이며",
    "이고",
    "이나",
    "이든",
    "이랑",
    "이자",
    "이다",
    "이야",
)
_AFTER_VOWEL = ("는", "가", "를", "와", "란", "랑", "며")


def agrees(last: str, particle: str) -> bool:
    """Whether a particle can follow a name that ends with `last`: 비보가, 오포는, but not 비보이."""
    if not is_hangul(last):
        return True
    closed = (ord(last) - ord("가")) % 28 != 0
    return not particle.startswith(_AFTER_VOWEL if closed else _AFTER_CONSONANT)
