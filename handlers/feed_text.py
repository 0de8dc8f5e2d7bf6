"""The HTML of feeds as plain text."""

from __future__ import annotations

import html
import re
import unicodedata

from handlers import markup

_HTML = re.compile(r"<[a-zA-Z/!]|&#?\w{1,40};")
_SPACES = re.compile(r"[ \t\r\f\v\xa0\u2000-\u200a\u202f\u205f\u3000]+")
_LINES = re.compile(r" ?\n[ \n]*")
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_LONGEST = 200_000  # characters of HTML that are looked at


def looks_html(text: str) -> bool:
    """Whether it holds a tag or an entity."""
    return bool(_HTML.search(text))


def plain(text: str, *, is_html: bool, limit: int) -> str:
    """What a person would read, its blocks on lines of their own, at most `limit` characters.

    Signs that nobody sees are gone (controls, zero-width and direction marks), NO-BREAK SPACE is a
    space, scripts and styles are not there.
    """
    text = text[: max(_LONGEST, limit)]
    if is_html:
        text = markup.plain_text(text) if "<" in text else html.unescape(text)
    text = _HIDDEN.sub("", text[: 4 * limit])
    text = _LINES.sub("\n", _SPACES.sub(" ", text)).strip()
    return unicodedata.normalize("NFC", cut(text, limit))


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, with an ellipsis where something is missing."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def one_line(text: str) -> str:
    return text.replace("\n", " ")
