"""A Reply as plain text for a terminal or a pipe: no colour, no wrapping, addresses whole."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from handlers.message import (
    Block,
    Bullets,
    Button,
    Buttons,
    Card,
    Divider,
    Heading,
    Line,
    Note,
    Picture,
    Quote,
    Reply,
    Run,
    Text,
)


def render(reply: Reply) -> str:
    """The whole reply as text, a blank line between blocks, no newline at the end. A file of text
    follows; a picture does not, for its numbers stand in the text.
    """
    pieces = [piece for block in reply.blocks if (piece := _block(block))]
    if reply.file is not None and not reply.file.content_type.startswith("image/"):
        pieces.append(plain(reply.file.data.decode("utf-8", "replace")))
    return "\n\n".join(pieces)


def plain(text: str) -> str:
    """Text without what would move a terminal's cursor or turn its writing round."""
    kept = []
    for character in text.replace("\r\n", "\n").replace("\u00a0", " "):
        category = unicodedata.category(character)
        if character in "\n\t" or category not in ("Cc", "Cf", "Cs", "Co"):
            kept.append(character)
    return "".join(kept)


def _block(block: Block) -> str:
    match block:
        case Heading(text):
            return f"■ {plain(text)}"
        case Divider():
            return "─" * 24
        case Buttons(buttons):
            return _buttons(buttons)
        case Card(title, blocks, buttons):
            inner = [_line(title), *(_block(b) for b in blocks), _buttons(buttons)]
            return "\n".join(piece for piece in inner if piece)
        case _:
            return _paragraph(block)


def _paragraph(block: Text | Quote | Note | Bullets | Picture) -> str:
    match block:
        case Text(line) | Quote(line) | Note(line):
            return _line(line)
        case Bullets(lines):
            return "\n".join(f"  • {_line(line)}" for line in lines)
        case Picture(url, alt):
            return f"[{plain(alt)}] {_address(url)}"


def _line(line: Line) -> str:
    return "".join(_run(run) for run in line)


def _run(run: Run) -> str:
    text = plain(run.text)
    address = _address(run.url)
    return text if not address or text == address else f"{text} {address}"


def _address(url: str) -> str:
    """An http(s) address on one line, or nothing."""
    if not url.startswith(("http://", "https://")):
        return ""
    return "".join(plain(url).split())


def _buttons(buttons: Sequence[Button]) -> str:
    return "  ".join(_each(buttons))


def _each(buttons: Iterable[Button]) -> Iterable[str]:
    for button in buttons:
        target = _address(button.url) or plain(button.command)
        yield f"[{plain(button.label)} → {target}]"
