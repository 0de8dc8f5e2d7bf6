"""Drafts into items: title, body in paragraphs, addresses, kind."""

from __future__ import annotations

import re
from collections.abc import Sequence

from handlers.newsletter import labels
from handlers.newsletter.layouts import Draft
from handlers.newsletter.lines import Line, Role
from store.model import Item, Problem, StoryKind

TITLE_LIMIT = 300  # characters; a longer "first sentence" is cut at a word

_SENTENCE_END = re.compile(r"(?:(?<=[.!?…])[\"'”’」)]{0,2} +|(?<=[。！？])[”’」）]{0,2} *)(?=\S)")
_ENDS = re.compile(r"[.!?…。！？:：][\"'”’」)）]{0,2}$")
_RUNS = re.compile(r" {2,}")
_LISTED = frozenset("1#") | frozenset("-*+·•■□◆◇▲△▶○●◎▪※☞✔★☆")


def items_of(drafts: Sequence[Draft]) -> tuple[tuple[Item, ...], list[Problem]]:
    """The items in order, and what was odd about them."""
    items: list[Item] = []
    problems: list[Problem] = []
    for draft in drafts:
        item = _item(draft, len(items) + 1)
        if item is None:
            problems.append(Problem(draft.line, "problem.nothing_to_read", _sample(draft)))
            continue
        items.append(item)
        problems += _odd(draft, item)
    return tuple(items), problems


def paragraphs(lines: Sequence[Line]) -> str:
    """Lines as text: a blank line starts a paragraph, a list keeps its lines, the rest is joined."""
    out: list[str] = []
    before: Line | None = None
    for line in lines:
        if line.role is not Role.TEXT or not line.text:
            continue
        text = _RUNS.sub(" ", line.text)
        if "1" in line.mark:
            text = f"{line.mark.replace('1', str(line.count))} {text}"
        elif line.mark and line.mark != "#":
            text = f"- {text}"
        out += [_joint(before, line), text]
        before = line
    return "".join(out)


def _joint(before: Line | None, line: Line) -> str:
    if before is None:
        return ""
    if line.gap:
        return "\n\n"
    if line.mark or before.mark or _ENDS.search(before.text) or line.number == before.number:
        return "\n" if line.number != before.number else " "
    return "" if _ideograph(before.text[-1]) and _ideograph(line.text[0]) else " "


def _ideograph(sign: str) -> bool:
    return "\u2e80" <= sign <= "\u9fff"


def first_sentence(text: str) -> tuple[str, str]:
    """A text as its first sentence and what is left; a text of one sentence leaves ""."""
    head, _, below = text.partition("\n")
    end = _SENTENCE_END.search(head)
    if end:
        return head[: end.start()].strip() + head[
            end.start() : end.end()
        ].strip(), f"{head[end.end() :]}\n{below}".strip()
    return head.strip(), below.strip()


def _item(draft: Draft, order: int) -> Item | None:
    title, body = draft.title.strip(), paragraphs(draft.lines)
    sources = [line.url for line in draft.lines if line.role is Role.SOURCE]
    sources += [line.url for line in draft.lines if line.role is Role.ADDRESS]
    pictures = [line.url for line in draft.lines if line.role is Role.PICTURE]
    if not title and not body:
        return None
    if not title and not draft.untitled:
        title, body = first_sentence(body)
        if len(title) > TITLE_LIMIT:
            title, body = _cut(title), f"{title}\n{body}".strip()
    return Item(
        order=order,
        kind=_kind(order, title, body),
        title=title,
        body=body,
        source_url=sources[0] if sources else None,
        thumbnail_url=pictures[0] if pictures else None,
        ad=draft.ad or labels.is_marked_ad(title),
        line=draft.line,
    )


def _cut(title: str) -> str:
    kept = title[: TITLE_LIMIT - 1]
    return kept[: kept.rfind(" ") if " " in kept[-40:] else None].rstrip() + "…"


def _kind(order: int, title: str, body: str) -> StoryKind:
    """The app of the week comes first, and its title or opening says so."""
    opening = f"{title}\n{body[:120]}"
    return "app" if order == 1 and labels.APP_OF_THE_WEEK.search(opening) else "story"


def _sample(draft: Draft) -> str:
    return next((line.url or line.text or line.raw for line in draft.lines), draft.title)[:120]


def _odd(draft: Draft, item: Item) -> list[Problem]:
    addressed = {line.number for line in draft.lines if line.role is Role.ADDRESS}
    found = [
        Problem(line.number, "problem.source_without_address", line.text[:120])
        for line in draft.lines
        if line.role is Role.LABEL and _broken_address(line) and line.number + 1 not in addressed
    ]
    further = [line for line in draft.lines if line.role is Role.SOURCE and line.url != item.source_url]
    found += [Problem(line.number, "problem.second_source", line.url) for line in further]
    return found


def _broken_address(line: Line) -> bool:
    """Whether a source label stands before something that was meant to be an address, or nothing."""
    return not line.text or bool(re.search(r"(?i)h\s?t\s?t\s?p|://|\burl\b", line.raw))
