"""Text for Slack: outside words made inert, and cut where a reader would cut.

Everything that a person or a newsletter wrote passes through `clean`. Where Slack parses text
(mrkdwn, the fallback), `escape` follows; in rich_text elements nothing is parsed, so nothing
is escaped there.
"""

from __future__ import annotations

import re
import unicodedata

URL = 3000
"""Characters of an address that Slack takes in links, buttons and pictures."""

# Bidi marks, embeddings, overrides and isolates; zero-width and invisible characters; tags.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0e\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_BREAKS = re.compile("\r\n?|[\u000b\u000c\u0085\u2028\u2029]")
_MARKS = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff]{4})[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff]+"
)
_FORMATTING = re.compile(r"[*_~`]|:[a-z0-9_+\-]+:|^\s*(?:>|&gt;)", re.MULTILINE)
_LIVE = re.compile(r"(?<=<)(?=[!@#])")
_LIVE_SIGN = re.compile(r"<(?=[!@#])")
_HTTP = re.compile(r"https?://[^\s/?#]+", re.IGNORECASE)
_UNSAFE_IN_URL = {ord(c): f"%{ord(c):02X}" for c in '|<>"`{}\\^ '}
_ENDS = ("\n\n", "\n", "。", "！", "？", ". ", "! ", "? ", "；", "; ", "，", ", ", " ")


def clean(text: str) -> str:
    """Without control, bidi, zero-width and lone surrogate characters; newlines kept as "\\n"."""
    text = _INVISIBLE.sub("", _BREAKS.sub("\n", text)).replace("\t", " ")
    text = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in {"Cc", "Cs", "Co"})
    return _MARKS.sub(r"\1", text)


def one_line(text: str, limit: int) -> str:
    """`text` cleaned, on one line, at most `limit` characters with "…" where it was cut."""
    text = " ".join(clean(text).split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def escape(text: str) -> str:
    """Plain text as Slack's parser reads it back: only &, < and > mean anything there."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """What a person typed, from the text of an event or a command."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def cut_escaped(text: str, limit: int) -> str:
    """Escaped text of at most `limit` characters and a "…", no link or escape cut in two."""
    text = text[:limit]
    if text.rfind("<") > text.rfind(">"):
        text = text[: text.rfind("<")]
    return (text[: text.rfind("&")] if "&" in text and ";" not in text[text.rfind("&") :] else text) + "…"


def formats(text: str) -> bool:
    """Whether mrkdwn would show `text` otherwise than as it stands (bold, code, emoji, quote)."""
    return _FORMATTING.search(text) is not None


def web_address(url: str) -> str:
    """An http(s) address fit for `<url|text>`, or "" when it is none or too long."""
    url = clean(url).strip()
    if _HTTP.match(url) is None or "\n" in url:
        return ""
    url = url.translate(_UNSAFE_IN_URL)
    return url if len(url) <= URL else ""


def inert(text: str) -> list[str]:
    """Pieces that show as `text` but of which none holds "<!", "<@" or "<#".

    rich_text does not parse those; whoever turns it back into mrkdwn (mail, search, export) might.
    Beyond 20 of them the "<" are shown as "‹", so that a hostile text does not become 1,000 pieces.
    """
    found = _LIVE.split(text)
    if len(found) > 20:
        found = [_LIVE_SIGN.sub("‹", text)]
    return [piece for piece in found if piece]


def inert_plain(text: str) -> str:
    """`text` for plain_text, which cannot be taken apart: "<" before "!", "@", "#" shown as "‹"."""
    return _LIVE_SIGN.sub("‹", text)


def pieces(text: str, limit: int) -> list[str]:
    """`text` in pieces of at most `limit` characters, cut after a paragraph, else a line, a
    sentence, a clause, a word, else anywhere. Outer blanks of a cut are dropped.
    """
    found = []
    rest = text
    while len(rest) > limit:
        at = _cut(rest, limit)
        found.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [piece for piece in [*found, rest] if piece]


def _cut(text: str, limit: int) -> int:
    """Where to cut: after the last of the strongest break in the later half of the first `limit`."""
    for end in _ENDS:
        at = text.rfind(end, limit // 2, limit)
        if at >= 0:
            return min(at + len(end), limit)
    return limit
