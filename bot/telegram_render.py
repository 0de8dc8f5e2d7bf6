"""From a Reply to Telegram messages. Pure: no clock, no network, no telegram library.

A part is JSON text of one message: HTML, the same without formatting, rows of buttons with
their commands (the payloads are made when it is sent), what to preview, a file.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import assert_never

from bot import telegram_rich as rich_text
from bot.telegram_buttons import CARD_ROW, in_rows, once, short, usable
from bot.telegram_links import linked
from bot.telegram_text import Quoted, Size, cut, html, measure, plain, safe_url, tidy, units
from handlers.made_once import made_once
from handlers.message import (
    Block,
    Bullets,
    Button,
    Buttons,
    Card,
    Divider,
    File,
    Heading,
    Line,
    Note,
    Picture,
    Quote,
    Reply,
    Run,
    Text,
    line,
)
from store.model import Language

BUTTONS = 100
CARD_BUTTONS = 24
"""Of the cards of one message: more are a wall, and nobody reads to its end. The renderer decides
because only here are the buttons of many cards gathered under one message; the cards come in the
order of their weight (what is followed first), so the first buttons are those that matter. What a
digest's cards lose is a press on "companies" away.
"""
CAPTION = 1024
PHOTO = 10 << 20  # bytes
LONGEST = 5  # messages that one block or card may fill; the rest is cut off


@dataclass(frozen=True, slots=True)
class Part:
    """One message. `preview` is the one address to preview ("" = none), `large` its size. `rich` is the
    same in Telegram's richer layout ("" = not wanted). `asks` is what stands in the empty field of
    whoever is asked to reply, `reply_to` the message that this answers (0 = none).
    """

    html: str
    plain: str
    rows: tuple[tuple[Button, ...], ...] = ()
    preview: str = ""
    large: bool = False
    file: File | None = None
    rich: str = ""
    asks: str = ""
    reply_to: int = 0

    def dumps(self) -> str:
        rows = [[[b.label, b.command, b.url, b.signed] for b in row] for row in self.rows]
        body: dict[str, object] = {"html": self.html, "plain": self.plain, "rows": rows}
        if self.preview:
            body |= {"preview": self.preview, "large": self.large}
        body |= {"rich": self.rich} if self.rich else {}
        body |= {"asks": self.asks, "reply_to": self.reply_to} if self.asks else {}
        if self.file:
            data = b64encode(self.file.data).decode()
            body["file"] = [self.file.name, data, self.file.content_type, self.file.alt]
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=512)
def loads(text: str) -> Part:
    """The part that `dumps` wrote; ValueError when it is something else."""
    try:
        body = json.loads(text)
        name, data, kind, *alt = body.get("file") or ("", "", "")
        return Part(
            body["html"],
            body["plain"],
            tuple(tuple(Button(*button) for button in row) for row in body["rows"]),
            body.get("preview", ""),
            body.get("large", False),
            File(name, b64decode(data), kind, *alt) if name else None,
            body.get("rich", ""),
            body.get("asks", ""),
            body.get("reply_to", 0),
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("no part of a message") from error


@dataclass(frozen=True, slots=True)
class _Piece:
    """What stays together: a block, a card, a heading with what follows it."""

    line: Line
    kind: type
    buttons: tuple[Button, ...] = ()
    own: tuple[Button, ...] = ()  # of the whole message: never dropped for a card's
    picture: str = ""
    blocks: tuple[Block, ...] = ()


@dataclass(slots=True)
class _Draft:
    """A message being filled."""

    line: list[Run] = field(default_factory=list)
    size: Size = field(default_factory=Size)
    last: type = Text
    cards: int = 0
    buttons: list[Button] = field(default_factory=list)
    own: list[tuple[Button, ...]] = field(default_factory=list)
    picture: str = ""
    blocks: list[Block] = field(default_factory=list)

    def take(self, piece: _Piece) -> bool:
        """Add the piece if it fits; an empty message takes any."""
        gap = (Run(_gap(self.last, piece.kind)),) if self.line and piece.line else ()
        size = self.size + measure((*gap, *piece.line))
        if self.line and not size.fits:
            return False
        self.line += [*gap, *piece.line]
        self.size, self.last = size, piece.kind if piece.line else self.last
        self.cards += piece.kind is Card
        self.buttons += piece.buttons
        self.own += [piece.own] if piece.own else []
        self.picture = self.picture or piece.picture
        self.blocks += piece.blocks
        return True

    def part(self, number: str, rich: Language | None) -> Part:
        line = tidy_ends((*self.line, Run(f"\n\n{number}"))) if number else tidy_ends(tuple(self.line))
        line = line or (Run("…"),)
        large = bool(self.picture) and self.cards < 2
        richer = rich_text.html(self.blocks, number, rich) if rich else ""
        return Part(html(line), plain(line), tuple(self.rows()), self.picture, large, rich=richer)

    def rows(self) -> Iterator[tuple[Button, ...]]:
        """Those of the cards, then those of the whole message, each group on rows of its own."""
        said: set[tuple[str, str]] = set()
        groups = [once(group, said) for group in self.own]
        cards = once(self.buttons, said)[:CARD_BUTTONS]
        room = BUTTONS - len(cards)
        for group in groups:
            del group[room:]
            room -= len(group)
        yield from in_rows(short(cards), most=CARD_ROW)
        for group in groups:
            yield from in_rows(group)


@made_once
def parts(reply: Reply, me: str = "") -> tuple[str, ...]:
    """The messages a reply becomes, each at most 4,096 UTF-16 units, numbered when several. `me` is the
    bot's name, for the links that lead back to it.
    """
    reply = linked(reply, me)
    rich = reply.language if reply.rich and reply.file is None else None
    made = _messages(reply.blocks, rich) if reply.blocks or reply.file is None else []
    if reply.file:
        made = _with_file(made, reply.blocks, reply.file)
    elif reply.source and not any(part.preview for part in made):
        made[0] = replace(made[0], preview=safe_url(reply.source))
    return tuple(part.dumps() for part in made)


def is_picture(file: File) -> bool:
    """Whether Telegram shows the file as a photo."""
    return file.content_type in {"image/png", "image/jpeg"} and len(file.data) <= PHOTO


def _with_file(made: list[Part], blocks: Sequence[Block], file: File) -> list[Part]:
    """The text as the file's caption where it fits; else a document after it, a picture before.

    A photo has no field for those who cannot see it: the picture in words ends its caption.
    """
    if not is_picture(file):
        if len(made) == 1 and units(made[0].plain) <= CAPTION:
            return [replace(made[0], file=file, preview="", large=False)]
        return [*made, Part("", "", file=file)]
    words = (Note(line(file.alt)),) if file.alt else ()
    captioned = _messages((*blocks, *words)) if (*blocks, *words) else [Part("", "")]
    if len(captioned) == 1 and units(captioned[0].plain) <= CAPTION:
        return [replace(captioned[0], file=file, preview="", large=False)]
    alone = _messages(words)[0] if words and units(file.alt) <= CAPTION else Part("", "")
    return [replace(alone, file=file), *made]


def tidy_ends(line: Line) -> Line:
    """Without blank space before and after: Telegram would take it off, and compare without."""
    runs = list(line)
    while runs and not runs[0].text.strip():
        runs.pop(0)
    while runs and not runs[-1].text.strip():
        runs.pop()
    if runs:
        runs[0] = replace(runs[0], text=runs[0].text.lstrip())
        runs[-1] = replace(runs[-1], text=runs[-1].text.rstrip())
    return tuple(runs)


def _messages(blocks: Sequence[Block], rich: Language | None = None) -> list[Part]:
    drafts = [_Draft()]
    for piece in _pieces(blocks):
        if measure(piece.line).fits and drafts[-1].take(piece):
            continue
        for fitting in _cut_up(piece):
            if drafts[-1].line:
                drafts.append(_Draft())
            drafts[-1].take(fitting)
    count = len(drafts)
    return [draft.part(f"({at}/{count})" if count > 1 else "", rich) for at, draft in enumerate(drafts, 1)]


def _cut_up(piece: _Piece) -> Iterator[_Piece]:
    """A piece that needs a message of its own, or several; its buttons go with the last."""
    line = piece.line
    for _ in range(LONGEST - 1):
        if measure(line).fits:
            break
        head, line = cut(line)
        yield _Piece(tidy_ends(head), piece.kind, blocks=(Text(head),))
    if not measure(line).fits:
        *runs, last = cut(line)[0]
        line = (*runs, replace(last, text=last.text[:-1] + "…"))
    whole = line == piece.line
    yield replace(piece, line=line, blocks=piece.blocks if whole else (Text(line),))


def _pieces(blocks: Iterable[Block]) -> Iterator[_Piece]:
    """Blocks in order, a heading or divider glued to what follows."""
    held: _Piece | None = None
    for block in blocks:
        piece = _piece(block)
        if held and piece.line:
            gap = Run(_gap(held.kind, piece.kind))
            piece = replace(
                piece,
                line=(*held.line, gap, *piece.line),
                picture=held.picture or piece.picture,
                blocks=held.blocks + piece.blocks,
            )
            held = None
        if isinstance(block, Heading | Divider):
            held = replace(piece, kind=type(block))
        else:
            yield piece
    if held and held.kind is Heading:
        yield held


def _piece(block: Block) -> _Piece:
    match block:
        case Picture():
            return _Piece((), Picture, picture=safe_url(block.url))
        case Buttons():
            return _Piece((), Buttons, own=tuple(usable(block.buttons)))
        case Card():
            return _card(block)
        case Heading() | Divider() | Text() | Quote() | Note() | Bullets():
            return _Piece(_line(block), type(block), blocks=(block,))
        case _:
            assert_never(block)


def _card(card: Card) -> _Piece:
    lines = [tidy(replace(run, bold=True) for run in card.title)]
    picture = ""
    for block in card.blocks:
        if isinstance(block, Picture):
            picture = picture or safe_url(block.url)
        else:
            lines.append(_line(block))
    joined: list[Run] = []
    for runs in filter(None, lines):
        joined += [Run("\n"), *runs] if joined else runs
    return _Piece(tuple(joined), Card, tuple(usable(card.buttons)), picture=picture, blocks=(card,))


def _line(block: Heading | Divider | Text | Quote | Note | Bullets) -> Line:
    match block:
        case Heading(text):
            return tidy((Run(text, bold=True),))
        case Divider():
            return (Run("· · ·"),)
        case Text(line):
            return tidy(line)
        case Quote(line):
            return tidy(_quoted(run) for run in line)
        case Note(line):
            return tidy(replace(run, italic=True) for run in line)
        case Bullets(lines):
            runs: list[Run] = []
            for line in lines:
                runs += [Run("\n• " if runs else "• "), *line]
            return tidy(runs)
        case _:
            assert_never(block)


def _quoted(run: Run) -> Quoted:
    return Quoted(run.text, run.bold, run.italic, run.code, run.url)


def _gap(before: type, after: type) -> str:
    """Small print and lists stand close under their text; everything else has air."""
    return "\n" if after in {Note, Bullets} and before in {Text, Note, Bullets, Heading} else "\n\n"
