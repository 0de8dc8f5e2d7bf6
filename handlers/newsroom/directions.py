"""Directions: words that say which way something went, with those that say the opposite, in three languages.

A summary in a reader's language may say a way only if the source says it. Words marked "~" in
directions.tsv say too many other things: they count in a source, and prove nothing in a summary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from handlers.aliases import fold

Side = tuple[str, str]
"""What goes, and which way: ("change", "up")."""

_CLAUSE = re.compile(
    r"[，;；。！？!?\n]|,(?!\d)|\.(?!\d)|(?<=[가-힣]고) |(?<=[가-힣]며) |(?<=지만) |\b(?:but|while)\b|而|但"
)
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def turned(summary: str, source: str) -> Iterator[str]:
    """What a summary says went another way than its source says, or where the source is silent, as
    "direction:axis-side"; a number's own clause decides where the source tells of both ways.
    """
    told = said_ways(source)
    for axis, side in sorted(ways(summary) - told):
        yield f"direction:{axis}-{side}"
    clauses = [(_numbers(clause), said_ways(clause)) for clause in _CLAUSE.split(source)]
    for clause in _CLAUSE.split(summary):
        for axis, side in sorted(ways(clause) & told):
            here = [found for numbers, found in clauses if numbers & _numbers(clause)]
            of_axis = {other for found in here for other in found if other[0] == axis}
            if of_axis and (axis, side) not in of_axis:
                yield f"direction:{axis}-{side}"


def ways(text: str) -> frozenset[Side]:
    """The ways that a text says for sure."""
    return _found(text, _patterns()[0])


def said_ways(text: str) -> frozenset[Side]:
    """The ways that a text says, or may say."""
    return _found(text, _patterns()[1])


def _found(text: str, patterns: Mapping[Side, re.Pattern[str]]) -> frozenset[Side]:
    folded = fold(text)
    return frozenset(side for side, pattern in patterns.items() if pattern.search(folded))


def _numbers(text: str) -> frozenset[str]:
    return frozenset(found.replace(",", "") for found in _NUMBER.findall(text))


@cache
def _patterns() -> tuple[Mapping[Side, re.Pattern[str]], Mapping[Side, re.Pattern[str]]]:
    """By side: what says it for sure, and what says it or may."""
    table = Path(__file__).with_name("directions.tsv").read_text("utf-8")
    sure: dict[Side, re.Pattern[str]] = {}
    perhaps: dict[Side, re.Pattern[str]] = {}
    for row in table.splitlines()[1:]:
        axis, side, *cells = row.split("\t")
        words = [word.strip() for cell in cells for word in cell.split("|")]
        sure[axis, side] = _pattern([word for word in words if not word.startswith("~")])
        perhaps[axis, side] = _pattern([word.removeprefix("~") for word in words])
    return sure, perhaps


def _pattern(words: list[str]) -> re.Pattern[str]:
    latin = "|".join(re.escape(word) for word in words if word.isascii())
    others = "|".join(re.escape(word) for word in words if not word.isascii())
    return re.compile(rf"\b(?:{latin})\b|(?:{others})")
