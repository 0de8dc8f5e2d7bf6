"""Builders: the smallest true story and edition, with any field replaced by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from store.feeds import Entry, Feed
from store.model import Edition, Mention, Story

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def a_story(story_id: str = "2017-W47-1", *, companies: Sequence[str] = ("meituan",), **fields: Any) -> Story:
    """A story "WEEK-ORDER". Every company's id is added to the body, so that its span is true."""
    edition, _, order = story_id.rpartition("-")
    number = int(order) if order.isdecimal() else 1
    story = Story(
        id=story_id,
        kind="story",
        title="동네 배달 앱이 새 지갑을 열다",
        body="음식 배달로 알려진 회사가 결제 서비스를 시작했다.",
        language="ko",
        edition=edition,
        order=number,
        source_url=f"https://news.example/{story_id}",
    )
    story = replace(story, **{name: value for name, value in fields.items() if name != "mentions"})
    mentions = []
    for company in companies:
        story = replace(story, body=f"{story.body} {company}")
        end = len(story.title) + 1 + len(story.body)
        mentions.append(Mention(company, company, (end - len(company), end)))
    return replace(story, mentions=fields.get("mentions", tuple(mentions)))


def an_edition(edition_id: str = "2017-W47", stories: Sequence[Story] = (), **fields: Any) -> Edition:
    """An edition that holds `stories`, imported at NOON and not published."""
    edition = Edition(
        id=edition_id,
        number=None,
        title=f"Jianbao {edition_id}",
        story_ids=tuple(story.id for story in stories),
        language="ko",
        imported_at=NOON,
    )
    return replace(edition, **fields)


def a_week(edition_id: str = "2017-W47", count: int = 3, **fields: Any) -> tuple[Edition, tuple[Story, ...]]:
    """An edition and its `count` stories, the app of the week first."""
    stories = tuple(
        a_story(f"{edition_id}-{order}", kind="app" if order == 1 else "story")
        for order in range(1, count + 1)
    )
    return an_edition(edition_id, stories, **fields), stories


def a_feed(url: str = "https://news.example/feed.xml", **fields: Any) -> Feed:
    """A feed that is due at NOON; its id is the store's to give."""
    return replace(Feed("", url, title="소식", language="zh", next_at=NOON), **fields)


def an_entry(number: int = 1, **fields: Any) -> Entry:
    """An entry of feed "1", seen at NOON; every number is another one."""
    url = f"https://news.example/{number}"
    entry = Entry("", "1", f"guid-{number}", url, url, f"제목 {number}", f"본문 {number}", NOON, "zh")
    return replace(entry, **fields)
