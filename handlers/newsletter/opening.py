"""What stands above the first item, or got into it: the issue's own line, an app of the week, a foreword."""

from __future__ import annotations

from dataclasses import replace

from handlers.newsletter import dating, labels
from handlers.newsletter.layouts import Draft, Reading, is_heading, texts
from handlers.newsletter.lines import Line, Role
from handlers.newsletter.sourced import split_header

PROSE = 40  # characters from which a line above the items is a text of its own


def with_opening(reading: Reading) -> Reading:
    """The reading with its issue line in the header, an app above the marks as an item, and a
    foreword among the lines that fit nowhere.
    """
    reading = _issue_line_out(reading)
    prose = [line for line in texts(reading.header) if not is_heading(line) and len(line.text) >= PROSE]
    if not prose:
        return reading
    if _is_app(reading.header, prose):
        header, draft = split_header(reading.header, several=True)
        return replace(reading, header=header, drafts=(draft, *reading.drafts))
    return replace(reading, rest=(*prose, *reading.rest))


def _is_app(header: tuple[Line, ...], prose: list[Line]) -> bool:
    return bool(labels.APP_OF_THE_WEEK.search(prose[0].text[:200])) or any(
        line.role is Role.PICTURE for line in header
    )


def _issue_line_out(reading: Reading) -> Reading:
    """A first item whose text begins with the line that names the issue gives it back."""
    if not reading.drafts or any(dating.is_issue_line(line.text) for line in reading.header):
        return reading
    first = reading.drafts[0]
    opening = texts(first.lines)[:1]
    if len(texts(first.lines)) < 2 or not opening or not _names_issue(opening[0]):
        return reading
    own = tuple(line for line in first.lines if line is not opening[0])
    drafts: tuple[Draft, ...] = (replace(first, lines=own), *reading.drafts[1:])
    return replace(reading, header=(*reading.header, opening[0]), drafts=drafts)


def _names_issue(line: Line) -> bool:
    return is_heading(line) and len(line.text) <= 80 and dating.is_issue_line(line.text)
