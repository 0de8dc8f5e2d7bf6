"""Layouts that are lists by their form: a countdown in one line, a table, titles before bodies."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import pairwise

from handlers.newsletter import labels, links
from handlers.newsletter.layouts import HEADING_LIMIT, Draft, Reading, cut, is_heading, texts
from handlers.newsletter.lines import Line, Role

_COUNTED = re.compile(r"#(\d{1,3})(?=[^\s\d#])")
_LOST, _LOOKED_AT = 30, 400  # titles whose words were changed, and headings held against each
_SHORTEST, _RATIO = 8, 0.85  # how much of two titles must be the same
_STARS = re.compile(r"[★☆⭐]{1,10}")


def countdown(lines: tuple[Line, ...]) -> Reading | None:
    """ "… #3Title Label: ★★★Text.#2Title …": numbers that step by one inside a single line."""
    for at, line in enumerate(lines):
        if line.role not in (Role.TEXT, Role.META) or len(line.raw) < 40:
            continue
        marks = list(_COUNTED.finditer(line.raw))
        numbers = [int(mark[1]) for mark in marks]
        steps = {after - before for before, after in pairwise(numbers)}
        if len(marks) < 2 or steps not in ({1}, {-1}):
            continue
        ends = [*(mark.start() for mark in marks[1:]), len(line.raw)]
        chunks = [line.raw[mark.end() : end].strip() for mark, end in zip(marks, ends, strict=True)]
        header = replace(line, text=line.raw[: marks[0].start()].strip(), mark="")
        drafts = tuple(_rated(chunk, line, _common_label(chunks)) for chunk in chunks)
        return Reading((*lines[:at], *([header] if header.text else [])), drafts, lines[at + 1 :])
    return None


def _common_label(chunks: Sequence[str]) -> str:
    """What every chunk repeats between its title and its stars, "" without stars."""
    before = [chunk[: stars.start()] for chunk in chunks if (stars := _STARS.search(chunk))]
    if len(before) < len(chunks):
        return ""
    label = before[0]
    for text in before[1:]:
        while label and not text.endswith(label):
            label = label[1:]
    return label


def _rated(chunk: str, line: Line, label: str) -> Draft:
    stars = _STARS.search(chunk)
    title = chunk[: stars.start() - len(label)].strip() if stars and label else ""
    body = chunk[stars.end() :].strip() if stars and label else chunk
    return Draft(title, line.number, (replace(line, role=Role.TEXT, text=body, gap=1, mark="", linked=()),))


_CELL = re.compile(r"(?<!\\)\|")
_PLAIN = re.compile(r"\*\*|__|\\(?=\|)")


def table(lines: tuple[Line, ...]) -> Reading | None:
    """A mail turned into a table: each row with a link is an item, a row without names a section."""
    rows = [line for line in lines if line.role is Role.ROW]
    written = texts(lines)
    if not rows or len(rows) < 2 * len(written) or not any("](" in row.raw for row in rows):
        return None
    drafts: list[Draft] = []
    paid = False
    for row in rows:
        cell = " ".join(part.strip() for part in _CELL.split(row.raw) if part.strip())
        found = [link for link in links.markdown_links(cell) if link.url]
        if not found:
            paid = labels.is_sponsored(_PLAIN.sub("", cell)) or (paid and not re.search(r"\w", cell))
            continue
        shown = "".join(_pieces(cell, found))
        title = _PLAIN.sub("", shown).strip()
        source = Line(row.number, 0, Role.SOURCE, url=found[0].url, raw=row.raw)
        drafts.append(Draft(title, row.number, (source,), ad=paid or labels.is_sponsored(title[:12])))
    first = rows[0].number
    return Reading(tuple(line for line in written if line.number < first), tuple(drafts))


def _pieces(cell: str, found: Sequence[links.Link]) -> list[str]:
    pieces, at = [], 0
    for link in found:
        pieces += [cell[at : link.start], link.text]
        at = link.end
    return [*pieces, cell[at:]]


def _key(line: Line) -> str:
    return line.text.strip(" .…")


def contents_first(lines: tuple[Line, ...]) -> Reading | None:
    """A list of titles, then every title again above its text."""
    places = [at for at, line in enumerate(lines) if line.role is Role.TEXT]
    run = _contents(lines, places)
    if len(run) < 2:
        return None
    wanted = {_key(lines[at]) for at in run}
    starts = [at for at in places if at > run[-1] and _key(lines[at]) in wanted]
    lost = [at for at in range(run[0], run[-1]) if at not in set(run) and len(_key(lines[at])) > 3]
    found = _changed(lines, lost, [at for at in places if at > run[-1] and at not in set(starts)])
    starts = sorted({*starts, *found.values()})
    titled = [(at, chunk) for at, chunk in zip(starts, cut(lines, starts), strict=True) if len(chunk) > 1]
    if len(titled) < 2 or 2 * len(titled) < len(run):
        return None
    drafts = tuple(Draft(lines[at].text, lines[at].number, chunk[1:]) for at, chunk in titled)
    unread = tuple(lines[at] for at in lost if at not in found)
    return Reading(lines[: run[0]], drafts, (*unread, *lines[run[-1] + 1 : starts[0]]))


def _changed(lines: tuple[Line, ...], lost: Sequence[int], places: Sequence[int]) -> dict[int, int]:
    """Titles of the list that stand above their text in other words, and where: one begins with the
    other, or they differ in a few characters.
    """
    headings = [at for at in places if lines[at].gap and is_heading(lines[at])][:_LOOKED_AT]
    found: dict[int, int] = {}
    for at in lost[:_LOST]:
        title = _key(lines[at])
        near = next((place for place in headings if _alike(title, _key(lines[place]))), None)
        if near is not None and near not in found.values():
            found[at] = near
    return found


def _alike(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) >= _SHORTEST and longer.startswith(shorter):
        return True
    if len(shorter) < _SHORTEST or 4 * len(shorter) < 3 * len(longer) or one[:2] != other[:2]:
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= _RATIO


def _contents(lines: tuple[Line, ...], places: Sequence[int]) -> list[int]:
    """The longest run of short lines that come again later, each once in the run.

    One line in between may not come again (its title was changed, or it is an ornament).
    """
    counts = Counter(_key(lines[at]) for at in places)
    best: list[int] = []
    run: list[int] = []
    seen: set[str] = set()
    missed = 0
    for at in places:
        key = _key(lines[at])
        if key not in seen and counts[key] >= 2 and 4 <= len(key) <= HEADING_LIMIT:
            run.append(at)
            seen.add(key)
            missed = 0
            continue
        missed += 1
        if key in seen or missed > 1 or not is_heading(lines[at]):
            best = max(best, run, key=len)
            run, seen, missed = [], set(), 0
    return max(best, run, key=len)
