"""A story's text whole: what comes first open, the rest of a long one folded where that can be."""

from __future__ import annotations

import re

from handlers.message import Quote, Text, line
from handlers.sentences import sentences

LONG = 700
"""Characters of a text that nobody minds to scroll past."""
_OPEN = 300  # characters that stay open of a long one, at least

_PARAGRAPH = re.compile(r"\s*\n\s*\n\s*")


def told_whole(body: str) -> list[Text | Quote]:
    """Its paragraphs; of a long text the first ones, then the rest as one quotation."""
    paragraphs = [each for each in _PARAGRAPH.split(body.strip()) if each]
    if sum(map(len, paragraphs)) <= LONG:
        return [Text(line(each)) for each in paragraphs]
    first, rest = _parted(paragraphs)
    return [*(Text(line(each)) for each in first), Quote(line("\n\n".join(rest)))]


def folded(body: str) -> tuple[Text | Quote, ...]:
    """The same for a story among others: its text as one paragraph, and the fold of a long one."""
    told = told_whole(body)
    open_ = [each.line[0].text for each in told if isinstance(each, Text)]
    quotes = [each for each in told if isinstance(each, Quote)]
    return (*([Text(line("\n\n".join(open_)))] if open_ else []), *quotes)


def _parted(paragraphs: list[str]) -> tuple[list[str], list[str]]:
    """The first paragraphs of some hundred characters, and the rest; in one long paragraph, the first
    sentences.
    """
    if len(paragraphs[0]) <= LONG and len(paragraphs) > 1:
        count, size = 1, len(paragraphs[0])
        while size < _OPEN and count < len(paragraphs) - 1:
            size += len(paragraphs[count])
            count += 1
        return paragraphs[:count], paragraphs[count:]
    head, *others = paragraphs
    at = next((end for _, end in sentences(head) if end >= _OPEN), len(head))
    rest = head[at:].strip()
    return [head[:at].strip()], [*([rest] if rest else []), *others]
