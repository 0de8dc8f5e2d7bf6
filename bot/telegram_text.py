"""Telegram's text: cleaned of what could hurt, measured as Telegram counts, cut, and made HTML.

Lengths are UTF-16 code units of the text without tags. Pure; knows nothing of a network.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from html import escape
from itertools import groupby
from urllib.parse import quote, urlsplit

from handlers.message import Line, Run

UNITS = 4096 - 16  # the rest is kept for a number like "(12/34)"
ENTITIES = 100  # more are dropped without a word
WORD_JOINER = "\u2060"
BYTES = 30_000  # the server refuses 32,768 bytes of source
URL = 2048

_QUOTATION = len("<blockquote expandable></blockquote>")
_MARKS = 4  # combining marks on one letter; living scripts need no more
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\uffff\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef]"
)
_BREAKS = re.compile("\r\n?|[\u0085\u2028\u2029]")
_BLANKS = re.compile("[\t\u00a0\u202f\u2007]")
_AT = re.compile(r"https?://[^\s/@]+\.[^\s/@]+/\S*|(?<![A-Za-z0-9])@(?=\w|$)")
_JOINER = re.compile("(?<![\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])\u200d")
_GAPS = re.compile("\n{3,}")
_SENTENCE = re.compile("[.!?…][\"'”’」』)]*\\s+|[。！？][”’」』）]*")
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+[a-z0-9-]{2,}|(?:\d{1,3}\.){3}\d{1,3}")


@dataclass(frozen=True, slots=True)
class Quoted(Run):
    """A piece of a quotation that folds; neighbours are one quotation."""


def clean(text: str) -> str:
    """Outside text without control characters, lone surrogates, direction overrides and unseen
    characters; NO-BREAK SPACE becomes a space; writing from right to left is isolated.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _BREAKS.sub("\n", text)
    text = _BLANKS.sub(" ", text)
    text = _JOINER.sub("", _UNSEEN.sub("", text))
    text = _GAPS.sub("\n\n", _few_marks(text))
    return f"\u2068{text}\u2069" if _from_right(text) else text


def unpinged(text: str) -> str:
    """The same to read, but a name after @ calls nobody: a word joiner stands between. Addresses
    of pages stay as they are.
    """
    return _AT.sub(lambda found: f"@{WORD_JOINER}" if found[0] == "@" else found[0], text)


def safe_url(url: str) -> str:
    """The address if it is http(s) and of a form that Telegram takes, else ""."""
    url = url.strip()
    if not url or len(url) > URL or not url.isprintable() or re.search(r"[\s<>\"\\]", url):
        return ""
    try:
        split = urlsplit(url)
        host = (split.hostname or "").encode("idna").decode()
        _ = split.port
    except (ValueError, UnicodeError):
        return ""
    if split.scheme.lower() not in {"http", "https"} or "@" in split.netloc or not _HOST.fullmatch(host):
        return ""
    port = f":{split.port}" if split.port else ""
    whole = split._replace(scheme=split.scheme.lower(), netloc=f"{host}{port}").geturl()
    quoted = quote(whole, safe="%/:?#[]@!$&'()*+,;=~")
    return quoted if len(quoted) <= URL else ""


def units(text: str) -> int:
    """UTF-16 code units; a lone surrogate counts one."""
    return len(text) if text.isascii() else len(text) + sum(char > "\uffff" for char in text)


@dataclass(frozen=True, slots=True)
class Size:
    """What a text costs: UTF-16 units, entities, and bytes of HTML source."""

    units: int = 0
    entities: int = 0
    bytes: int = 0

    def __add__(self, other: Size) -> Size:
        return Size(self.units + other.units, self.entities + other.entities, self.bytes + other.bytes)

    @property
    def fits(self) -> bool:
        return self.units <= UNITS and self.entities <= ENTITIES and self.bytes <= BYTES


def measure(line: Line) -> Size:
    size = Size()
    for run in line:
        quoted = isinstance(run, Quoted)
        entities = sum((run.bold, run.italic, run.code, bool(run.url), quoted))
        size += Size(units(run.text), entities, len(_tagged(run).encode()) + quoted * _QUOTATION)
    return size


