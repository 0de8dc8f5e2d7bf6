"""Our own links: which they are, and what each stands for."""

from __future__ import annotations

from typing import Any

import pytest

from bot.slack_unfurl import MOST, command_of, links

BASE = "https://pages.example/archive"


@pytest.mark.parametrize(
    ("url", "command"),
    [
        (f"{BASE}/c/meituan", "/company id:meituan"),
        (f"{BASE}/c/meituan/", "/company id:meituan"),
        (f"{BASE}/s/2017-W47-5?utm_source=x#top", "/story 2017-W47-5"),
        (f"{BASE}/e/2017-W47", "/digest 2017-W47"),
        ("HTTPS://PAGES.example/archive/e/2017-W47", "/digest 2017-W47"),
        (f"{BASE}/x/meituan", ""),
        (f"{BASE}/c/", ""),
        (f"{BASE}/c", ""),
        (BASE, ""),
        (f"{BASE}/c/meituan%0A/forget", ""),
        (f"{BASE}/c/a%20b", ""),
        (f"{BASE}/c/{'x' * 81}", ""),
        (f"{BASE}/c/../s/2017-W47-5", ""),
        ("https://pages.example/c/meituan", ""),
        ("http://pages.example/archive/c/meituan", ""),
        ("https://pages.example:8443/archive/c/meituan", ""),
        ("https://pages.example.evil.example/archive/c/meituan", ""),
        ("https://user@pages.example/archive/c/meituan", "/company id:meituan"),
        ("https://[broken/archive/c/meituan", ""),
        ("", ""),
    ],
)
def test_only_our_own_pages_stand_for_a_command(url: str, command: str) -> None:
    assert command_of(url, BASE) == command


@pytest.mark.parametrize("event", [{}, {"links": None}, {"links": ["x", {"url": 3}, {}]}, {"links": "x"}])
def test_an_event_of_any_shape_is_read(event: dict[str, Any]) -> None:
    assert list(links(event, BASE)) == []


def test_a_link_counts_once_and_a_message_of_links_is_cut() -> None:
    many = {"links": [{"url": f"{BASE}/c/c{n // 2}"} for n in range(40)]}
    assert [url for url, _ in links(many, BASE)] == [f"{BASE}/c/c{n}" for n in range(MOST)]
    assert list(links(many, "")) == []
