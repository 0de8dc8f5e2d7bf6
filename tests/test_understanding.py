"""An entry understood: its language, companies and figures, and where its page stands."""

from __future__ import annotations

import pytest

from handlers.newsroom.understanding import language_of, outlet_of, page_of, understood
from store.catalogue import load
from tests.build import an_entry


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("메이투안(美团), 어러머(饿了么) 인수", "ko"),
        ("AI O2O IT 시대", "ko"),
        ("小米SU7 Ultra发布 搭载HyperEngine V8s", "zh"),
        ("Meituan 美团 raises its forecast for the year", "en"),
        ("シャオミの新しいスマートフォン", None),
        ("2026 11 23 🎉", None),
    ],
)  # fmt: skip
def test_the_language_is_told_by_the_script(text: str, language: str | None) -> None:
    assert language_of(text) == language


def test_a_text_that_tells_no_language_has_its_feeds() -> None:
    assert understood(an_entry(1, title="100!", text="", language=""), load(), language="ko").language == "ko"
    assert understood(an_entry(1, title="100!", text="", language=""), load(), language="fr").language == ""


def test_spans_are_into_title_and_text() -> None:
    read = understood(
        an_entry(1, title="메이투안에 벌금", text="당국이 메이투안에 20만 위안을 물렸다."), load()
    )
    whole = f"{read.title}\n{read.text}"
    assert {whole[slice(*m.span)] for m in read.mentions} == {"메이투안"}
    assert [whole[slice(*f.span)] for f in read.figures] == ["20만 위안"]


@pytest.mark.parametrize(
    "url",
    [
        "https://news.example/a/1",
        "http://www.news.example/a/1/?utm_source=rss&utm_medium=x#top",
        "https://m.news.example/a/1?from=share",
        "https://news.example/a/1/amp",
        "https://amp.news.example/a/1?outputType=amp",
        "https://news-example.cdn.ampproject.org/c/s/news.example/a/1/amp/",
        "https://news.example/amp/a/1",
    ],
)
def test_all_views_of_a_page_have_one_name(url: str) -> None:
    assert page_of(url) == "news.example/a/1"


def test_other_pages_have_other_names() -> None:
    assert page_of("https://news.example/a?id=1") != page_of("https://news.example/a?id=2")
    assert page_of("https://m.example/a/1") == "m.example/a/1"  # a host that is called m
    assert page_of("javascript:alert(1)") == ""


def test_an_outlet_is_the_pages_host_else_the_feed() -> None:
    assert outlet_of(an_entry(1, canonical_url="https://m.news.example/x")) == "news.example"
    assert outlet_of(an_entry(1, url="", canonical_url="", feed="7")) == "feed:7"