def tidy(line: Iterable[Run]) -> Line:
    """Cleaned runs, neighbours of one style merged, empty ones gone; nobody is called by name."""
    tidied: list[Run] = []
    for run in line:
        text = clean(run.text)
        if not text:
            continue
        style = replace(run, text="", url=safe_url(run.url))
        style = type(run)("", code=True) if run.code else style
        if tidied and replace(tidied[-1], text="") == style:
            text = tidied.pop().text + text
        tidied.append(replace(style, text=text))
    return tuple(run if run.code else replace(run, text=unpinged(run.text)) for run in tidied)


def html(line: Line) -> str:
    """Telegram HTML with the tags a, b, i, code and blockquote, properly nested."""
    made: list[str] = []
    for quoted, runs in groupby(line, key=lambda run: isinstance(run, Quoted)):
        inner = "".join(map(_tagged, runs))
        made.append(f"<blockquote expandable>{inner}</blockquote>" if quoted else inner)
    return "".join(made)


def plain(line: Line) -> str:
    """Text without formatting; addresses behind their words where they still fit."""
    text = "".join(run.text for run in line)
    full = "".join(f"{r.text} ({r.url})" if r.url and r.url != r.text else r.text for r in line)
    return full if units(full) <= UNITS else text


def cut(line: Line) -> tuple[Line, Line]:
    """The longest good beginning that fits one message, and the rest: between paragraphs, else
    sentences, else words, else between two characters that do not belong together.
    """
    text = "".join(run.text for run in line)
    at = max(1, _boundary(text, _room(line)))
    before: list[Run] = []
    after: list[Run] = []
    for run in line:
        here, there = run.text[: max(at, 0)], run.text[max(at, 0) :]
        before += [replace(run, text=here)] if here else []
        after += [replace(run, text=there)] if there else []
        at -= len(run.text)
    return tuple(before), _lstrip(after)


def _lstrip(line: list[Run]) -> Line:
    while line and not line[0].text.strip():
        line = line[1:]
    return (replace(line[0], text=line[0].text.lstrip()), *line[1:]) if line else ()


def _room(line: Line) -> int:
    """How many characters from the beginning fit one message."""
    size, count = Size(), 0
    for run in line:
        whole = size + measure((run,))
        if whole.fits:
            size, count = whole, count + len(run.text)
            continue
        size += measure((replace(run, text=""),))
        for char in run.text if size.fits else "":
            size += Size(units(char), 0, len(escape(char).encode()))
            if not size.fits:
                break
            count += 1
        break
    return count


def _boundary(text: str, most: int) -> int:
    least = most // 3
    newline = text.rfind("\n", least, most)
    if newline > 0:
        return newline
    ends = [match.end() for match in _SENTENCE.finditer(text, 0, most) if match.end() > least]
    if ends:
        return ends[-1]
    space = text.rfind(" ", least, most)
    if space > 0:
        return space
    at = most
    while at > max(least, most - 32) and _belongs(text[at - 1], text[at]):
        at -= 1
    return at


def _belongs(before: str, after: str) -> bool:
    """Whether a cut between two characters would tear one sign apart."""
    joiners = {"\u200d"}
    return (
        before in joiners
        or after in joiners
        or unicodedata.combining(after) > 0
        or unicodedata.category(after) in {"Mn", "Me", "Mc", "Sk"}
        or "\U0001f1e6" <= after <= "\U0001f1ff"
    )


def _few_marks(text: str) -> str:
    if not any(unicodedata.category(char) in {"Mn", "Me"} for char in text):
        return text
    kept: list[str] = []
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.category(char) in {"Mn", "Me"} else 0
        if marks <= _MARKS:
            kept.append(char)
    return "".join(kept)


def _from_right(text: str) -> bool:
    return any(unicodedata.bidirectional(char) in {"R", "AL"} for char in text if char > "\u0590")


def _tagged(run: Run) -> str:
    text = escape(run.text, quote=False)
    if run.code:
        return f"<code>{text}</code>"
    if run.italic:
        text = f"<i>{text}</i>"
    if run.bold:
        text = f"<b>{text}</b>"
    return f'<a href="{escape(run.url)}">{text}</a>' if run.url else text
