"""From entries to a published edition: read once, grouped, drafted when due, published by the clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.newsroom import desk as desk_module
from handlers.newsroom.desk import Desk, draft_of, freeze, publish_due
from handlers.newsroom.edition import MOST, SOURCE
from handlers.newsroom.gathering import interest_of
from handlers.newsroom.signs import family
from store.catalogue import load
from store.model import Chat, Subscriber, SubscriberState
from store.newsroom import Choice
from tests.build import a_story, an_edition
from tests.wire import DUE, SUNDAY, a_desk, bring, reported, wire


def test_what_feeds_bring_is_understood_once_and_grouped(tmp_path: Path) -> None:
    entries = wire()
    desk = a_desk(tmp_path, *entries)
    assert desk.store.feeds is not None
    first = desk.store.feeds.entry("1")
    assert first is not None
    assert first.mentions
    assert first.language
    assert desk.store.ledger.last_grouped() == str(len(entries))
    assert not desk.step(SUNDAY)  # nothing waits


def test_a_restart_forgets_no_story(tmp_path: Path) -> None:
    entries = wire()
    half = len(entries) // 2
    desk = a_desk(tmp_path / "one", *entries)
    begun = a_desk(tmp_path / "two", *entries[:half])
    again = Desk(begun.store)
    bring(again, *entries[half:])
    every = {m.entry: m.story for m in desk.store.ledger.memberships_from("", limit=1000)}
    assert {m.entry: m.story for m in again.store.ledger.memberships_from("", limit=1000)} == every


def test_an_entry_that_breaks_its_reader_does_not_hold_up_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(entry: object, *_: object, **__: object) -> object:
        raise RecursionError

    monkeypatch.setattr(desk_module, "understood", breaks)
    desk = a_desk(tmp_path, *wire()[:3])
    assert desk.store.ledger.last_grouped() == "3"


async def test_the_draft_is_diverse_and_sections_follow_each_other(tmp_path: Path) -> None:
    draft = await draft_of(a_desk(tmp_path, *wire()).store, now=SUNDAY)
    assert draft.week == "2026-W48"
    assert len(draft.placed) == MOST
    sections = [one.section for one in draft.placed if not one.app]
    assert sections == sorted(sections, key=sections.index)  # each section in one piece
    houses = [family(one.coverage.companies[0], load()) for one in draft.placed]
    assert max(houses.count(house) for house in houses) <= 3
    assert all(one.ranked.reasons for one in draft.placed)


async def test_nothing_is_published_without_being_asked_for(tmp_path: Path) -> None:
    assert await publish_due(a_desk(tmp_path, *wire()).store, now=DUE) is None


async def test_the_clock_publishes_once_an_hour_before_the_slot(tmp_path: Path) -> None:
    store = a_desk(tmp_path, *wire(), editor="none").store
    assert await publish_due(store, now=DUE - timedelta(minutes=1)) is None
    edition = await publish_due(store, now=DUE)
    assert edition is not None
    assert (edition.id, edition.source, edition.published_at) == ("2026-W48", SOURCE, DUE)
    assert store.library.newest_published(until=DUE) == edition
    stories = store.library.stories_of(edition.id)
    assert [story.id for story in stories] == [f"2026-W48-{n}" for n in range(1, MOST + 1)]
    assert any(len(story.also) >= 2 for story in stories)
    for later in (DUE + timedelta(minutes=5), DUE + timedelta(hours=3)):
        assert await publish_due(store, now=later) is None


async def test_a_bot_that_was_down_at_the_slot_still_publishes_for_a_while(tmp_path: Path) -> None:
    store = a_desk(tmp_path, *wire(), editor="none").store
    assert await publish_due(store, now=DUE + timedelta(hours=14)) is None
    edition = await publish_due(store, now=DUE + timedelta(hours=12))
    assert edition is not None
    assert edition.id == "2026-W48"


async def test_an_edition_of_that_week_from_elsewhere_is_not_doubled(tmp_path: Path) -> None:
    store = a_desk(tmp_path, *wire(), editor="none").store
    story = a_story("2026-W48-1")
    store.library.put_edition(an_edition("2026-W48", [story], published_at=DUE), [story])
    assert await publish_due(store, now=DUE) is None


async def test_auto_leaves_a_draft_that_an_editor_touched_to_the_editor(tmp_path: Path) -> None:
    store = a_desk(tmp_path, *wire(), editor="auto").store
    dropped = (await draft_of(store, now=SUNDAY)).placed[0].coverage.id
    store.ledger.choose(Choice("2026-W48", dropped, "drop", "", "telegram:1/7", SUNDAY))
    assert await publish_due(store, now=DUE) is None
    object.__setattr__(store, "defaults", replace(store.defaults, editor="none"))
    edition = await publish_due(store, now=DUE)
    assert edition is not None
    assert dropped not in {c.story for c in store.ledger.choices("2026-W49")}


async def test_too_little_news_is_no_edition(tmp_path: Path) -> None:
    two = (
        reported(1, "a", "메이투안에 벌금", "당국이 메이투안에 20만 위안의 벌금을 매겼다."),
        reported(2, "b", "Xiaomi recalls 5,000 cars", "Xiaomi recalls 5,000 cars in China."),
    )
    assert await publish_due(a_desk(tmp_path, *two, editor="none").store, now=DUE) is None


async def test_what_was_published_does_not_come_again(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, *wire(), editor="none")
    first = await publish_due(desk.store, now=DUE)
    assert first is not None
    text = "유니트리가 42억 위안을 모아 상하이에 상장했다."
    late = reported(900, "late", "유니트리 상장 첫날 161% 급등", text, hours=40)
    bring(desk, late)
    draft = await draft_of(desk.store, now=DUE + timedelta(days=1))
    assert "유니트리 상장 첫날 161% 급등" not in {one.coverage.face("ko").title for one in draft.placed}


async def test_followed_companies_come_forward(tmp_path: Path) -> None:
    store = a_desk(tmp_path, *wire()).store
    before = [one.coverage.id for one in (await draft_of(store, now=SUNDAY)).placed]
    spare = (await draft_of(store, now=SUNDAY)).spare
    popmart = next(each.coverage.id for each in spare if each.coverage.companies[:1] == ("popmart",))
    assert popmart not in before
    chat = Subscriber(Chat("telegram", "100", "7"), follows=("popmart",), state=SubscriberState.ACTIVE)
    store.ledger.put_subscriber(chat)
    assert (await interest_of(store)).follows == {"popmart": 1.0}
    [placed] = [one for one in (await draft_of(store, now=SUNDAY)).placed if one.coverage.id == popmart]
    assert placed.ranked.reasons[0].kind in {"outlets", "followed"}
    assert "followed" in {reason.kind for reason in placed.ranked.reasons}


async def test_votes_on_a_companys_stories_count_for_its_next_ones(tmp_path: Path) -> None:
    store = a_desk(tmp_path, *wire()).store
    edition = freeze(store, await draft_of(store, now=SUNDAY), now=SUNDAY)
    story = store.library.stories_of(edition.id)[0]
    for voter in range(6):
        store.ledger.vote(story.id, bytes([voter]), -1, at=SUNDAY)
    assert (await interest_of(store)).votes[story.companies[0]].down == 6
