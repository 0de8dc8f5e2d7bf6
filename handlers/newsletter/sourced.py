"""The layout whose items each carry a labelled source, above or below their text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from handlers.newsletter import dating
from handlers.newsletter.layouts import Draft, Reading, cut, is_heading, sources_in, texts
from handlers.newsletter.lines import Line, Role


def sourced(lines: tuple[Line, ...]) -> Reading | None:
    """Heading, text, source; or heading, source, text. The source's place says where items end."""
    ends = [at for at, line in enumerate(lines) if line.role in (Role.SOURCE, Role.ADDRESS)]
    if not any(line.role is Role.SOURCE for line in lines) and len(ends) < 2:
        return None
    if _sources_stand_first(lines, ends):
        return _source_before_text(lines, ends)
    return _source_after_text(lines)


def _sources_stand_first(lines: tuple[Line, ...], ends: Sequence[int]) -> bool:
    above, below = texts(lines[: ends[0]]), texts(lines[ends[-1] + 1 :])
    return bool(above and below and is_heading(above[-1]) and any(not is_heading(line) for line in below))


def _source_before_text(lines: tuple[Line, ...], ends: Sequence[int]) -> Reading:
    starts: list[int] = []
    for end in ends:
        above = [at for at in range(starts[-1] + 1 if starts else 0, end) if lines[at].role is Role.TEXT]
        if above and is_heading(lines[above[-1]]):
            starts.append(above[-1])
    drafts = [Draft(chunk[0].text, chunk[0].number, chunk[1:]) for chunk in cut(lines, starts)]
    return Reading(lines[: starts[0]], tuple(drafts))


def _source_after_text(lines: tuple[Line, ...]) -> Reading:
    chunks = _ended_by_address(lines)
    tail = chunks.pop() if chunks and not sources_in(chunks[-1]) and not _pictured(chunks[-1]) else ()
    header, first = split_header(chunks[0], several=len(chunks) > 1)
    drafts = [first]
    spacing = _spacing(chunks[1:])
    for chunk in chunks[1:]:
        drafts += _split_unsourced(chunk, spacing)
    kept, rest = _read_tail(tail, spacing)
    return Reading(header, (*drafts, *kept), rest)


def _pictured(chunk: Sequence[Line]) -> bool:
    return any(line.role is Role.PICTURE for line in chunk)


def _ended_by_address(lines: tuple[Line, ...]) -> list[tuple[Line, ...]]:
    """Chunks that end with their source; a picture ends one too when no source stands with it."""
    chunks: list[tuple[Line, ...]] = []
    start = 0
    closing = (Role.SOURCE, Role.ADDRESS, Role.PICTURE, Role.LABEL)
    for at, line in enumerate(lines):
        following = lines[at + 1].role if at + 1 < len(lines) else None
        if line.role in closing and following not in closing and texts(lines[start:at]):
            if line.role is Role.PICTURE and not sources_in(lines[start:at]) and chunks:
                continue  # a picture inside a story; only the first item may do without a source
            chunks.append(lines[start : at + 1])
            start = at + 1
    if start < len(lines):
        chunks.append(lines[start:])
    return chunks


def split_header(chunk: tuple[Line, ...], *, several: bool) -> tuple[tuple[Line, ...], Draft]:
    """Tells the lines above the first item from the item.

    A line that names the issue (number, date, week, "[series]") divides them: a heading below it
    is the item's own; without one the post's title, right above it, is; without that either the
    item has none.
    """
    places = [at for at, line in enumerate(chunk) if line.role is Role.TEXT]
    heads = []
    for at in places:
        if not is_heading(chunk[at]):
            break
        heads.append(at)
    if len(heads) == len(places) and len(heads) > 1:
        heads.pop()  # the last line is the text, however short
    naming = [
        at
        for at in heads
        if dating.is_issue_line(chunk[at].text) or (several and _has_series(chunk[at].text))
    ]
    if not naming:
        title = heads[-1:] or []
        start = title[0] + 1 if title else 0
        return _drafted(chunk, title, start, heads[:-1])
    below = [at for at in heads if at > naming[-1]]
    above = [at for at in heads if at < naming[-1] and at not in naming]
    if below:
        return _drafted(chunk, below[-1:], below[-1] + 1, heads[: heads.index(below[-1])])
    return _drafted(chunk, above[-1:], naming[-1] + 1, heads)


def _drafted(
    chunk: tuple[Line, ...], title: Sequence[int], start: int, header: Sequence[int]
) -> tuple[tuple[Line, ...], Draft]:
    above = tuple(chunk[at] for at in header)
    if title:
        return above, Draft(chunk[title[0]].text, chunk[title[0]].number, chunk[start:])
    return above, Draft("", chunk[start].number if start < len(chunk) else chunk[-1].number, chunk[start:])


def _has_series(text: str) -> bool:
    return bool(re.match(r"^[\[【][^\]】]{1,40}[\]】]\s*\S", text)) and len(text) <= 80


def _spacing(chunks: Sequence[tuple[Line, ...]]) -> int:
    """How many blank lines at least stand above the headings of this document."""
    heads = [written[0] for chunk in chunks if (written := texts(chunk))]
    gaps = [head.gap for head in heads if is_heading(head)]
    return min(gaps) if gaps else 0


def _titled(chunk: tuple[Line, ...]) -> Draft:
    written = texts(chunk)
    if len(written) > 1 and is_heading(written[0]):
        head = written[0]
        at = chunk.index(head)
        return Draft(head.text, head.number, (*chunk[:at], *chunk[at + 1 :]))
    return Draft("", chunk[0].number, chunk)


def _split_unsourced(chunk: tuple[Line, ...], spacing: int) -> list[Draft]:
    """A second heading of the document's own shape inside a chunk is a story without a source."""
    cuts = [0]
    if spacing >= 2:
        for at in range(2, len(chunk) - 1):
            line, before, after = chunk[at], chunk[at - 1], chunk[at + 1]
            shaped = is_heading(line) and not line.mark and line.gap >= spacing and 1 <= after.gap < spacing
            if shaped and _is_prose(before) and _is_prose(after):
                cuts.append(at)
    return [_titled(part) for part in cut(chunk, cuts)]


def _is_prose(line: Line) -> bool:
    return line.role is Role.TEXT and not is_heading(line) and len(line.text) >= 20


def _read_tail(tail: tuple[Line, ...], spacing: int) -> tuple[list[Draft], tuple[Line, ...]]:
    """After the last source: a story whose source is missing, if it has a story's shape."""
    ours = [line for line in tail if line.role is Role.TEXT]
    if len(ours) >= 2 and is_heading(ours[0]) and ours[0].gap >= max(spacing, 1) and _is_prose(ours[1]):
        return [_titled(tail)], ()
    return [], tail
