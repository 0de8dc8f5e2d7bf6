"""What a layout makes of a text: the shapes all layouts share.

A layout is a pure function from lines to a Reading, or None when the text is not laid out so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from handlers.newsletter.lines import Line, Role

HEADING_LIMIT = 160  # characters of a heading; Korean ones have some 30
ENDS_SENTENCE = re.compile(r"(?:[.。;；:：,，]|[.!?。]['\"”’)\]」]{1,3})$")


@dataclass(frozen=True, slots=True)
class Draft:
    """An item before its parts are named: its heading's line (None = it has none) and the rest.

    `title` is the heading as printed, "" when the item must be named from its text.
    `line` is where it begins.
    """

    title: str
    line: int
    lines: tuple[Line, ...]
    ad: bool = False
    untitled: bool = False  # the layout prints no titles at all


@dataclass(frozen=True, slots=True)
class Reading:
    """What a layout made of a text: lines above the first item, items, lines that fit nowhere."""

    header: tuple[Line, ...]
    drafts: tuple[Draft, ...]
    rest: tuple[Line, ...] = ()


Layout = Callable[[tuple[Line, ...]], Reading | None]


def is_heading(line: Line) -> bool:
    """Whether a line could be a title: short, and not a sentence that has come to its end."""
    if line.role is not Role.TEXT or len(line.text) > HEADING_LIMIT:
        return False
    return not ENDS_SENTENCE.search(line.text)


def sources_in(lines: Sequence[Line]) -> int:
    """How many labelled or lone addresses stand in these lines."""
    return sum(1 for line in lines if line.role in (Role.SOURCE, Role.ADDRESS))


def cut(lines: tuple[Line, ...], starts: Sequence[int]) -> list[tuple[Line, ...]]:
    """The lines from each start to the next; what stands above the first is left out."""
    ends = [*starts[1:], len(lines)] if starts else []
    return [lines[start:end] for start, end in zip(starts, ends, strict=True)]


def texts(lines: Sequence[Line]) -> list[Line]:
    """The lines that are content."""
    return [line for line in lines if line.role is Role.TEXT]
