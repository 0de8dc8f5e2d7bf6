"""Neutral blocks as Slack's, one by one. Pure, and imports nothing of Slack's.

What outsiders wrote stands in rich_text and plain_text, where nothing is parsed: no `*`, `_` or
`<!channel>` in a title can do anything. mrkdwn is used for small print with links only, and
only where none of its words would be taken for formatting.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bot.slack_text import clean, escape, formats, inert, inert_plain, one_line, pieces, web_address
from handlers.message import Bullets, Button, Buttons, Divider, Heading, Line, Note, Picture, Quote, Run, Text

Json = dict[str, Any]
Shown = tuple[Json, str]
"""A Slack block, and its words for notifications and screen readers."""

SECTION = 2_900  # characters; of 3,000
HEADER = 150
LABEL = 75
ELEMENTS = 25
ALT = 2_000
CONTEXT = 1_900
RUNS = 30  # elements in one rich_text: our own limit, to bound its JSON
LINK = 300  # characters of a link's words: our own limit


def shown(block: Heading | Text | Quote | Note | Bullets | Picture | Buttons | Divider) -> Iterator[Shown]:
    """The Slack blocks that a neutral one becomes: none when it has no words."""
    if isinstance(block, Heading):
        yield from _heading(block)
    elif isinstance(block, Text | Quote):
        yield from text_lines(block.line)
    elif isinstance(block, Note):
        yield from _note(block.line)
    elif isinstance(block, Bullets):
        yield from _bullets(block.lines)
    elif isinstance(block, Picture):
        yield from _picture(block)
    elif isinstance(block, Buttons):
        yield from _buttons(block.buttons)
    else:
        yield {"type": "divider"}, ""


def text_lines(line: Line) -> Iterator[Shown]:
    """A line as rich_text, in as many blocks as its length needs."""
    for short in _split(line, SECTION):
        yield rich_text(_elements(short)), _marked(short)


def rich_text(elements: Sequence[Json]) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


def shortened(line: Line, limit: int) -> Line:
    """A title of at most `limit` characters and 20 runs, on one line, "…" where it was cut; of
    its links, the first one.
    """
    kept: list[Run] = []
    for run in line[:20]:
        room = limit - sum(len(run.text) for run in kept)
        if room < 2:
            break
        text = clean(run.text).replace("\n", " ")
        text = text if len(text) <= room else text[: room - 1] + "…"
        url = "" if len(run.url) > 1000 or any(other.url for other in kept) else run.url
        kept.append(Run(text, bold=run.bold, italic=run.italic, code=run.code, url=url))
    return tuple(kept)


# one function for each block


def _heading(block: Heading) -> Iterator[Shown]:
    text = " ".join(clean(block.text).split())
    if 0 < len(text) <= HEADER:
        yield {"type": "header", "text": plain_text(text)}, escape(text)
    elif text:
        yield from text_lines((Run(text, bold=True),))


def _bullets(lines: Sequence[Line]) -> Iterator[Shown]:
    """One list; a new one where a block would hold more than SECTION characters or RUNS runs."""
    items: list[Line] = []
    for item in (short for line in lines for short in _split(line, SECTION)):
        together = [*items, item]
        if items and (sum(map(_weight, together)) > SECTION or sum(map(len, together)) > RUNS):
            yield _list(items)
            items = []
        items.append(item)
    if items:
        yield _list(items)


def _list(items: Sequence[Line]) -> Shown:
    sections = [{"type": "rich_text_section", "elements": _elements(item)} for item in items]
    bullets = {"type": "rich_text_list", "style": "bullet", "elements": sections}
    return {"type": "rich_text", "elements": [bullets]}, "\n".join(f"• {_marked(item)}" for item in items)


def _note(line: Line) -> Iterator[Shown]:
    for short in _split(line, CONTEXT):
        words = _marked(short)
        if not any(run.url for run in short):
            text = "".join(run.text for run in short).strip()
            yield {"type": "context", "elements": [plain_text(text)]}, words
        elif len(words) > SECTION or any(formats(run.text) for run in short):
            yield rich_text(_elements(short)), words
        else:
            element = {"type": "mrkdwn", "text": words, "verbatim": True}
            yield {"type": "context", "elements": [element]}, words


def _picture(picture: Picture) -> Iterator[Shown]:
    url, alt = web_address(picture.url), inert_plain(one_line(picture.alt, ALT))
    if url:
        yield {"type": "image", "image_url": url, "alt_text": alt or "…"}, ""
    elif alt:
        yield from _note((Run(alt),))


def _buttons(buttons: Sequence[Button]) -> Iterator[Shown]:
    elements = [element for element in map(_button, buttons) if element]
    for start in range(0, len(elements), ELEMENTS):
        yield {"type": "actions", "elements": elements[start : start + ELEMENTS]}, ""


def _button(button: Button) -> Json | None:
    """What stands behind it is only known when it is sent: until then, its command."""
    label = plain_text(one_line(button.label, LABEL) or "…")
    element: Json = {"type": "button", "text": label, "action_id": ""}
    if button.spoken:
        element["accessibility_label"] = inert_plain(one_line(button.spoken, LABEL))
    if button.url:
        url = web_address(button.url)
        return {**element, "url": url} if url else None
    return {**element, "value": {"command": button.command, "signed": button.signed}}


# lines and runs


def _split(line: Line, limit: int) -> list[Line]:
    """A line as lines of at most `limit` characters and RUNS runs, of cleaned runs."""
    found: list[list[Run]] = [[]]
    for run in _clean_runs(line, limit):
        held = found[-1]
        if held and (_weight((*held, run)) > limit or len(held) >= RUNS):
            found.append([])
        found[-1].append(run)
    return [tuple(short) for short in found if any(run.text.strip() for run in short)]


def _clean_runs(line: Line, limit: int) -> Iterator[Run]:
    for run in line:
        url, text = web_address(run.url), clean(run.text)
        if url:
            texts = [one_line(text, LINK) or url[:LINK]]
        else:
            texts = pieces(text, limit) if len(text) > limit else [text]
        yield from (Run(t, bold=run.bold, italic=run.italic, code=run.code, url=url) for t in texts if t)


def _weight(line: Line) -> int:
    """Characters, those that JSON writes as two counted so."""
    return sum(len(run.text) + sum(map(run.text.count, '"\\\n')) + len(run.url) for run in line)


def _elements(line: Line) -> list[Json]:
    found: list[Json] = []
    for run in line:
        style = {name: True for name in ("bold", "italic", "code") if getattr(run, name)}
        rest: Json = {"style": style} if style else {}
        if run.url:
            found.append({"type": "link", "url": run.url, "text": inert_plain(run.text), **rest})
        else:
            found.extend({"type": "text", "text": text, **rest} for text in inert(run.text))
    return found


def plain_text(text: str) -> Json:
    """A plain_text object; its caller has cut it to the length that its place takes."""
    return {"type": "plain_text", "text": inert_plain(text), "emoji": False}


def _marked(line: Line) -> str:
    """A line with Slack's escapes and `<url|text>`, for the fallback and for small print.

    An address may hold "&": Slack reads it back from "&amp;" there, too.
    """
    return "".join(f"<{escape(run.url)}|{escape(run.text)}>" if run.url else escape(run.text) for run in line)
