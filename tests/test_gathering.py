"""Gathering a week: others get their turn on the way, and what changes meanwhile is not lost or doubled."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from handlers.newsroom.desk import Desk, draft_of, freeze, publish_due
from handlers.newsroom.gathering import pages, stories_since
from store.newsroom import Membership
from tests.wire import DUE, SUNDAY, a_desk, bring, reported, wire

WEEK_AGO = SUNDAY - timedelta(days=7)


async def turns_beside(work: asyncio.Task[object]) -> int:
    """How often another task had its turn until this was done."""
    count = 0
    while not work.done():
        await asyncio.sleep(0)
        count += 1
    await work
    return count


async def test_a_draft_leaves_turns_to_others(tmp_path: Path) -> None:
    """One a story and one a page of entries at least: no stretch of work grows with the week."""
    store = a_desk(tmp_path, *wire()).store
    stories = [each async for each in stories_since(store, WEEK_AGO)]
    turns = await turns_beside(asyncio.create_task(draft_of(store, now=SUNDAY)))
    assert turns >= len(stories) + len(wire()) // 20


def test_the_pages_hold_every_entry_with_its_story(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, *wire())
    assert desk.store.feeds is not None
    found: dict[str, str] = {}
    ids = []
    for page, story_of in pages(desk.store, desk.store.feeds, WEEK_AGO):
        ids += [entry.id for entry in page]
        found |= story_of
    assert ids == [str(number) for number in range(1, len(wire()) + 1)]
    assert found == {m.entry: m.story for m in desk.store.ledger.memberships_from("", limit=1000)}


async def test_two_who_press_at_once_make_one_edition_of_the_week(tmp_path: Path) -> None:
    store = a_desk(tmp_path, *wire()).store

    async def press() -> int:
        draft = await draft_of(store, now=SUNDAY)
        if draft.placed:
            freeze(store, draft, now=SUNDAY)
        return len(draft.placed)

    assert sorted(await asyncio.gather(press(), press())) == [0, 15]
    assert [edition.id for edition in store.library.editions(limit=10)] == ["2026-W48"]


async def test_the_clock_gives_way_to_an_editor_who_is_faster(tmp_path: Path) -> None:
    store = a_desk(tmp_path, *wire(), editor="none").store

    async def editor() -> None:
        freeze(store, await draft_of(store, now=DUE), now=DUE)

    _, published = await asyncio.gather(editor(), publish_due(store, now=DUE))
    assert published is None
    assert [edition.id for edition in store.library.editions(limit=10)] == ["2026-W48"]


async def test_a_story_of_an_entry_that_nobody_read_yet_waits(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, *wire()[:3])
    assert desk.store.feeds is not None
    desk.store.feeds.put([], [replace(reported(900, "late", "메이투안 소식", "글"), seen_at=SUNDAY)])
    found = [each async for each in stories_since(desk.store, WEEK_AGO)]
    assert {entry.id for each in found for entry in each.entries} == {"1", "2", "3"}


async def test_groups_come_back_a_page_a_step_and_the_new_entry_joins_its_story(tmp_path: Path) -> None:
    *first, last = wire()
    begun = a_desk(tmp_path, *first)
    assert begun.store.feeds is not None
    begun.store.feeds.put([], [replace(last, id="")])
    again, steps = Desk(begun.store), 0
    while await again.step_aside(SUNDAY):
        steps += 1
    assert steps == len(first) // 20 + 2  # the pages, and the entry
    whole = a_desk(tmp_path / "whole", *wire())
    joined = begun.store.ledger.memberships_from(str(len(wire())))
    assert joined == whole.store.ledger.memberships_from(str(len(wire())))
    assert isinstance(joined[0], Membership)


def test_a_step_with_nothing_to_do_does_nothing(tmp_path: Path) -> None:
    desk = a_desk(tmp_path)
    assert not desk.step(SUNDAY)
    bring(desk, *wire()[:1])
    assert not desk.step(SUNDAY)
