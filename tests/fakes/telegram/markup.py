"""Telegram's HTML: what it parses and the words it refuses with.

Byte offsets count UTF-8 bytes from the beginning of the text, entity offsets UTF-16 units.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TAGS = frozenset(
    {"a", "b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "span", "code", "pre", "blockquote"}
    | {"tg-spoiler", "tg-emoji", "tg-time"}
)
RICH_TAGS = TAGS | frozenset(
    [
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "p",
        "ul",
        "ol",
        "li",
        "hr",
        "table",
        "tr",
        "td",
        "th",
        "details",
        "summary",
        "footer",
        "aside",
    ]
)
"""Tags that the types of rich messages name as their own, besides those above."""
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
SPACES = " \t\r\n\0\v"

_ENTITY = re.compile(r"&(?:#(?P<dec>\d{1,7})|#x(?P<hex>[0-9a-fA-F]{1,6})|(?P<name>[a-z]+));?")


class ParseError(Exception):
    """The words after "can't parse entities: "."""


@dataclass(frozen=True)
class Entity:
    """A formatted stretch; `offset` and `length` in UTF-16 units, `url` of a link."""

    tag: str
    offset: int
    length: int
    url: str = ""


def units(text: str) -> int:
    """UTF-16 code units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse(source: str, tags: frozenset[str] = TAGS) -> tuple[str, tuple[Entity, ...]]:
    """The text without tags, and its entities; ParseError in Telegram's words."""
    return _Parser(source, tags).run()


class _Parser:
    def __init__(self, source: str, tags: frozenset[str] = TAGS) -> None:
        self.source = source
        self.tags = tags
        self.at = 0
        self.text = ""
        self.open: list[tuple[str, int, int, str]] = []
        self.opened = 0
        self.found: list[tuple[int, Entity]] = []

    def run(self) -> tuple[str, tuple[Entity, ...]]:
        while self.at < len(self.source):
            char = self.source[self.at]
            if char == "&":
                self.text += self.decoded()
            elif char != "<":
                self.text += char
                self.at += 1
            elif self.source.startswith("</", self.at):
                self.end_tag()
            else:
                self.start_tag()
        if self.open:
            raise ParseError(f'Can\'t find end tag corresponding to start tag "{self.open[-1][0]}"')
        return self.text, tuple(entity for _, entity in sorted(self.found, key=lambda one: one[0]))

    def decoded(self) -> str:
        """The character a reference stands for; an unknown one stays as it is written."""
        match = _ENTITY.match(self.source, self.at)
        char = ""
        if match and match["name"]:
            char = NAMED.get(match["name"], "")
        elif match:
            number = int(match["dec"]) if match["dec"] else int(match["hex"], 16)
            char = chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else ""
        if match and char:
            self.at = match.end()
            return char
        self.at += 1
        return "&"

    def offset(self, at: int) -> int:
        return len(self.source[:at].encode("utf-8", "surrogatepass"))

    def skip(self, stop: str) -> str:
        """Read on up to a character of `stop` or the end."""
        begin = self.at
        while self.at < len(self.source) and self.source[self.at] not in stop:
            self.at += 1
        return self.source[begin : self.at]

    def spaces(self) -> None:
        while self.at < len(self.source) and self.source[self.at] in SPACES:
            self.at += 1

    def start_tag(self) -> None:
        begin = self.at
        self.at += 1
        name = self.skip(SPACES + ">").lower()
        self.must_go_on(begin)
        if name == "hr/" and "hr" in self.tags:
            self.at += 1
            return
        if name not in self.tags:
            raise ParseError(f'Unsupported start tag "{name}" at byte offset {self.offset(begin)}')
        url = ""
        self.spaces()
        while self.at < len(self.source) and self.source[self.at] != ">":
            attribute, value = self.attribute(name, begin)
            url = value if name == "a" and attribute == "href" else url
            self.spaces()
        self.must_go_on(begin)
        self.at += 1
        self.opened += 1
        self.open.append((name, self.opened, units(self.text), url))

    def must_go_on(self, begin: int) -> None:
        if self.at >= len(self.source):
            raise ParseError(f"Unclosed start tag at byte offset {self.offset(begin)}")

    def attribute(self, tag: str, begin: int) -> tuple[str, str]:
        start = self.at
        name = self.skip(SPACES + "=>")
        if not name:
            raise ParseError(f'Empty attribute name in the tag "{tag}" at byte offset {self.offset(start)}')
        self.spaces()
        if not self.source.startswith("=", self.at):
            if (tag, name) == ("blockquote", "expandable"):
                return name, ""
            raise ParseError(
                f'Expected equal sign in declaration of an attribute of the tag "{tag}" '
                f"at byte offset {self.offset(begin)}"
            )
        self.at += 1
        self.spaces()
        self.must_go_on(begin)
        quote = self.source[self.at]
        if quote not in "'\"":
            return name, self.skip(SPACES + ">").lower()
        self.at += 1
        value = ""
        while self.at < len(self.source) and self.source[self.at] != quote:
            if self.source[self.at] == "&":
                value += self.decoded()
            else:
                value += self.source[self.at]
                self.at += 1
        self.must_go_on(begin)
        self.at += 1
        return name, value

    def end_tag(self) -> None:
        begin = self.at
        self.at += 2
        name = self.skip(SPACES + ">").lower()
        self.spaces()
        if not self.source.startswith(">", self.at):
            raise ParseError(f"Unclosed end tag at byte offset {self.offset(begin)}")
        self.at += 1
        if not self.open:
            raise ParseError(f"Unexpected end tag at byte offset {self.offset(begin)}")
        tag, order, offset, url = self.open.pop()
        if name and name != tag:
            raise ParseError(
                f"Unmatched end tag at byte offset {self.offset(begin)}, "
                f'expected "</{tag}>", found "</{name}>"'
            )
        length = units(self.text) - offset
        if length and (tag != "a" or url.startswith(("http://", "https://", "tg://"))):
            self.found.append((order, Entity(tag, offset, length, url)))
