"""Feeds' documents: every kind and encoding, the fast reader beside feedparser, bounded and sane."""

from __future__ import annotations

# ruff: noqa: E501
import csv
import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from handlers import feed_fast
from handlers.errors import Refusal
from handlers.feed_bytes import xml_text
from handlers.feed_parsed import ENTRIES, TEXT, TITLE, FeedError, Parsed
from handlers.feed_reading import read_feed

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
URL = "https://news.example/feed.xml"
SHARED = Path(__file__).parents[2] / "shared" / "data" / "feeds"


def read(document: str | bytes, **options: object) -> Parsed:
    data = document.encode() if isinstance(document, str) else document
    return read_feed(data, **{"url": URL, "now": NOW, **options})  # type: ignore[arg-type]


def rss(items: str, head: str = "", attributes: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" {attributes}><channel>'
        f"<title>소식</title><link>https://news.example/</link>{head}{items}</channel></rss>"
    )


def atom(entries: str, head: str = "") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Feed</title>{head}{entries}</feed>'


# ---- kinds

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>F</title></channel>
<item rdf:about="https://news.example/1"><title>T</title><link>https://news.example/1</link>
<description>D</description><dc:date>2026-11-27T01:02:03Z</dc:date></item></rdf:RDF>"""
ATOM = atom(
    '<entry><id>i</id><title type="html">&lt;b&gt;T&lt;/b&gt;</title><link href="https://news.example/1"/>'
    '<content type="html">&lt;p&gt;D&lt;/p&gt;</content><updated>2026-11-27T01:02:03Z</updated></entry>'
)
RSS = rss(
    "<item><title>T</title><link>https://news.example/1</link><description>D</description>"
    "<pubDate>Fri, 27 Nov 2026 10:02:03 +0900</pubDate></item>"
)
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "F",
        "items": [
            {"id": "i", "url": "https://news.example/1", "title": "T", "content_html": "<p>D</p>",
             "date_published": "2026-11-27T01:02:03Z"}
        ],
    }
)  # fmt: skip


@pytest.mark.parametrize("document", [RSS, ATOM, RDF, JSON], ids=["rss", "atom", "rdf", "json"])
def test_every_kind_says_the_same(document: str) -> None:
    (entry,) = read(document).entries
    assert (entry.title, entry.url, entry.text) == ("T", "https://news.example/1", "D")
    assert entry.published == datetime(2026, 11, 27, 1, 2, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("document", "key"),
    [
        (b"", "error.feed_empty"),
        (b" \n\0", "error.feed_empty"),
        (b"a" * 5_000_001, "error.feed_too_large"),
        (b"<opml><body/></opml>", "error.feed_opml"),
        (b"<!doctype html><html><body>x</body></html>", "error.feed_html"),
        (b"just text", "error.feed_not_one"),
        (b"<svg/>", "error.feed_not_one"),
        (b"{}", "error.feed_not_one"),
        (b"{", "error.feed_broken"),
        (gzip.compress(gzip.compress(b"<rss/>", mtime=0), mtime=0), "error.feed_coding"),
        (b"<!DOCTYPE rss [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]><rss/>", "error.feed_entities"),
        (b"<!DOCTYPE rss [<!ENTITY a SYSTEM 'file:///x'>]><rss/>", "error.feed_entities"),
    ],
)
def test_what_is_no_feed_is_said(document: bytes, key: str) -> None:
    with pytest.raises(FeedError) as error:
        read(document)
    assert error.value.key == key


def test_a_page_names_its_feeds() -> None:
    page = (
        '<html><head><link rel="alternate" type="application/rss+xml" href="/a.xml">'
        "<link type='application/atom+xml' rel='alternate' href='https://other.example/b'>"
        '<link rel="stylesheet" href="/c"><link rel="alternate" type="application/rss+xml" href="/comments/feed">'
        "</head></html>"
    )
    with pytest.raises(FeedError) as error:
        read(page, url="https://news.example/x/")
    assert error.value.key == "error.feed_html_names"
    assert error.value.words["found"] == "https://news.example/a.xml https://other.example/b"


def test_an_honest_entity_is_kept_and_a_doctype_gone() -> None:
    found = read("<!DOCTYPE rss [<!ENTITY eacute '&#233;'>]><rss><channel><item><title>caf&eacute;</title></item>"
                 "</channel></rss>")  # fmt: skip
    assert found.entries[0].title == "café"


# ---- encodings

_KOREAN, _CHINESE, _TAIWAN = (
    "메이투안이 배달 로봇을 시험한다는 소식",
    "美团在中国的一个公司和配送机器人",
    "美團在中國的一個公司和配送機器人",
)


@pytest.mark.parametrize(
    ("text", "codec", "said", "header"),
    [
        (_KOREAN, "utf-8", "utf-8", ""),
        (_KOREAN, "utf-8", "euc-kr", ""),  # a false declaration
        (_KOREAN, "cp949", "euc-kr", ""),
        (_KOREAN, "cp949", "", "text/xml; charset=euc-kr"),
        (_KOREAN, "cp949", "euc-kr", "text/xml; charset=ISO-8859-1"),  # a server that knows nothing
        (_KOREAN, "cp949", "", ""),
        ("똠방각하 펲시콜라", "cp949", "euc-kr", ""),  # beyond KS X 1001
        (_CHINESE, "gb18030", "gb2312", ""),
        ("微信朱镕基和㐂", "gb18030", "gb2312", ""),  # beyond GB 2312
        (_CHINESE, "gb18030", "", ""),
        (_TAIWAN, "big5", "big5", ""),
        (_TAIWAN, "big5", "", ""),
        (_KOREAN, "utf-16", "utf-16", ""),
        (_KOREAN, "utf-16-le", "", ""),
        (_KOREAN, "utf-16-be", "utf-8", ""),
        (_KOREAN, "utf-8-sig", "euc-kr", ""),
        ("これはテストのニュースです", "cp932", "shift_jis", ""),
        ("Это новости о роботах", "cp1251", "windows-1251", ""),
        ("Это новости о роботах", "cp1251", "", ""),
        ("Já não é notícia", "cp1252", "iso-8859-1", ""),
        ("Já não é notícia", "cp1252", "", ""),
        ("Já não é “notícia”", "cp1252", "utf-8", ""),
    ],
)
def test_encodings_are_found(text: str, codec: str, said: str, header: str) -> None:
    declared = f' encoding="{said}"' if said else ""
    document = (
        f'<?xml version="1.0"{declared}?><rss><channel><item><title>{text}</title></item></channel></rss>'
    )
    assert read(document.encode(codec), content_type=header).entries[0].title == text


def test_a_byte_cut_in_two_spoils_one_letter_and_is_said() -> None:
    document = rss(f"<item><title>{_KOREAN * 3}</title></item>").encode()
    at = document.index("투".encode())
    found = read(document[: at + 1] + document[at + 2 :])
    assert found.entries[0].title.endswith(_KOREAN)
    assert [key for key, _ in found.problems] == ["feed.spoilt"]


@pytest.mark.parametrize("label", ["utf-7", "idna", "rot13", "hex", "nonsense", "undefined"])
def test_an_encoding_that_is_none_is_not_believed(label: str) -> None:
    text, _ = xml_text(f'<?xml version="1.0" encoding="{label}"?><rss>é</rss>'.encode("latin-1"))
    assert text == "<rss>é</rss>"


# ---- bounded and sane


def test_titles_texts_and_entries_are_bounded() -> None:
    items = f"<item><title>{'가' * 9000}</title><description>{'나' * 90_000}</description></item>"
    found = read(rss(items + "<item><title>t</title></item>" * (ENTRIES + 5)))
    assert len(found.entries) == ENTRIES
    assert (len(found.entries[0].title), len(found.entries[0].text)) == (TITLE, TEXT)
    assert ("feed.cut", (("count", str(ENTRIES)),)) in found.problems


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "http://", "http://[", "//", "", "x" * 3000]
)  # fmt: skip
def test_only_web_addresses_are_kept(link: str) -> None:
    (entry,) = read(rss(f"<item><title>t</title><link>{link}</link></item>")).entries
    assert entry.url in ("", "https://news.example/feed.xml")


def test_links_are_resolved_and_a_bare_number_is_no_link() -> None:
    items = "<item><link>/a?b=1&amp;c=2</link></item><item><title>x</title><guid>20221118000001</guid></item>"
    first, second = read(rss(items)).entries
    assert first.url == "https://news.example/a?b=1&c=2"
    assert (second.url, second.guid) == ("", "20221118000001")


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Fri, 31 Dec 9999 23:59:59 GMT", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("1" * 20_000, None),
        ("2026-11-28 21:00:00", datetime(2026, 11, 28, 12, tzinfo=UTC)),  # in the feed's own zone
        ("2026-11-28T21:00:00Z", datetime(2026, 11, 28, 21, tzinfo=UTC)),
        ("Sat, 28 Nov 2026 21:00 +0900", datetime(2026, 11, 28, 12, tzinfo=UTC)),
        ("28 Nov 26 21:00:00 KST", datetime(2026, 11, 28, 12, tzinfo=UTC)),
        ("2026.11.28", datetime(2026, 11, 27, 15, tzinfo=UTC)),
        ("sometime in May", None),
    ],
)
def test_dates_are_sane_and_in_the_feeds_zone(date: str, expected: datetime | None) -> None:
    found = read(rss(f"<item><title>t</title><pubDate>{date}</pubDate></item>"), zone="Asia/Seoul")
    assert found.entries[0].published == expected
    assert bool(found.problems) == (expected is None)


def test_html_is_plain_text_and_scripts_are_gone() -> None:
    html = escape(
        "<h1>제목</h1><p>첫&nbsp;줄<br>둘째 <b>줄</b></p><script>x()</script><style>y</style><p>끝</p>"
    )
    (entry,) = read(rss(f"<item><description>{html}</description></item>")).entries
    assert entry.text == "제목\n첫 줄\n둘째 줄\n끝"


def test_signs_that_nobody_sees_are_gone() -> None:
    (entry,) = read(rss("<item><title>a\u202eb\u200bc\u00add\x00&#0;&#xD800;</title></item>")).entries
    assert entry.title == "abcd"


def test_the_longest_text_is_taken() -> None:
    space = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    items = "<item><description>short</description><content:encoded>a longer text</content:encoded></item>"
    assert read(rss(items, attributes=space)).entries[0].text == "a longer text"


@pytest.mark.parametrize("fast", [True, False])
def test_of_two_texts_as_long_the_same_is_taken_in_every_order(fast: bool) -> None:
    space = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    one, other = "<description>b</description>", "<content:encoded>a</content:encoded>"
    for item in (one + other, other + one):
        document = rss(f"<item><title>t</title>{item}</item>", attributes=space)
        assert read(document.encode(), fast=fast).entries[0].text == "b"


def test_a_guid_that_several_have_names_none() -> None:
    found = read(
        rss("<item><guid>same</guid></item><item><guid>same</guid></item><item><guid>own</guid></item>")
    )
    assert [entry.guid for entry in found.entries] == ["", "", "own"]


def test_a_feed_says_how_often_to_come() -> None:
    space = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
    head = "<ttl>90</ttl><skipHours><hour>3</hour><hour>24</hour><hour>x</hour></skipHours>"
    found = read(rss("", head))
    assert (found.lifetime, found.skip_hours) == (5400, (0, 3))
    twice = "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>"
    assert read(rss("", twice, space)).lifetime == 43_200
    assert read(rss("", "<ttl>-5</ttl>")).lifetime == 0


# ---- the fast reader beside feedparser


def both(document: bytes) -> tuple[object, object]:
    def once(*, fast: bool) -> object:
        try:
            return read(document, fast=fast)
        except Refusal as error:
            return error.key

    return once(fast=True), once(fast=False)


def shared_feeds() -> list[Path]:
    return sorted(path for path in SHARED.glob("*") if path.name != "SOURCES.tsv") if SHARED.is_dir() else []


@pytest.mark.skipif(not SHARED.is_dir(), reason="no collection of real feeds beside this checkout")
@pytest.mark.parametrize("path", shared_feeds(), ids=lambda path: path.name[:3])
def test_a_real_feed_is_read_whole_and_alike(path: Path) -> None:
    """At least as many entries as feedparser counts; the fast reader finds what the slow one finds."""
    with (SHARED / "SOURCES.tsv").open(encoding="utf-8") as file:
        rows = {row["file"]: row for row in csv.DictReader(file, delimiter="\t")}
    data = path.read_bytes()
    fast, slow = both(data)
    assert fast == slow
    count = len(fast.entries) if isinstance(fast, Parsed) else 0
    assert count >= int(rows[path.name]["feedparser_entries"] or 0)
    if isinstance(fast, Parsed):
        said = "".join(entry.title + entry.text for entry in fast.entries)
        assert said.count("\ufffd") <= len(said) // 200


@pytest.mark.skipif(not SHARED.is_dir(), reason="no collection of real feeds beside this checkout")
def test_most_real_feeds_are_read_the_fast_way() -> None:
    fast = 0
    feeds = [path for path in shared_feeds() if path.suffix in {".xml", ".rss", ".atom"}]
    for path in feeds:
        try:
            fast += feed_fast.read(xml_text(path.read_bytes())[0]) is not None
        except Refusal:
            continue
    assert fast / len(feeds) > 0.7


_texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
_html = st.lists(
    st.sampled_from(["<p>", "</p>", "<b>x</b>", "&amp;", "&nbsp;", "글", " 字 ", "<br/>", "a < b", "&copy;"])
)
_dates = st.datetimes(datetime(1985, 1, 1), datetime(2030, 1, 1)).map(
    lambda moment: moment.strftime("%a, %d %b %Y %H:%M:%S +0900")
) | st.sampled_from(["", "2026-11-28", "nonsense", "2026-11-28T01:02:03Z", "20261128"])
_links = st.sampled_from(
    ["https://news.example/1", "/2", "", " https://a.example/?a=1&b=2 ", "javascript:x", "http:////x"]
)


@st.composite
def _items(draw: st.DrawFn) -> str:
    """An item with children in any order, some of them twice or foreign."""
    made: dict[str, Callable[[], str]] = {
        "title": lambda: f"<title>{escape(draw(_texts))}</title>",
        "html title": lambda: f"<title>{escape(''.join(draw(_html)))}</title>",
        "link": lambda: f"<link>{escape(draw(_links))}</link>",
        "atom link": lambda: f"<a:link href={quoteattr(draw(_links))} rel='{draw(st.sampled_from(['alternate', 'self', 'enclosure']))}'/>",
        "guid": lambda: f"<guid isPermaLink='{draw(st.sampled_from(['true', 'false']))}'>{escape(draw(_links | _texts))}</guid>",
        "description": lambda: f"<description>{escape(''.join(draw(_html)))}</description>",
        "cdata": lambda: f"<description><![CDATA[{''.join(draw(_html))}]]></description>",
        "content": lambda: f"<c:encoded>{escape(''.join(draw(_html)) + draw(_texts))}</c:encoded>",
        "inline": lambda: "<description><p>not escaped</p></description>",
        "date": lambda: f"<pubDate>{draw(_dates)}</pubDate>",
        "dc date": lambda: f"<dc:date>{draw(_dates)}</dc:date>",
        "creator": lambda: f"<dc:creator>{escape(draw(_texts))}</dc:creator>",
        "author": lambda: f"<author>{escape(draw(_texts))}</author>",
        "media": lambda: f"<m:group><m:content url='x'/><m:title>{escape(draw(_texts))}</m:title></m:group>",
        "media text": lambda: f"<m:description>{escape(draw(_texts))}</m:description>",
        "source": lambda: f"<source url='x'>{escape(draw(_texts))}</source>",
        "category": lambda: f"<category>{escape(draw(_texts))}</category>",
        "foreign": lambda: f"<f:title xmlns:f='https://foreign.example/'>{escape(draw(_texts))}</f:title>",
        "summary": lambda: f"<i:summary>{escape(draw(_texts))}</i:summary>",
        "enclosure": lambda: "<enclosure url='https://news.example/a.mp3' type='audio/mpeg'/>",
        "image": lambda: "<image><url>https://news.example/i.png</url></image>",
    }  # fmt: skip
    names = draw(st.lists(st.sampled_from(sorted(made)), max_size=8))
    return f"<item>{''.join(made[name]() for name in names)}</item>"


_SPACES = (
    'xmlns:a="http://www.w3.org/2005/Atom" xmlns:c="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:m="http://search.yahoo.com/mrss/" '
    'xmlns:i="http://www.itunes.com/dtds/podcast-1.0.dtd"'
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_items(), max_size=4))
def test_made_rss_is_read_alike(items: list[str]) -> None:
    fast, slow = both(rss("".join(items), attributes=_SPACES).encode())
    assert fast == slow


@st.composite
def _atom_entries(draw: st.DrawFn) -> str:
    kind = st.sampled_from(["", " type='text'", " type='html'", " type='text/html'", " type='image/png'"])
    made: dict[str, Callable[[], str]] = {
        "id": lambda: f"<id>{escape(draw(_links | _texts))}</id>",
        "title": lambda: f"<title{draw(kind)}>{escape(''.join(draw(_html)))}</title>",
        "link": lambda: f"<link href={quoteattr(draw(_links))}/>",
        "rel link": lambda: f"<link rel='{draw(st.sampled_from(['alternate', 'edit', 'self']))}' type='text/html' href='/x'/>",
        "content": lambda: f"<content{draw(kind)}>{escape(''.join(draw(_html)))}</content>",
        "xhtml": lambda: "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>a</p>b</div></content>",
        "summary": lambda: f"<summary{draw(kind)}>{escape(''.join(draw(_html)))}</summary>",
        "published": lambda: f"<published>{draw(_dates)}</published>",
        "updated": lambda: f"<updated>{draw(_dates)}</updated>",
        "author": lambda: f"<author><name>{escape(draw(_texts))}</name></author>",
        "source": lambda: "<source><title>other</title><id>x</id></source>",
    }  # fmt: skip
    names = draw(st.lists(st.sampled_from(sorted(made)), max_size=7))
    return f"<entry>{''.join(made[name]() for name in names)}</entry>"


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_atom_entries(), max_size=4))
def test_made_atom_is_read_alike(entries: list[str]) -> None:
    fast, slow = both(atom("".join(entries)).encode())
    assert fast == slow


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=300))
def test_any_bytes_end_with_a_feed_or_a_reason(data: bytes) -> None:
    for document in (data, b"<rss><channel><item>" + data, b'{"items":[' + data):
        fast, _ = both(document)
        assert isinstance(fast, Parsed | str)


def test_a_date_two_days_ahead_is_believed_and_later_is_not() -> None:
    def published(ahead: timedelta) -> datetime | None:
        date = (NOW + ahead).isoformat()
        return read(rss(f"<item><title>t</title><pubDate>{date}</pubDate></item>")).entries[0].published

    assert published(timedelta(hours=47)) == NOW + timedelta(hours=47)
    assert published(timedelta(hours=49)) is None
