"""Blocks in Telegram's richer layout (Bot API 10.1, InputRichMessage.html). Pure.

The tags are those that the API's types name: h1 to h6, p, ul, li, hr, details, footer, and a, b, i
and code inside. What they hold is cleaned and escaped as everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from bot.telegram_text import html as inline, tidy
from handlers.message import (
    Block,
    Bullets,
    Buttons,
    Card,
    Divider,
    Heading,
    Line,
    Note,
    Picture,
    Quote,
    Run,
    Text as Paragraph,
)
from handlers.words import say
from store.model import Language


def html(blocks: Iterable[Block], number: str, language: Language) -> str:
    """One message; `number` ("(1/2)") ends it. "" for blocks without a word."""
    made = "".join(piece for block in blocks for piece in _block(block, language))
    return f"{made}<footer>{escape(number)}</footer>" if made and number else made


def _block(block: Block, language: Language) -> Iterator[str]:
    match block:
        case Heading(text):
            yield from _around("h3", (Run(text),))
        case Card(title, inner):
            yield from _around("h4", title)
            for each in inner:
                yield from _block(each, language)
        case Divider():
            yield "<hr/>"
        case Paragraph(line):
            yield from _paragraphs(line)
        case Quote(line):
            more = escape(say("telegram.rich.more", language))
            yield f"<details><summary>{more}</summary>{''.join(_paragraphs(line))}</details>"
        case Note(line):
            yield from (piece for each in _lines(line) for piece in _around("footer", each))
        case Bullets(lines):
            items = "".join(piece for line in lines for piece in _around("li", line))
            yield f"<ul>{items}</ul>" if items else ""
        case Picture() | Buttons():
            pass


def _paragraphs(line: Line) -> Iterator[str]:
    for each in _lines(line):
        yield from _around("p", each)


def _around(tag: str, line: Line) -> Iterator[str]:
    """The line on one row, in a tag; nothing where it has no words."""
    plain = tuple(Run(run.text.replace("\n", " "), run.bold, run.italic, run.code, run.url) for run in line)
    inner = inline(tidy(plain))
    if inner.strip():
        yield f"<{tag}>{inner}</{tag}>"


def _lines(line: Line) -> Iterator[Line]:
    """A line parted at its breaks."""
    row: list[Run] = []
    for run in line:
        first, *others = run.text.split("\n")
        row.append(Run(first, run.bold, run.italic, run.code, run.url))
        for other in others:
            yield tuple(row)
            row = [Run(other, run.bold, run.italic, run.code, run.url)]
    yield tuple(row)
