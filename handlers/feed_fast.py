"""Well-formed feeds of the common kinds, thirty times as fast as feedparser and with the same result.

Whatever is unusual (another root, markup that is not escaped, a second description, a field in a
place where it means something else) is left to feedparser: `read` returns None.
"""

from __future__ import annotations

import re
from contextlib import suppress
from xml.etree.ElementTree import Element, ParseError, XMLParser

from handlers.feed_parsed import ENTRIES, Piece, RawEntry, RawFeed

_PLAIN_SPACES = frozenset(
    {
        "",
        "http://backend.userland.com/rss",
        "http://backend.userland.com/rss2",
        "http://blogs.law.harvard.edu/tech/rss",
        "http://purl.org/rss/1.0/",
        "http://my.netscape.com/rdf/simple/0.9/",
        "http://purl.org/atom/ns#",
        "http://www.w3.org/2005/atom",
    }
)
_SPACES = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://search.yahoo.com/mrss/": "media",
    "http://search.yahoo.com/mrss": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
}
_KINDS = {
    "title": "title",
    "dc:title": "title",
    "link": "link",
    "guid": "guid",
    "id": "id",
    "description": "text",
    "dc:description": "text",
    "summary": "summary",
    "itunes:summary": "summary",
    "content": "content",
    "content:encoded": "encoded",
    "pubdate": "published",
    "published": "published",
    "issued": "published",
    "dcterms:issued": "published",
    "updated": "updated",
    "modified": "updated",
    "dc:date": "updated",
    "dcterms:modified": "updated",
    "media:title": "other title",
    "media:description": "other text",
    "itunes:title": "",
    "media:content": "",
}
_TEXTS: dict[str, bool | None] = {"text": True, "encoded": True, "summary": None, "content": None}
"""Which kinds hold what the entry says, and whether that is HTML when nobody says so."""

_TELLING = frozenset(
    {
        *("title", "link", "guid", "id", "description", "abstract", "summary", "content", "body", "encoded"),
        *("fullitem", "pubdate", "published", "issued", "updated", "modified", "lastbuilddate", "date"),
        *("item", "entry", "channel", "feed", "svg", "math"),
    }
)
"""Names that mean something to feedparser in some namespace: where we do not know that one, it is asked."""

_FIXED = re.compile(r"^([A-Za-z][A-Za-z0-9+-.]*://)(/*)(.*?)")
_MARKED = re.compile("[<&]")
_FALSE_ENTITY = re.compile("&([A-Za-z0-9_]+);")
_ITEMS = re.compile(r"<(?:item|entry)[\s/>]", re.IGNORECASE)
_CONTROLS = {number: bytes([number]).decode("cp1252", "replace") for number in range(0x80, 0xA0)}
_CONTROLS = {number: sign for number, sign in _CONTROLS.items() if sign != "\ufffd"}
_CONTROL = re.compile("[\x80-\x9f]")
_PACE = {"ttl": "ttl", "sy:updateperiod": "period", "sy:updatefrequency": "frequency"}


class _UnusualError(Exception):
    """Something that feedparser is better asked about."""


def read(text: str) -> RawFeed | None:
    """The feed in a text without declaration and DOCTYPE; None = let feedparser read it."""
    if "xml:base" in text:
        return None
    parser = XMLParser()  # noqa: S314 - entities were taken out, and this is a process that may be killed
    try:
        parser.feed(text)
        root = parser.close()
        return _Reader(text).read(root)
    except (ParseError, _UnusualError, ValueError, RecursionError):
        return None


