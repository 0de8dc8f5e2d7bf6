"""The feed behind a page: what its head names, else where feeds usually stand."""

from __future__ import annotations

import html
import re
from urllib.parse import urljoin, urlsplit

_LINK = re.compile(r"<link\s([^<>]{1,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"([a-zA-Z-]{1,20})\s{0,5}=\s{0,5}(?:\"([^\"]{0,2000})\"|'([^']{0,2000})'|([^\s\"'>]{1,2000}))"
)
_KINDS = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
_USUAL = ("/feed", "/rss", "/feed.xml", "/rss.xml", "/atom.xml", "/index.xml")
_MOST = 5


def named_feeds(page: str, url: str) -> tuple[str, ...]:
    """Addresses that a page's own <link rel="alternate"> names, in its order."""
    found: dict[str, None] = {}
    for link in _LINK.findall(page[:500_000]):
        said = {name.lower(): html.unescape(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(link)}
        if "alternate" in said.get("rel", "").lower().split() and said.get("type", "").lower() in _KINDS:
            address = _joined(url, said.get("href", ""))
            if address and not re.search(r"/comments?/feed", address):
                found[address] = None
    return tuple(found)[:_MOST]


def usual_feeds(url: str) -> tuple[str, ...]:
    """Addresses on the same host where a feed may stand."""
    return tuple(_joined(url, path) for path in _USUAL)


def _joined(url: str, href: str) -> str:
    try:
        found = urljoin(url, href.strip())
        good = urlsplit(found).scheme in ("http", "https")
    except ValueError:
        return ""
    return found if good and href.strip() and found.isprintable() and " " not in found else ""
