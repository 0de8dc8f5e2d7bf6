"""A document's text as lines that know what they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto

from handlers.newsletter import labels, links

MAX_LINES = 100_000  # lines with text that are read; an issue has some hundreds


class Role(Enum):
    """What a line is for. Only TEXT is content."""

    TEXT = auto()
    SOURCE = auto()  # a labelled address of the story's source
    PICTURE = auto()  # a labelled address of a picture
    ADDRESS = auto()  # an address alone on its line
    LABEL = auto()  # a source label whose address is missing; `text` is what stands there
    META = auto()  # date, author, tags
    FURNITURE = auto()
    RULE = auto()  # --- or ===
    ROW = auto()  # a row of a Markdown table


@dataclass(frozen=True, slots=True)
class Line:
    """One line, or the part of it that is one thing.

    `number` counts lines of the document from 1; `gap` is how many blank lines stand before.
    `text` is what a reader sees, NO-BREAK SPACE folded, marker and Markdown taken off. `lead`
    is the bold or linked text that opens it. `mark` is the marker's kind ("1.", "1)", "1、",
    "#", "-" or the bullet itself), `count` its number, `level` that of a Markdown heading.
    """

    number: int
    gap: int
    role: Role
    text: str = ""
    url: str = ""
    raw: str = ""
    mark: str = ""
    count: int = 0
    level: int = 0
    lead: str = ""
    bold: bool = False
    linked: tuple[tuple[int, str], ...] = ()  # (offset in text, address) of Markdown links


_SPACES = dict.fromkeys(
    map(
        ord,
        "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
    ),
    " ",
)
_INVISIBLE = dict.fromkeys(
    [
        *map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"),
        *range(9),
        *range(14, 28),
        *range(0x7F, 0x85),
        *range(0x86, 0xA0),
        *range(0xD800, 0xE000),
    ]
)
_FOLD = {**_INVISIBLE, **_SPACES}
_NEWLINE = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_TAG = re.compile(r"</?[a-zA-Z!][^<>\n]{0,3000}>")
_BREAK_TAG = re.compile(r"<(?:br|hr|/p|/div|/li)\s{0,3}/?>", re.IGNORECASE)
_RULE = re.compile(r"^(?:-{3,}|={3,}|\*{3,}|_{3,}|─{3,}|━{3,}|~{3,})$")
_HEADING = re.compile(r"^(#{1,6})\s+(?=\S)")
_NUMBER = re.compile(r"^(?:\*\*|\[)?[(（]?(\d{1,3})\s?(?:([.．])(?!\d)|([)）])|([、]))\s{0,8}(?=\S)")
_BULLET = re.compile(r"^([■□◆◇▲△▶▷●○◎◦•▪▫※☞✔✅★☆►◼❖]|[-*+·](?=\s))\s*(?=\S)")
_QUOTE = re.compile(r"^(?:>\s?){1,5}")
_BOLD = re.compile(r"^\*\*([^*\n]{1,300})\*\*")
_EMPHASIS = re.compile(r"\*\*|__|(?<!\*)\*(?=\S)|(?<=\S)\*(?!\*)|`")
_RUNS = re.compile(r" {2,}")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|~>])")
_NEAR = re.compile(r"https?://|www\.", re.IGNORECASE)
# Entries of a table of contents, and the arrows that lead back to it.
_CONTENTS = re.compile(r"^\s{0,20}(?:[-*+]|\d{1,3}[.)])?\s{0,4}\[[^\]\n]{0,200}\]\(#[^)\n]{0,200}\)\s{0,9}$")
_ARROW = re.compile(r"\[[^\w\]\n]{0,3}\]\(#[^)\n]{0,200}\)")
_NAME_ONLY = 80  # characters of a source's name on a labelled line


def fold(text: str) -> str:
    """NO-BREAK SPACE and its kin as spaces, invisible signs gone, ends trimmed."""
    return text.translate(_FOLD).strip()


def _without_blocks(text: str) -> str:
    """Without comments, style sheets and scripts; their line breaks stay, so lines still count."""
    for opening, closing in (("<!--", "-->"), ("<style", "</style>"), ("<script", "</script>")):
        lowered = text.lower()
        if len(lowered) != len(text):  # İ and its like change length: offsets would slip
            lowered = text
        kept, at = [], 0
        while (start := lowered.find(opening, at)) != -1:
            end = lowered.find(closing, start)
            if end == -1:
                break
            end += len(closing)
            kept += [text[at:start], "\n" * text.count("\n", start, end)]
            at = end
        text = "".join([*kept, text[at:]]) if kept else text
    return text


def read_lines(text: str, *, first: int = 1) -> tuple[tuple[Line, ...], int]:
    """The lines of a text, and the number of the first line that was not read (0 = all were)."""
    text = _NEWLINE.sub("\n", _without_blocks(text))
    found: list[Line] = []
    gap = 0
    physical = list(_physical(text))
    code = _fenced(physical)
    for number, raw in enumerate(physical, first):
        if len(found) >= MAX_LINES:
            return tuple(found), number
        if number - first in code:
            continue
        if "<" in raw:
            raw = _TAG.sub(" ", _BREAK_TAG.sub(" ", raw))  # noqa: PLW2901
        if "](#" in raw:
            raw = "" if _CONTENTS.match(raw) else _ARROW.sub("", raw)  # noqa: PLW2901
        folded = fold(raw)
        if not folded or folded in ("\\", ">"):
            gap += 1
            continue
        parts = list(_parts(folded, number))
        if not parts:
            gap += 1
            continue
        found.append(replace(parts[0], gap=gap))
        found.extend(parts[1:])
        gap = 0
    return tuple(found), 0


def _fenced(physical: list[str]) -> set[int]:
    """Lines of fenced program text, fences included; a fence that nothing closes is none."""
    fences = [at for at, raw in enumerate(physical) if raw.lstrip().startswith(("```", "~~~"))]
    return {
        at
        for opening, closing in zip(fences[::2], fences[1::2], strict=False)
        for at in range(opening, closing + 1)
    }


def _physical(text: str) -> Iterator[str]:
    at = 0
    while (end := text.find("\n", at)) != -1:
        yield text[at:end]
        at = end + 1
    yield text[at:]


def _parts(folded: str, number: int) -> Iterator[Line]:
    if _RULE.match(folded):
        yield Line(number, 0, Role.RULE, raw=folded)
    elif folded.startswith("|"):
        yield Line(number, 0, Role.ROW, raw=folded)
    elif labels.is_furniture(folded):
        yield Line(number, 0, Role.FURNITURE, text=folded, raw=folded)
    elif labels.TAG_LINE.match(folded):
        yield Line(number, 0, Role.META, text=folded, raw=folded)
    else:
        yield from _labelled(_QUOTE.sub("", folded), number)


def _labelled(text: str, number: int) -> Iterator[Line]:
    """Splits off labelled addresses, wherever in the line they stand."""
    at, cuts = 0, []
    addressed = "http" in text.lower() or "www." in text.lower()
    while addressed and (found := labels.LABEL.search(text, at)):
        link = _address_right_behind(text, found.end())
        if link:
            cuts.append(
                (found.start(), link.end, Role.PICTURE if found["picture"] else Role.SOURCE, link.url)
            )
        at = link.end if link else max(found.end(), at + 1)
    if not cuts:
        yield from _plain(text, number)
        return
    at = 0
    for start, end, role, url in cuts:
        yield from _plain(text[at:start].strip(" ,，"), number)
        yield Line(number, 0, role, url=url, raw=text[start:end])
        at = end
    yield from _plain(text[at:].strip(" ,，.。)]"), number)


def _address_right_behind(text: str, at: int) -> links.Link | None:
    """An address that begins at `at`, give or take a bracket or a short name of the source."""
    link = (
        links.first_address(text[at : at + 2 * links.URL_LIMIT]) if _NEAR.search(text, at, at + 60) else None
    )
    if link is None or link.start > 40 or re.search(r"[.。!?]", text[at : at + link.start]):
        return None
    return links.Link(at + link.start, at + link.end, link.url, link.text)


def _plain(text: str, number: int) -> Iterator[Line]:
    if not re.search(r"\w", text):
        return
    bare = links.bare_url(text)
    if bare and not text[: bare.start].strip(" <([-*•") and not text[bare.end :].strip(" >)]"):
        yield Line(number, 0, Role.ADDRESS, url=bare.url, raw=text)
        return
    if labels.META_LINE.match(text) and len(text) <= 400:
        yield Line(number, 0, Role.META, text=text, raw=text)
        return
    label = labels.LABEL.match(text)
    if label and len(text) - label.end() <= _NAME_ONLY:
        rest = text[label.end() :].strip(" *_")
        yield Line(number, 0, Role.LABEL, text=rest, raw=text)
        return
    line = _marked(text, number)
    if line.text:
        yield line


def _marked(text: str, number: int) -> Line:
    raw, mark, count, level = text, "", 0, 0
    if heading := _HEADING.match(text):
        mark, level, text = "#", len(heading[1]), text[heading.end() :]
    if bullet := _BULLET.match(text):
        mark, text = bullet[1], text[bullet.end() :]
    if numbered := _NUMBER.match(text):
        opening = text[: numbered.start(1)]
        count, mark = int(numbered[1]), "1" + next(sign for sign in numbered.groups()[1:] if sign)
        mark = f"({mark}" if opening.endswith(("(", "（")) else mark
        text = opening.strip("(（") + text[numbered.end() :]
    if not text.startswith("**") and text.endswith("**") and text.count("**") == 1:
        text = text[:-2]
    bold = _BOLD.match(text)
    whole_bold = bool(bold and bold.end() >= len(text.rstrip(" :：")))
    shown, linked, lead = _shown(text)
    if bold and not lead:
        lead = _unmarked(bold[1]).strip()
    return Line(number, 0, Role.TEXT, shown, "", raw, mark, count, level, lead, whole_bold, linked)


def _unmarked(text: str) -> str:
    return _ESCAPED.sub(r"\1", _EMPHASIS.sub("", text))


def _shown(text: str) -> tuple[str, tuple[tuple[int, str], ...], str]:
    """The text without Markdown, its links as (offset, address), and a link text that opens it."""
    pieces: list[str] = []
    linked: list[tuple[int, str]] = []
    at, length, lead = 0, 0, ""
    for link in links.markdown_links(text):
        before, inner = _unmarked(text[at : link.start]), _unmarked(link.text)
        if link.url and not linked and not before.strip(" [(“\"'《「") and not any(pieces):
            lead = inner
        if link.url:
            linked.append((length + len(before), link.url))
        pieces += [before, inner]
        length += len(before) + len(inner)
        at = link.end
    pieces.append(_unmarked(text[at:]))
    return "".join(pieces).strip(), tuple(linked), lead.strip()
