"""Lists whose entries name their parts: "URL: …", "제목: …", "핵심 내용: …", in any order."""

from __future__ import annotations

import re
from dataclasses import replace

from handlers.newsletter import links
from handlers.newsletter.layouts import Draft, Reading, cut, texts
from handlers.newsletter.lines import Line, Role

_COLON = r"\s{0,4}[:：]\s{0,4}"
_TITLE = re.compile(rf"(?:기사\s?)?(?:제목|title|headline|标题|標題|题目){_COLON}(?=\S)", re.IGNORECASE)
_BODY = re.compile(
    rf"(?:핵심\s?)?(?:내용|요약|summary|key points?|content|摘要|内容|內容|要点|概要){_COLON}(?=\S)",
    re.IGNORECASE,
)
_LINK = re.compile(
    rf"(?:url|link|링크|주소|链接|連結|网址|기사\s?링크|원문\s?링크){_COLON}(?=https?://)", re.IGNORECASE
)


def labelled(lines: tuple[Line, ...]) -> Reading | None:
    """Entries that carry a labelled title and mostly a labelled address, a third of the text at least."""
    titles = [at for at, line in enumerate(lines) if _is(line, _TITLE)]
    addresses = [at for at, line in enumerate(lines) if _is_address(line)]
    if len(titles) < 2 or 2 * len(addresses) < len(titles):
        return None
    starts = [at - 1 if at and _is_address(lines[at - 1]) else at for at in titles]
    if starts[0] == titles[0] and sum(start < title for start, title in zip(starts, titles, strict=True)):
        starts = titles  # the address stands below its title, and above the next
    entries = [_entry(chunk) for chunk in cut(lines, starts)]
    if 3 * sum(len(own) for own, _ in entries) < len(texts(lines)):
        return None
    rest = tuple(line for _, after in entries for line in after)
    return Reading(lines[: starts[0]], tuple(_draft(own) for own, _ in entries), rest)


def _is(line: Line, label: re.Pattern[str]) -> bool:
    return line.role is Role.TEXT and label.match(line.text) is not None


def _is_address(line: Line) -> bool:
    return line.role in (Role.SOURCE, Role.ADDRESS) or _is(line, _LINK)


def _entry(chunk: tuple[Line, ...]) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """An entry ends where a heading or a rule begins something else."""
    end = next((at for at, line in enumerate(chunk) if line.level or line.role is Role.RULE), len(chunk))
    return chunk[:end], chunk[end:]


def _draft(entry: tuple[Line, ...]) -> Draft:
    title = ""
    kept: list[Line] = []
    for line in entry:
        if not title and _is(line, _TITLE):
            title = _TITLE.sub("", line.text, count=1).strip()
        elif _is(line, _LINK):
            address = links.bare_url(line.text)
            kept.append(Line(line.number, 0, Role.SOURCE, url=address.url if address else "", raw=line.raw))
        elif _is(line, _BODY):
            kept.append(replace(line, text=_BODY.sub("", line.text, count=1), mark=""))
        else:
            kept.append(line)
    return Draft(title, entry[0].number, tuple(kept))
