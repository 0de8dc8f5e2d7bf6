"""Addresses in text: bare ones, Markdown links, and the canonical form of an address."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

URL_LIMIT = 4096  # characters; a longer run is no address
_START = re.compile(r"(?:https?://|www\.)(?=[^\s/.])", re.IGNORECASE)
_RUN = re.compile(r"[^\s<>\"`{}|\\^。，、；！？：（）「」『』《》〈〉【】“”‘’…]{1,4096}")
_TRAILING = ".,;:!?'*_~"
_JOINS = frozenset("/=-_%.#?&+~,:@")
_TRACKING = re.compile(
    r"^(?:utm_.*|fbclid|gclid|dclid|msclkid|igshid|mc_[ce]id|mkt_tok|spm|yclid|_hsenc|_hsmi)$"
)
_WRAPPED_IN = frozenset({"url", "u", "target", "to", "redirect", "redirect_url", "dest", "link"})


@dataclass(frozen=True, slots=True)
class Link:
    """An address at `start:end` of a line; `text` is what a Markdown link shows, else ""."""

    start: int
    end: int
    url: str
    text: str = ""


def _trimmed(run: str) -> str:
    """Without the punctuation of the sentence around it; brackets stay when they balance."""
    spare = {")": run.count(")") - run.count("("), "]": run.count("]") - run.count("[")}
    end = len(run)
    while end:
        last = run[end - 1]
        if spare.get(last, 0) > 0:
            spare[last] -= 1
        elif last not in _TRAILING:
            break
        end -= 1
    return run[:end]


def _cut_at_glued_word(run: str) -> str:
    """Ends an address where a Korean or Chinese word is glued to it ("…/1입니다")."""
    for at, sign in enumerate(run):
        if sign > "\u2fff" and run[at - 1] < "\u0080" and run[at - 1] not in _JOINS:
            return run[:at]
    return run


def bare_url(text: str, start: int = 0) -> Link | None:
    """The first bare address in `text` from `start` on, as printed."""
    while found := _START.search(text, start):
        run = _RUN.match(text, found.start())
        if run is None or len(run.group()) >= URL_LIMIT:
            start = run.end() if run else found.end()
            continue
        url = _trimmed(_cut_at_glued_word(run.group()))
        if len(url) > len(found.group()):
            return Link(found.start(), found.start() + len(url), url)
        start = found.end()
    return None


def _opening_bracket(text: str, closing: int, floor: int) -> int:
    depth = 0
    for at in range(closing, max(floor, closing - 2000) - 1, -1):
        depth += (text[at] == "]") - (text[at] == "[")
        if depth == 0:
            return at
    return -1


def _address_end(text: str, start: int) -> int:
    """Where the bracket that opened before `start` closes; -1 when it does not."""
    depth = 1
    for at in range(start, min(len(text), start + URL_LIMIT)):
        sign = text[at]
        if sign == "(":
            if text[at - 1] == "]":
                return -1
            depth += 1
        elif sign == ")":
            depth -= 1
            if depth == 0:
                return at
        elif sign in "\n<" and at > start:
            return -1
    return -1


def markdown_links(text: str) -> Iterator[Link]:
    """Links written [text](address "title") or ![alt](address), left to right.

    Brackets inside text and address may nest. Pictures and addresses that are not http(s) keep
    their place with url "".
    """
    floor, at = 0, text.find("](")
    while at != -1:
        start, end = _opening_bracket(text, at, floor), _address_end(text, at + 2)
        if start != -1 and end != -1:
            parts = text[at + 2 : end].strip(" {}<>").split()
            url = (
                parts[0].strip("{}<>")
                if parts and parts[0].lower().startswith(("http://", "https://"))
                else ""
            )
            picture = start > floor and text[start - 1] == "!"
            shown = "" if picture else text[start + 1 : at]
            yield Link(start - picture, end + 1, "" if picture else url, shown)
            floor = at = end + 1
        else:
            floor = at = at + 2
        at = text.find("](", at)


def first_address(text: str, start: int = 0) -> Link | None:
    """The first address at or after `start`, as a Markdown link or bare."""
    rest = text[start:]
    link = next((each for each in markdown_links(rest) if each.url), None)
    bare = bare_url(rest)
    if link and (bare is None or link.start < bare.start):
        return Link(start + link.start, start + link.end, link.url, link.text)
    return Link(start + bare.start, start + bare.end, bare.url) if bare else None


def canonical_url(url: str | None) -> str | None:
    """The address without what only counts or follows readers.

    Unwraps redirects that carry their target (base64url in the path, or a query field), drops
    tracking fields, fragment and default port, lowers scheme and host. Returns None for None
    and for what is no http(s) address.
    """
    for _ in range(3):  # a redirect may stand in a redirect
        if url is None:
            return None
        inner = _unwrapped(url)
        if inner is None:
            break
        url = inner
    return _plain(url) if url else None


def _plain(url: str) -> str | None:
    text = html.unescape(url.strip())
    if text.lower().startswith("www."):
        text = "http://" + text
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    if ":" in host:
        host = f"[{host}]"
    default = {"http": 80, "https": 443}[parts.scheme]
    netloc = host if port in (None, default) else f"{host}:{port}"
    query = parts.query
    fields = parse_qsl(query, keep_blank_values=True)
    if any(_TRACKING.match(name.lower()) for name, _ in fields):
        query = urlencode([(name, value) for name, value in fields if not _TRACKING.match(name.lower())])
    return urlunsplit((parts.scheme, netloc, parts.path or "/", query, ""))


def _unwrapped(url: str) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    for segment in parts.path.split("/")[-3:]:
        if segment.startswith("aHR0c") and len(segment) < URL_LIMIT:
            inner = _decoded(segment)
            if inner:
                return inner
    for name, value in parse_qsl(parts.query):
        if name.lower() in _WRAPPED_IN and value.startswith(("http://", "https://")):
            return value
    return None


def _decoded(segment: str) -> str | None:
    try:
        text = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)).decode()
    except (binascii.Error, ValueError):
        return None
    return text if text.startswith(("http://", "https://")) and text.isprintable() else None
