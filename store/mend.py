"""Lines that carry their CRC, and the one byte that makes a damaged line whole again. No files here.

A line is eight hex digits (CRC-32 of the text), a space, the text (a JSON array whose first value
numbers it) and a newline. CRC-32 is linear: what a wrong byte does to it depends on its place and
on which bits differ, so the place is found by running the CRC backwards, once over the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from zlib import crc32

import orjson

_DIGITS = 9  # of the CRC, with the space after them


def line(text: bytes) -> bytes:
    """`text` as a line of a journal."""
    return b"%08x %s\n" % (crc32(text), text)


def entry(data: bytes | bytearray, start: int, end: int) -> list[Any] | None:
    """What the line from `start` to its newline at `end` says; None when it is not whole."""
    text = data[start + _DIGITS : end]
    if end < 0 or data[start : start + _DIGITS] != b"%08x " % crc32(text):
        return None
    try:
        value = orjson.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, list) and len(value) == 3 else None


def mend(data: bytearray, start: int, number: int) -> tuple[int, int] | None:
    """The one (place, byte) that makes the line at `start` whole and numbered `number`.

    None when no single byte does, or when two could. Knows a byte changed within the line or
    its CRC, a newline that was lost, and a newline that was none.
    """
    end = data.find(b"\n", start)
    after = data.find(b"\n", end + 1) if end >= 0 else -1
    stop = end if end >= 0 else len(data)
    guesses = {
        (found.start() + start, 10) for found in re.finditer(rb"(?s).(?=[0-9a-f]{8} \[)", data[start:stop])
    }
    guesses.add((len(data) - 1, 10))
    if end >= 0:
        guesses.update(_wrong_bytes(data, start, end))
    if after >= 0:
        guesses.update(guess for guess in _wrong_bytes(data, start, after) if guess[0] == end)
    good = [guess for guess in guesses if _helps(data, start, number, *guess)]
    return good[0] if len(good) == 1 else None


def _helps(data: bytearray, start: int, number: int, place: int, byte: int) -> bool:
    if place < start or data[place] == byte:
        return False
    old, data[place] = data[place], byte
    found = entry(data, start, data.find(b"\n", start))
    data[place] = old
    return found is not None and found[0] == number


def _wrong_bytes(data: bytearray, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Each (place, byte) that would make the CRC of the line fit."""
    if end < start + _DIGITS:
        return
    text = data[start + _DIGITS : end]
    right = b"%08x " % crc32(text)
    wrong = [place for place in range(_DIGITS) if data[start + place] != right[place]]
    if len(wrong) == 1:
        yield start + wrong[0], right[wrong[0]]
    try:
        difference = int(data[start : start + 8], 16) ^ crc32(text)
    except ValueError:
        return
    table, by_value, by_top = _tables()
    for place in range(len(text) - 1, -1, -1):
        if (bits := by_value.get(difference)) is not None:
            yield start + _DIGITS + place, text[place] ^ bits
        index = by_top[difference >> 24]
        difference = (difference ^ table[index]) << 8 & 0xFFFFFFFF | index


@cache
def _tables() -> tuple[list[int], dict[int, int], dict[int, int]]:
    """CRC-32's table, and it backwards by whole value and by top byte."""
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0xEDB88320 if value & 1 else 0)  # noqa: PLW2901
        table.append(value)
    by_value = {value: index for index, value in enumerate(table)}
    return table, by_value, {value >> 24: index for index, value in enumerate(table)}
