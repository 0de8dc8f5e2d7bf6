"""Layouts whose items begin with a mark: a number, a bullet sign, a heading, a link."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from handlers.newsletter import dating, labels
from handlers.newsletter.layouts import ENDS_SENTENCE, Draft, Reading, cut, is_heading, sources_in, texts
from handlers.newsletter.lines import Line, Role


def marked(lines: tuple[Line, ...]) -> Reading | None:
    """Every item begins with the same mark: a number that steps by one, a bullet sign, a link in a
    list, a heading of one level, a bold line.
    """
    best: list[int] = []
    for starts, kind in _candidates(lines):
        if len(starts) >= 2 and len(starts) > len(best) and _fits(lines, starts, kind):
            best = starts
    if not best:
        return None
    drafts: list[Draft] = []
    rest: list[Line] = []
    paid = _is_paid(lines[: best[0]][-1:])
    for start, chunk in zip(best, cut(lines, best), strict=True):
        own, after = _until_section(chunk)
        rest += after
        listed = _listed(lines[start], own)
        drafts += [replace(draft, ad=paid) for draft in listed or [_from_marked(lines[start], own)]]
        paid = _is_paid(after) if after else paid
    drafts, tail = _without_tail(drafts)
    return Reading(lines[: best[0]], tuple(drafts), (*rest, *tail))


def _is_paid(section: Sequence[Line]) -> bool:
    """Whether the section that begins with these lines says that it is paid for."""
    return bool(section) and section[0].role is Role.TEXT and labels.is_sponsored(section[0].text)


def _listed(head: Line, chunk: tuple[Line, ...]) -> list[Draft]:
    """What stands under a heading that only names a list of link-led lines ("一句话消息")."""
    after = texts(chunk[1:])
    entries = [line for line in after if line.mark in {"-", "*", "+"} and _opens_with_link(line)]
    if head.linked or len(entries) < 3 or len(entries) < len(after):
        return []
    starts = [at for at, line in enumerate(chunk) if line in entries]
    return [
        Draft(
            "",
            entry[0].number,
            (
                Line(entry[0].number, 0, Role.SOURCE, url=entry[0].linked[0][1]),
                replace(entry[0], mark=""),
                *(line for line in entry[1:] if line.role is not Role.ADDRESS),
            ),
            untitled=True,
        )
        for entry in cut(chunk, starts)
    ]


def _candidates(lines: tuple[Line, ...]) -> list[tuple[list[int], str]]:
    """Places where items may begin, and by what: "strong" or "plain" numbers, "sign", "link", "level",
    "bold".
    """
    groups: dict[str, list[int]] = {}
    for at, line in enumerate(lines):
        if line.role is not Role.TEXT:
            continue
        if len(line.mark) == 1 and line.mark not in "-*+·•#" and is_heading(line):
            groups.setdefault(f"sign {line.mark}", []).append(at)
        if _opens_with_link(line) and line.mark in {"-", "*", "+"}:
            groups.setdefault("link", []).append(at)
        if line.level:
            groups.setdefault(f"level {line.level}", []).append(at)
        if line.bold and not line.level and not line.mark and is_heading(line):
            groups.setdefault("bold", []).append(at)
    strong = [(starts, "strong") for starts in _numbered(lines, strong=True)]
    plain = [(starts, "plain") for starts in _numbered(lines, strong=False)]
    return [*strong, *plain, *((starts, kind.split()[0]) for kind, starts in groups.items())]


def _numbered(lines: tuple[Line, ...], *, strong: bool) -> list[list[int]]:
    """Lines numbered 1, 2, 3 …, a list for each way to write the number; a list may begin again at 1.

    Strong ones are bold, linked or headings.
    """
    styles: dict[str, list[int]] = {}
    for at, line in enumerate(lines):
        if line.role is not Role.TEXT or "1" not in line.mark or (strong and not (line.level or line.lead)):
            continue
        starts = styles.setdefault(line.mark, [])
        last = lines[starts[-1]].count if starts else 0
        if line.count == last + 1 or (line.count == 1 and (strong or last)):
            starts.append(at)
    return list(styles.values())


def _opens_with_link(line: Line) -> bool:
    return bool(line.role is Role.TEXT and line.linked and line.linked[0][0] == 0 and line.lead)


def _fits(lines: tuple[Line, ...], starts: Sequence[int], kind: str) -> bool:
    """Whether cutting here makes items: the marks are links; or each source stands in an item of its
    own; or the lines above name an issue, and are few, and the items hold a fair part of the text.
    """
    linked = sum(1 for start in starts if _opens_with_link(lines[start])) >= 0.6 * len(starts)
    chunks = cut(lines, starts)
    count = sources_in(lines)
    if count >= 2 and not linked:
        alone = sum(1 for chunk in chunks if 1 <= sources_in(chunk) <= 2)
        return alone >= 0.6 * count or (alone >= 0.7 * len(chunks) and kind not in ("level", "bold"))
    if kind in ("level", "bold") and not linked:
        return False
    named = linked or any(_names_issue(line) for line in lines[: starts[0]])
    written, above = _written(lines), _written(lines[: starts[0]])
    if not linked and 4 * sum(_written(_until_section(chunk)[0]) for chunk in chunks) < written:
        return False
    share = 2 if linked or lines[starts[0]].lead else 3
    return (above <= 200 and (kind == "plain" or named)) or (share * above <= written and named)


def _written(lines: Sequence[Line]) -> int:
    return sum(len(line.text) for line in texts(lines))


def _names_issue(line: Line) -> bool:
    short = len(line.text) <= 80
    return short and (dating.is_issue_line(line.text) or bool(labels.ISSUE_WORDS.search(line.text)))


def _until_section(chunk: tuple[Line, ...]) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """Cuts an item where the next section is named, or a rule ends the list."""
    head = chunk[0]
    for at, line in enumerate(chunk[1:], 1):
        named = line.role is Role.TEXT and "1" not in line.mark
        section = named and (0 < line.level <= (head.level or 6) or (line.bold and bool(head.lead)))
        if section or (line.role is Role.RULE and bool(head.level or head.lead)):
            return chunk[:at], chunk[at:]
    return chunk, ()


_NAMED_SOURCE = re.compile(r"\s*[(（\[][^()（）\[\]]{2,40}[)）\]]\s*$")


def _from_marked(head: Line, chunk: tuple[Line, ...]) -> Draft:
    after = chunk[1:]
    address = [Line(head.number, 0, Role.SOURCE, url=url) for _, url in head.linked[:1]]
    if head.lead and len(head.lead) < len(head.text):
        rest = head.text.split(head.lead, 1)[-1].strip(" ]*:：-–—")
        opening = [replace(head, text=rest, gap=0, mark="", lead="", linked=())] if rest else []
        return Draft(head.lead, head.number, (*address, *opening, *after))
    sentence = _NAMED_SOURCE.sub("", head.text)
    told = sentence != head.text and bool(ENDS_SENTENCE.search(sentence))
    if texts(after) or (is_heading(head) and not told):
        return Draft(head.text, head.number, (*address, *after))
    return Draft("", head.number, (*address, replace(head, text=sentence, mark=""), *after))


def _without_tail(drafts: list[Draft]) -> tuple[list[Draft], tuple[Line, ...]]:
    """When no other item has a text below its first line, a last paragraph is the sender's."""

    def spaced(draft: Draft) -> list[Line]:
        return [line for line in texts(draft.lines) if line.number != draft.line]

    if any(spaced(draft) for draft in drafts[:-1]):
        return drafts, ()
    tail = spaced(drafts[-1])
    if not tail or tail[0].gap == 0:
        return drafts, ()
    at = drafts[-1].lines.index(tail[0])
    last = drafts[-1]
    return [*drafts[:-1], replace(last, lines=last.lines[:at])], last.lines[at:]
