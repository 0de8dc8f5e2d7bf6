"""Where sentences begin and end, in Korean, Chinese and English, as they stand in news."""

from __future__ import annotations

import re

_ENDS = re.compile(
    r"[.!?\u3002\uff01\uff1f\uff0e\u2026]+[\"'\u2019\u201d\u300d\u300f\u300b)\]\uff09>]*"
    r"|\n[ \t\r\u00a0]*(?:\n|\Z)|\n"
)
_FULL = "\u3002\uff01\uff1f"
_CLOSED = ".!?\u3002\uff01\uff1f\u2026:\uff1a;\uff1b"
_CLOSERS = "\"'\u2019\u201d\u300d\u300f\u300b)]\uff09>"
_BULLET = re.compile(r"[ \t\u00a0]*(?:[-*\u2022\u25b6\u25a0\u25cf\u00b7#>|]|\d{1,3}[.)\u3001]|\(?\d{1,2}\))")
_TITLES = (
    "mr mrs ms dr prof st jr sr inc ltd co corp plc vs no e.g i.e u.s u.k approx est dept gov fig al etc"
)
_MONTHS = "a.m p.m jan feb mar apr jun jul aug sep sept oct nov dec"
_ABBREVIATIONS = frozenset(f"{_TITLES} {_MONTHS}".split())
#: A shorter line that ends without a full stop is a heading or a list entry, not half a sentence.
_HALF_LINE = 20


def sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Spans of the sentences of `text`, in order, without the white space around them.

    A full stop inside a number, an address or an abbreviation ends nothing. A blank line always
    ends a sentence; a single line break does unless it cuts a long line in the middle of a clause.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _ENDS.finditer(text):
        if _is_end(text, start, match.start(), match.end()):
            _keep(text, start, match.end(), spans)
            start = match.end()
    _keep(text, start, len(text), spans)
    return tuple(spans)


def _keep(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> None:
    piece = text[start:end]
    inner = piece.strip()
    if inner:
        begin = start + piece.index(inner[0])
        spans.append((begin, begin + len(inner)))


def _is_end(text: str, start: int, at: int, after: int) -> bool:
    mark = text[at]
    if mark == "\n":
        return text.count("\n", at, after) > 1 or after == len(text) or _line_ends(text, start, at, after)
    if mark in _FULL:
        return True
    if after == len(text) or text[after].isspace():
        return mark != "." or not _is_abbreviation(text, start, at, after)
    # Korean news sometimes forgets the space: "...했다.이어"
    return (
        mark != "\u2026"
        and "가" <= text[at - 1 : at] <= "힣"
        and "가" <= text[after] <= "힣"
        and after - at == 1
    )


def _is_abbreviation(text: str, start: int, at: int, after: int) -> bool:
    word = text[max(start, at - 12) : at].split()[-1:]
    if not word or after - at > 1:
        return not word
    last = word[0].lower().lstrip("(\"'\u201c\u2018[")
    if last.isdigit() and text[max(start, 0) : at].strip() == word[0]:
        return True  # "1." at the head of a list entry
    following = text[after : after + 40].lstrip()[:1]
    if last in _ABBREVIATIONS or (len(last) == 1 and last.isascii() and last.isalpha()):
        return not (last in {"inc", "ltd", "co", "corp", "u.s", "u.k", "etc"} and following.isupper())
    return False


def _line_ends(text: str, start: int, at: int, after: int) -> bool:
    """Whether a single line break ends the sentence that began at `start`."""
    line = text[max(start, text.rfind("\n", start, at) + 1) : at].rstrip(" \t\r\u00a0" + _CLOSERS)
    if not line or line[-1] in _CLOSED or len(line) < _HALF_LINE or _BULLET.match(text, after):
        return True
    stop = text.find("\n", after)
    following = text[after : stop if stop >= 0 else len(text)]
    return not any(mark in following for mark in ".!?\u3002\uff01\uff1f")