def mended(text: str) -> str:
    """UTF-8 that was taken for Latin-1 and encoded once more is put right, as feedparser does."""
    if text.isascii():
        return text
    with suppress(UnicodeError):
        text = text.encode("iso-8859-1").decode("utf-8")
    return text.translate(_CONTROLS) if _CONTROL.search(text) else text


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._kinds: dict[str, str | None] = {}
        self._names: dict[str, str] = {}
        self._atom = False

    def read(self, root: Element) -> RawFeed:
        name = self._name(root.tag)
        if name not in {"rss", "feed", "rdf:rdf"}:
            raise _UnusualError
        self._atom = name == "feed"
        if name == "rdf:rdf" and "/2005/Atom" in self._text:
            raise _UnusualError  # feedparser may take it for Atom, depending on the order
        feed = RawFeed(language=root.get("{http://www.w3.org/XML/1998/namespace}lang", ""))
        channels = [root] if self._atom else [each for each in root if self._name(each.tag) == "channel"]
        if len(channels) != 1:
            raise _UnusualError
        items = [each for each in channels[0] if self._name(each.tag) in {"item", "entry"}]
        if name == "rdf:rdf":
            items += [each for each in root if self._name(each.tag) == "item"]
        if len(items) != len(_ITEMS.findall(self._text)):
            raise _UnusualError  # some stand elsewhere, or in a text
        self._head(channels[0], feed)
        feed.entries = [self._entry(item) for item in items[:ENTRIES]]
        return feed

    def _name(self, tag: str) -> str:
        """ "prefix:local" as feedparser says it, "?:local" in a namespace that we do not know."""
        found = self._names.get(tag)
        if found is None:
            space, _, local = tag.rpartition("}")
            space, local = space[1:].lower(), local.lower()
            found = local if space in _PLAIN_SPACES else f"{_SPACES.get(space, '?')}:{local}"
            if len(self._names) < 1000:
                self._names[tag] = found
        return found

    def _kind(self, tag: str) -> str:
        """What a child of an entry is to us, "" = nothing."""
        found = self._kinds.get(tag)
        if found is None:
            name = self._name(tag)
            found = _KINDS.get(name)
            if found is None:
                if name.rpartition(":")[2] in _TELLING:
                    raise _UnusualError
                found = ""
            if len(self._kinds) < 1000:
                self._kinds[tag] = found
        return found

    # ---- the feed itself

    def _head(self, channel: Element, feed: RawFeed) -> None:
        hours: list[str] = []
        for child in channel:
            name = self._name(child.tag)
            if name == "title" and not feed.title.text:
                if len(child):
                    raise _UnusualError
                feed.title = Piece(mended((child.text or "").strip()), self._is_html(child, None))
            elif name == "link":
                feed.link = _linked(child, feed.link)
            elif name in {"language", "dc:language"}:
                feed.language = (child.text or "").strip()
            elif name in _PACE:
                feed.pace[_PACE[name]] = (child.text or "").strip()
            elif name == "skiphours":
                hours = [(hour.text or "").strip() for hour in child if self._name(hour.tag) == "hour"]
        feed.skip_hours = tuple(hours)

    # ---- entries

    def _entry(self, item: Element) -> RawEntry:
        if item.get("href") or item.get("lastmod") or item.get("base"):
            raise _UnusualError
        made = _Made(RawEntry(guid=item.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about", "")))
        for child in item:
            kind = self._kind(child.tag)
            if len(child):
                self._look_inside(child, kind)
            if kind in _TEXTS:
                made.texts[kind] = made.texts.get(kind, 0) + 1
                html = self._is_html(child, _TEXTS[kind])
                made.entry.texts.append(Piece(mended((child.text or "").strip()), html))
            elif kind == "title":
                if made.entry.title.text:
                    raise _UnusualError  # which of two counts depends on what stands between them
                made.entry.title = Piece(mended((child.text or "").strip()), self._is_html(child, None))
            elif kind:
                made.take(kind, child)
        return made.whole()

    def _look_inside(self, child: Element, kind: str) -> None:
        if kind:
            raise _UnusualError  # markup that is not escaped
        for inner in child.iter():
            if inner is not child:
                self._not_telling(inner)

    def _not_telling(self, inner: Element) -> None:
        name = self._name(inner.tag)
        if name.rpartition(":")[2] in _TELLING and name not in {"media:content", "itunes:title"}:
            raise _UnusualError

    def _is_html(self, child: Element, default: bool | None) -> bool | None:
        """What the element says of its text; None = nobody says (RSS), False in Atom."""
        if child.get("mode") or child.get("base"):
            raise _UnusualError
        said = child.get("type")
        if said is None:
            return False if default is None and self._atom else default
        said = said.lower()
        if said in {"html", "text/html"}:
            return True
        if said in {"text", "plain", "text/plain"}:
            return False if self._atom else None
        raise _UnusualError


class _Made:
    """An entry while its elements are taken in, in their order: some mean something only by it."""

    def __init__(self, entry: RawEntry) -> None:
        self.entry = entry
        self.texts: dict[str, int] = {}
        self._linked = self._titled = self._named = False
        self._others: list[str] = []

    def take(self, kind: str, child: Element) -> None:
        """An element that is neither title nor text."""
        text = (child.text or "").strip()
        if kind == "link":
            before = self.entry.link
            self.entry.link = _linked(child, before)
            self._linked = self._linked or self.entry.link != before or child.get("href") is None
        elif kind in {"guid", "id"}:
            if self._named:
                raise _UnusualError  # which of two counts depends on what each says of itself
            text, self._named = mended(text), True
            said = child.get("isPermaLink") or child.get("ispermalink") or "true"
            self.entry.guid = fixed(text) if said == "true" else text
            if said == "true" and not self._linked:
                self.entry.link, self.entry.by_guid, self._linked = self.entry.guid, True, True
        elif kind == "published":
            self.entry.published = mended(text)
        elif kind == "updated":
            self.entry.updated = mended(text)
        elif kind == "other title":
            self._titled = self._titled or bool(text)
        elif kind == "other text":
            self._others.append(text)

    def whole(self) -> RawEntry:
        """The entry, unless feedparser would have let one of its texts take another's place."""
        contents = self.texts.get("content", 0) + self.texts.get("encoded", 0)
        summaries = self.texts.get("text", 0) + self.texts.get("summary", 0)
        texts = [piece.text for piece in self.entry.texts]
        if summaries > 1 or (self._titled and not self.entry.title.text):
            raise _UnusualError
        if len(set(texts)) < len(texts):
            raise _UnusualError  # the same once more is a copy, whose kind does not count
        if self._others and (contents or len(self._others) > 1 or self._hides(texts)):
            raise _UnusualError
        self.entry.by_guid = self.entry.by_guid and self.entry.link == self.entry.guid
        return self.entry

    def _hides(self, texts: list[str]) -> bool:
        """Whether a text of a kind that we do not take may stand in another's place: one of them is empty, or
        it may be longer than ours is without its markup.
        """
        longest = max(texts, key=len, default="")
        empty = not all((*texts, *self._others))
        return empty or len(self._others[0]) > len(longest) or bool(_MARKED.search(longest))


def _linked(child: Element, before: str) -> str:
    """The link after this element."""
    if child.get("base") or len(child):
        raise _UnusualError
    href = child.get("url") or child.get("uri") or child.get("href")
    if href is None and not ("url" in child.attrib or "uri" in child.attrib):
        text = (child.text or "").strip().replace("&amp;", "&")
        return mended(_FALSE_ENTITY.sub(r"&\g<1>", fixed(text)))
    if not href:
        raise _UnusualError
    kind = (child.get("type") or "text/html").lower()
    if (child.get("rel") or "alternate").lower() == "alternate" and kind in {
        "html", "xhtml", "text/html", "application/xhtml+xml",
    }:  # fmt: skip
        return fixed(href)
    return before


def fixed(address: str) -> str:
    """Without slashes too many behind the scheme."""
    return _FIXED.sub(r"\1\3", address)
