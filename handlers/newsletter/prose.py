"""Layouts without marks: paragraphs that open with a link, and the plain article."""

from __future__ import annotations

from handlers.newsletter.layouts import Draft, Reading, cut, is_heading
from handlers.newsletter.lines import Line, Role

_PROSE = 80  # characters from which a line above a heading is text of its own


def link_led(lines: tuple[Line, ...]) -> Reading | None:
    """No titles: paragraphs whose first words carry the address of the source.

    Sections whose paragraphs mostly do not are essays and hold no items; the first must.
    """
    sections = [section for section in _sections(lines) if any(_is_paragraph(line) for line in section)]
    listed = [section for section in sections if _is_link_led(section)]
    if not listed or listed[0] is not sections[0]:
        return None
    drafts = [draft for section in listed for draft in _led(section)]
    written = sum(1 for line in lines if _is_paragraph(line))
    if len(drafts) < 2 or 5 * len(drafts) < written:
        return None
    above = [line for line in sections[0] if line.number < drafts[0].line]
    essays = [line for section in sections if not _is_link_led(section) for line in section]
    return Reading(tuple(above), tuple(drafts), tuple(essays))


def _sections(lines: tuple[Line, ...]) -> list[tuple[Line, ...]]:
    named = [at for at, line in enumerate(lines) if line.bold or line.level]
    return cut(lines, [0, *(at for at in named if at)]) if lines else []


def _is_link_led(section: tuple[Line, ...]) -> bool:
    paragraphs = [line for line in section if _is_paragraph(line)]
    return 2 * sum(1 for line in paragraphs if _opens(line)) >= len(paragraphs)


def _opens(line: Line) -> bool:
    return bool(line.linked) and line.linked[0][0] <= 60 and _is_paragraph(line)


def _led(section: tuple[Line, ...]) -> list[Draft]:
    starts = [at for at, line in enumerate(section) if _opens(line)]
    return [
        Draft("", chunk[0].number, (_source(chunk[0]), *chunk), untitled=True)
        for chunk in cut(section, starts)
    ]


def _source(line: Line) -> Line:
    return Line(line.number, 0, Role.SOURCE, url=line.linked[0][1])


def _is_paragraph(line: Line) -> bool:
    return line.role is Role.TEXT and not line.bold and not line.level and len(line.text) >= 20


def single(lines: tuple[Line, ...]) -> Reading | None:
    """One article: its first heading is the title, everything else its text.

    A heading in the middle, with prose above it, is a section's name and no title.
    """
    places = [at for at, line in enumerate(lines) if line.role is Role.TEXT]
    if not places:
        return None
    head = next((at for at in places if lines[at].level == 1), places[0])
    if any(_is_prose(line) for line in lines[:head]):
        head = places[0]
    if len(places) > 1 and (is_heading(lines[head]) or lines[head].level):
        return Reading(lines[:head], (Draft(lines[head].text, lines[head].number, lines[head + 1 :]),))
    return Reading((), (Draft("", lines[places[0]].number, lines),))


def _is_prose(line: Line) -> bool:
    return line.role is Role.TEXT and not is_heading(line) and len(line.text) >= _PROSE


def titled(reading: Reading, lines: tuple[Line, ...], title: str) -> Reading:
    """A lone article under the title that its front matter gives; the same line in the text goes."""
    if not title or len(reading.drafts) != 1 or reading.rest:
        return reading
    draft = reading.drafts[0]
    own = draft.title if any(line.number == draft.line and line.level == 1 for line in lines) else ""
    if own and not any(line.level for line in lines if line.number < draft.line):
        above = [line for line in reading.header if line.role is Role.TEXT]
        if not above:
            return reading
    kept = tuple(line for line in lines if line.text != title)
    if not any(line.role is Role.TEXT for line in kept):
        return reading
    return Reading((), (Draft(title, draft.line, kept),))
