"""The article on a page, without what stands around it.

To be done where it may be killed (bot/feed_pool.py): a page may be made to take hours.
"""

from __future__ import annotations

from importlib.util import find_spec

from handlers import markup
from handlers.documents import text_of
from handlers.feed_bytes import xml_text
from handlers.feed_parsed import TEXT
from handlers.feed_text import cut

ENOUGH = 80
"""Characters under which what was found on a page is no article."""


def extracts() -> bool:
    """Whether the extra `extract` is installed."""
    return find_spec("trafilatura") is not None


def article(data: bytes, content_type: str = "") -> str:
    """The article's text, at most TEXT characters; "" where there is none, or the extra is not there."""
    if not extracts():
        return ""
    import trafilatura

    page, _ = xml_text(data, content_type)
    if "<" not in page or markup.depth(page) > markup.DEPTH_LIMIT:
        return ""
    found = trafilatura.extract(page, fast=True, include_comments=False, include_tables=False) or ""
    return cut(found, TEXT) if len(found) >= ENOUGH else ""


def page_text(data: bytes, *, url: str, content_type: str = "") -> str:
    """A page's text: its first heading or line, and the article, or all of it where none is found.

    Raises DocumentError as text_of.
    """
    whole = text_of(data, name=url, content_type=content_type)
    found = article(data, content_type)
    if not found:
        return whole
    lines = [each for each in whole.split("\n") if each.strip()]
    head = next((each for each in lines if each.startswith("# ")), lines[0])
    return found if head.lstrip("# ").strip() in found.split("\n", 1)[0] else f"{head}\n{found}"
