"""Understanding an entry: its language, its companies and figures, and where its page really stands.

The entry's own text is read, title first; a date is the source's, as the feed gave it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from handlers.figures import figures
from handlers.mentions import mentions
from handlers.newsletter.links import canonical_url
from store.catalogue import Catalogue
from store.feeds import Entry
from store.model import LANGUAGES, Language

_HANGUL = re.compile(r"[가-힣]")
_HANZI = re.compile(r"[\u3400-\u9fff]")
_KANA = re.compile(r"[\u3041-\u30ff]")
_LATIN = re.compile(r"[A-Za-z]+")
_MOBILE = re.compile(r"^(?:m|mobile|wap|amp|www|3g)\.")
_AMP_CACHE = re.compile(r"/(?:c|v)/(?:s/)?(?P<page>[^/]+\..*)")
_AMP_PATH = re.compile(r"(?:/amp/?|/amp/(?=[^/]+$)|\.amp(?=\.html$)|\.amp)$|^/amp(?=/)")
_VIEWS = frozenset({"amp", "outputtype", "mobile", "from", "ref", "source", "share", "output"})


def language_of(text: str) -> Language | None:
    """The language that a text is written in, by its script; None for another or none.

    A Korean text may hold many Hanzi and Latin names, a Chinese one many Latin ones.
    """
    hangul, hanzi = len(_HANGUL.findall(text)), len(_HANZI.findall(text))
    latin = len(_LATIN.findall(text))
    if len(_KANA.findall(text)) > max(hangul, hanzi // 8):
        return None
    if hangul and 2 * hangul >= hanzi and 2 * hangul >= latin:
        return "ko"
    if hanzi and 2 * hanzi >= latin:
        return "zh"
    return "en" if latin else None


def understood(entry: Entry, catalogue: Catalogue, *, language: str = "") -> Entry:
    """The entry with its language, companies and figures.

    `language` is the feed's own, for a text whose script tells nothing.
    """
    own = language_of(f"{entry.title}\n{entry.text}")
    told = own or (language if language in LANGUAGES else "")
    return replace(
        entry,
        language=told or entry.language,
        mentions=mentions(entry.title, entry.text, catalogue),
        figures=figures(entry.title, entry.text),
    )


def page_of(url: str) -> str:
    """The address that all views of one page share: no tracking, no mobile host, no AMP; "" for none.

    It is a name, not an address to open: the scheme is left off.
    """
    plain = canonical_url(url)
    if plain is None:
        return ""
    parts = urlsplit(plain)
    host, path = (parts.hostname or ""), parts.path
    if host.endswith(".cdn.ampproject.org") and (cached := _AMP_CACHE.match(path)):
        return page_of(f"https://{cached['page']}")
    while (bare := _MOBILE.sub("", host)) != host and "." in bare:
        host = bare
    path = _AMP_PATH.sub("", path).rstrip("/")
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name.lower() not in _VIEWS]
    return urlunsplit(("", "", f"{host}{path}", urlencode(sorted(kept)), ""))


def outlet_of(entry: Entry) -> str:
    """Who published it: the page's host, else the feed."""
    return page_of(entry.canonical_url or entry.url).partition("/")[0] or f"feed:{entry.feed}"
