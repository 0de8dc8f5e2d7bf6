"""The weekly decision: once a chat and week, whatever the clock, the process and people do."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from handlers.schedule import week_of
from handlers.slots import Book, Skip, Wait, decide
from handlers.subscription import mended, suspend
from handlers.weekly import (
    Planned,
    activate,
    deactivate,
    mend,
    pause,
    plan,
    reschedule,
    resume,
    send_now,
)
from store.bundle import Defaults, Store
from store.ledger import Ledger
from store.model import Chat, DeliveryState, Edition, Schedule, Story, Subscriber, SubscriberState
from store.sqlite import open_ledger
from tests.build import a_story, a_week
from tests.fake_door import Crash, Fuse, World, a_world

SLOT = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)  # Monday 09:00 in Seoul
WEEK = timedelta(days=7)
HOUR = timedelta(hours=1)
CHAT = Chat("telegram", "7", "-100")
DEFAULTS = Defaults()


def chat(**fields: object) -> Subscriber:
    made = Subscriber(CHAT, state=SubscriberState.ACTIVE, next_at=SLOT, last_week="2026-W47")
    return replace(made, **fields)  # type: ignore[arg-type]


EDITION, STORIES = a_week("2026-W47", published_at=SLOT - HOUR)


def decided(
    subscriber: Subscriber,
    now: datetime = SLOT,
    newest: Edition | None = EDITION,
    stories: tuple[Story, ...] = STORIES,
    held: tuple[str, ...] = (),
) -> object:
    return decide(subscriber, newest, stories, held=held, now=now, defaults=DEFAULTS)


# the decision


def test_a_due_chat_gets_the_newest_edition() -> None:
    assert decided(chat()) == Book(SLOT, "2026-W47")
    assert decided(chat(), SLOT - timedelta(seconds=1)) is None
    assert decided(chat(state=SubscriberState.PAUSED)) is None


@pytest.mark.parametrize("last", ["2026-W47", "2026-W48", "2026-W47-b"])
def test_an_edition_not_newer_than_the_last_is_waited_out_and_then_skipped(last: str) -> None:
    got = chat(last_edition=last)
    assert decided(got) == Wait(SLOT, "reason.no_new_edition", SLOT + DEFAULTS.late)
    assert decided(got, SLOT + DEFAULTS.late) == Skip(SLOT, "reason.no_new_edition")


def test_an_edition_the_chat_was_sent_outside_its_slot_is_not_sent_again() -> None:
    assert decided(chat(), held=("2026-W47",)) == Wait(SLOT, "reason.no_new_edition", SLOT + DEFAULTS.late)


def test_nothing_published_at_all_is_empty() -> None:
    assert decided(chat(), newest=None, stories=()) == Wait(SLOT, "reason.empty", SLOT + DEFAULTS.late)
    assert decided(chat(), SLOT + DEFAULTS.late, newest=None) == Skip(SLOT, "reason.empty")
    assert decided(chat(), stories=()) == Skip(SLOT, "reason.empty")


def test_an_edition_about_muted_companies_alone_is_skipped_as_muted() -> None:
    one, two = a_story("2026-W47-1", companies=["didi"]), a_story("2026-W47-2", companies=["didi", "meituan"])
    nobody = a_story("2026-W47-3", companies=[])
    assert decided(chat(mutes=("didi", "meituan")), stories=(one, two)) == Skip(SLOT, "reason.muted")
    assert decided(chat(mutes=("didi",)), stories=(one, two)) == Book(SLOT, "2026-W47")
    assert decided(chat(mutes=("didi", "meituan")), stories=(one, nobody)) == Book(SLOT, "2026-W47")


def test_a_slot_is_caught_up_while_fresh_and_skipped_as_stale_after() -> None:
    assert decided(chat(), SLOT + DEFAULTS.fresh) == Book(SLOT, "2026-W47")
    assert decided(chat(), SLOT + DEFAULTS.fresh + timedelta(seconds=1)) == Skip(SLOT, "reason.stale")


def test_a_missed_slot_without_a_new_edition_is_not_blamed_on_the_bot() -> None:
    late = SLOT + DEFAULTS.fresh + timedelta(seconds=1)
    assert decided(chat(last_edition="2026-W47"), late) == Skip(SLOT, "reason.no_new_edition")
    assert decided(chat(), late, newest=None) == Skip(SLOT, "reason.empty")


def test_of_several_missed_weeks_the_older_are_one_stale_skip() -> None:
    now = SLOT + 3 * WEEK + HOUR
    assert decided(chat(), now) == Skip(SLOT, "reason.stale", until=SLOT + 3 * WEEK)


# the plan


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path, now=SLOT) as made:
        yield made


def rows(world: World) -> list[tuple[str, str, str]]:
    return sorted((d.week, d.state.value, d.edition or d.reason) for d in world.ledger.deliveries(limit=1000))


def test_a_booking_and_the_next_time_are_written_together(world: World) -> None:
    world.shelf.publish("2026-W47", SLOT - HOUR)
    world.ledger.put_subscriber(chat())
    planned = plan(world.store, now=SLOT)
    assert [(d.week, d.edition, d.due) for d in planned.booked] == [("2026-W48", "2026-W47", SLOT)]
    assert world.ledger.subscriber(CHAT) == chat(
        next_at=SLOT + WEEK, last_week="2026-W48", last_edition="2026-W47"
    )
    assert plan(world.store, now=SLOT) == Planned()
    assert rows(world) == [("2026-W48", "planned", "2026-W47")]


def test_a_dry_run_decides_the_same_and_writes_nothing(world: World) -> None:
    world.shelf.publish("2026-W47", SLOT - HOUR)
    world.ledger.put_subscriber(chat(next_at=SLOT - 2 * WEEK))
    paused = chat(
        chat=replace(CHAT, id="p"), state=SubscriberState.PAUSED, paused_until=SLOT - HOUR, next_at=None
    )
    world.ledger.put_subscriber(paused)
    before = world.ledger.subscribers()
    dry = plan(world.store, now=SLOT, dry_run=True)
    assert (world.ledger.subscribers(), rows(world)) == (before, [])
    wet = plan(world.store, now=SLOT)
    assert {(d.chat, d.week) for d in dry.booked} == {(d.chat, d.week) for d in wet.booked}
    assert set(dry.skipped) == set(wet.skipped)
    assert len(wet.booked) == 2


def test_an_edition_published_some_hours_late_still_goes_out(world: World) -> None:
    world.ledger.put_subscriber(chat())
    waiting = plan(world.store, now=SLOT)
    assert [(s.reason, s.final) for s in waiting.skipped] == [("reason.empty", False)]
    assert rows(world) == []
    world.shelf.publish("2026-W47", SLOT + 3 * HOUR)
    assert [d.week for d in plan(world.store, now=SLOT + 4 * HOUR).booked] == ["2026-W48"]


def test_an_edition_published_too_late_waits_for_the_next_slot(world: World) -> None:
    world.ledger.put_subscriber(chat())
    world.shelf.publish("2026-W47", SLOT + 13 * HOUR)
    skipped = plan(world.store, now=SLOT + 14 * HOUR).skipped
    assert [(s.reason, s.final) for s in skipped] == [("reason.empty", True)]
    assert [d.week for d in plan(world.store, now=SLOT + WEEK).booked] == ["2026-W49"]


def test_fifteen_days_down_is_one_stale_line_and_one_decision(world: World) -> None:
    world.shelf.publish("2026-W47", SLOT - HOUR)
    world.ledger.put_subscriber(chat())
    planned = plan(world.store, now=SLOT + timedelta(days=15))
    assert rows(world) == [("2026-W48", "skipped", "reason.stale"), ("2026-W50", "planned", "2026-W47")]
    assert [(s.week, s.reason, s.final) for s in planned.skipped] == [("2026-W48", "reason.stale", True)]
    assert [d.due for d in planned.booked] == [SLOT + 2 * WEEK]


def test_a_clock_ten_years_ahead_decides_once_and_all_goes_on_when_it_is_right_again(
    world: World,
) -> None:
    world.shelf.publish("2026-W47", SLOT - HOUR)
    world.ledger.put_subscriber(chat())
    ahead = SLOT + timedelta(days=3653)
    plan(world.store, now=ahead)
    plan(world.store, now=ahead)
    assert Counter(state for _, state, _ in rows(world)) == {"skipped": 2}
    assert plan(world.store, now=SLOT + HOUR) == Planned()
    mended_chat = world.ledger.subscriber(CHAT)
    assert mended_chat is not None
    assert mended_chat.next_at == SLOT + WEEK
    world.shelf.publish("2026-W48", SLOT + HOUR)
    assert [d.week for d in plan(world.store, now=SLOT + WEEK).booked] == ["2026-W49"]


def test_a_clock_set_back_an_hour_or_to_1970_sends_nothing_twice(world: World) -> None:
    world.shelf.publish("2026-W47", SLOT - HOUR)
    world.ledger.put_subscriber(chat())
    plan(world.store, now=SLOT)
    for now in (SLOT - HOUR, datetime(1970, 1, 1, tzinfo=UTC), SLOT, SLOT + HOUR):
        assert plan(world.store, now=now).booked == ()
    assert len(rows(world)) == 1


def test_a_week_that_is_recorded_already_only_moves_the_chat_on(world: World) -> None:
    world.shelf.publish("2026-W47", SLOT - HOUR)
    world.ledger.put_subscriber(chat())
    plan(world.store, now=SLOT)
    world.shelf.publish("2026-W48", SLOT)
    world.ledger.put_subscriber(chat(last_week=""))  # a settings backup brought back
    assert plan(world.store, now=SLOT).booked == ()
    now_on = world.ledger.subscriber(CHAT)
    assert now_on is not None
    assert (now_on.next_at, now_on.last_week) == (SLOT + WEEK, "2026-W48")


def test_a_pause_that_ran_out_while_the_bot_was_down_loses_no_fresh_slot(world: World) -> None:
    world.shelf.publish("2026-W47", SLOT - HOUR)
    world.ledger.put_subscriber(pause(chat(), SLOT - 9 * HOUR))
    assert [d.due for d in plan(world.store, now=SLOT + 3 * HOUR).booked] == [SLOT]


def test_a_pause_without_an_end_stays(world: World) -> None:
    world.shelf.publish("2026-W47", SLOT - HOUR)
    world.ledger.put_subscriber(pause(chat(), None))
    assert plan(world.store, now=SLOT + 10 * WEEK) == Planned()


def test_chats_that_wait_do_not_hide_those_behind_them(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.weekly._PAGE", 4)
    world.shelf.publish("2026-W47", SLOT - HOUR)
    for number in range(9):
        waiting = chat(chat=replace(CHAT, id=f"w{number}"), last_edition="2026-W47")
        world.ledger.put_subscriber(replace(waiting, next_at=SLOT - HOUR))
    world.ledger.put_subscriber(chat())
    planned = plan(world.store, now=SLOT)
    assert [d.chat for d in planned.booked] == [CHAT]
    assert len(planned.skipped) == 9


def test_a_limit_leaves_the_rest_due(world: World) -> None:
    world.shelf.publish("2026-W47", SLOT - HOUR)
    for number in range(5):
        world.ledger.put_subscriber(chat(chat=replace(CHAT, id=str(number))))
    assert [len(plan(world.store, now=SLOT, limit=2).booked) for _ in range(4)] == [2, 2, 1, 0]


def test_a_chat_that_cannot_be_planned_does_not_stop_the_others(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.shelf.publish("2026-W47", SLOT - HOUR)
    world.ledger.put_subscriber(chat(chat=replace(CHAT, id="bad"), schedule=Schedule(zone="Mars/Olympus")))
    world.ledger.put_subscriber(chat())
    planned = plan(world.store, now=SLOT)
    assert [d.chat for d in planned.booked] == [CHAT]
    assert [(s.chat.id, s.reason, s.final) for s in planned.skipped] == [("bad", "reason.error", False)]
    assert "cannot plan" in caplog.text


def test_two_processes_plan_a_slot_once(world: World) -> None:
    world.shelf.publish("2026-W47", SLOT - HOUR)
    world.ledger.put_subscriber(chat())
    other = open_ledger(world.folder)

    class Slow(Fuse):
        """Another process plans between our look and our bookings."""

        def __getattr__(self, name: str) -> object:
            if name == "transaction":
                plan(world.store_on(other), now=SLOT)
            return getattr(self._ledger, name)

    ours = plan(world.store_on(_as_ledger(Slow(world.ledger, 0, ""))), now=SLOT)
    assert ours.booked == ()
    assert len(rows(world)) == 1
    assert world.ledger.subscriber(CHAT) == chat(
        next_at=SLOT + WEEK, last_week="2026-W48", last_edition="2026-W47"
    )
    other.close()


def test_send_now_is_its_own_slot_and_a_double_tap_is_one(world: World) -> None:
    edition = world.shelf.publish("2026-W47", SLOT - HOUR)
    world.ledger.put_subscriber(chat())
    first = send_now(world.store, CHAT, edition, now=SLOT - HOUR)
    assert send_now(world.store, CHAT, edition, now=SLOT).edition == first.edition
    assert [row[0] for row in rows(world)] == ["2026-W48+2026-W47"]
    world.ledger.settle(first, DeliveryState.FAILED, at=SLOT)
    assert send_now(world.store, CHAT, edition, now=SLOT).week == "2026-W48+2026-W47+2"
    assert world.ledger.subscriber(CHAT) == chat()


# how a subscription changes


def test_subscribing_again_in_the_same_week_never_sends_twice() -> None:
    got = chat(next_at=SLOT + WEEK, last_week="2026-W48")
    again = activate(deactivate(got), Schedule(weekday=4), SLOT + HOUR)
    assert again.next_at is not None
    assert week_of(again.next_at, "Asia/Seoul") == "2026-W49"
    assert (again.last_week, again.created_at) == ("2026-W48", SLOT + HOUR)


def test_moving_a_week_forward_by_zone_is_still_one_a_week() -> None:
    sent_in_seoul = chat(next_at=SLOT + WEEK, last_week="2026-W48", schedule=Schedule(0, 0, 30))
    changed = reschedule(sent_in_seoul, Schedule(0, 0, 30, "Pacific/Honolulu"), SLOT)
    assert changed.next_at is not None
    assert week_of(changed.next_at, "Pacific/Honolulu") == "2026-W49"


def test_a_push_that_is_due_survives_a_new_schedule() -> None:
    now = SLOT + HOUR
    earlier = reschedule(chat(), Schedule(0, 8, 0), now)
    assert earlier.next_at == SLOT
    later = reschedule(chat(), Schedule(1, 8, 0), now)
    assert later.next_at == SLOT + timedelta(hours=23)
    assert reschedule(deactivate(chat()), Schedule(1), now).next_at is None


def test_suspending_concerns_active_chats_alone_and_keeps_settings() -> None:
    gone = suspend(chat(follows=("meituan",)), "reason.blocked")
    assert (gone.state, gone.reason, gone.next_at) == (SubscriberState.SUSPENDED, "reason.blocked", None)
    assert gone.follows == ("meituan",)
    assert suspend(pause(chat(), None), "reason.blocked").state is SubscriberState.PAUSED
    back = resume(gone, SLOT + HOUR)
    assert (back.state, back.reason, back.follows) == (SubscriberState.ACTIVE, "", ("meituan",))


def test_only_a_time_that_cannot_be_right_is_mended(world: World) -> None:
    fine = chat(next_at=SLOT + 2 * WEEK)
    assert mended(fine, SLOT) == fine
    lost, far = chat(next_at=None), chat(next_at=SLOT + 500 * WEEK, last_week="2036-W20")
    assert mended(lost, SLOT).next_at == SLOT + WEEK or mended(lost, SLOT - HOUR).next_at == SLOT
    assert mended(far, SLOT).next_at is not None
    assert mended(far, SLOT).last_week == "2026-W48"
    world.ledger.put_subscriber(far)
    assert (mend(world.store, now=SLOT), mend(world.store, now=SLOT)) == (1, 0)


# everything at once


def _as_ledger(fuse: Fuse) -> Ledger:
    return cast("Ledger", fuse)


class Weeks(RuleBasedStateMachine):
    """People, editors, clocks and crashes in any order; the ledger's rows are the witness."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(Path(self.folder.name), now=SLOT - 3 * HOUR)
        self.world.ledger.put_subscriber(Subscriber(CHAT))
        self.editions = 0
        self.booked: Counter[str] = Counter()

    def teardown(self) -> None:
        self.world.ledger.close()
        self.folder.cleanup()

    def _now(self) -> Subscriber:
        found = self.world.ledger.subscriber(CHAT)
        assert found is not None
        return found

    @rule(hours=st.integers(1, 100))
    def time_passes(self, hours: int) -> None:
        self.world.later(hours=hours)

    @rule(hours=st.integers(-200, 2000))
    def the_clock_jumps(self, hours: int) -> None:
        self.world.later(hours=hours)

    @rule()
    def an_edition_comes_out(self) -> None:
        self.editions += 1
        self.world.shelf.publish(f"2026-W{self.editions:03d}", self.world.now)

    @rule(
        day=st.integers(0, 6),
        hour=st.integers(0, 23),
        zone=st.sampled_from(["Asia/Seoul", "Pacific/Honolulu", "Pacific/Kiritimati", "Europe/London"]),
    )
    def somebody_subscribes(self, day: int, hour: int, zone: str) -> None:
        schedule = Schedule(day, hour, 0, zone)
        self.world.ledger.put_subscriber(activate(self._now(), schedule, self.world.now))

    @rule()
    def somebody_unsubscribes(self) -> None:
        self.world.ledger.put_subscriber(deactivate(self._now()))

    @rule(hours=st.integers(1, 300))
    def somebody_pauses(self, hours: int) -> None:
        self.world.ledger.put_subscriber(pause(self._now(), self.world.now + timedelta(hours=hours)))

    @rule()
    def somebody_resumes(self) -> None:
        self.world.ledger.put_subscriber(resume(self._now(), self.world.now))

    @rule()
    def the_bell_rings(self) -> None:
        self._plan(self.world.store)

    @rule(nth=st.integers(1, 6), where=st.sampled_from(["before", "after"]))
    def the_bell_rings_and_the_process_dies(self, nth: int, where: str) -> None:
        fuse = Fuse(self.world.ledger, nth, where)
        try:
            self._plan(self.world.store_on(_as_ledger(fuse)))
        except Crash:
            self.world.reopen()
            mend(self.world.store, now=self.world.now)

    @rule()
    def the_process_restarts(self) -> None:
        self.world.reopen()

    @precondition(lambda self: self._now().state is SubscriberState.ACTIVE)
    @rule()
    def the_slot_comes_with_a_new_edition(self) -> None:
        """Due, fresh and published: then there is a row for the week, never none."""
        self._plan(self.world.store)
        due = self._now().next_at
        assert due is not None
        if due < self.world.now:
            return
        self.world.now = due
        self.an_edition_comes_out()
        zone = self._now().schedule.zone
        before = self._row_weeks()
        self._plan(self.world.store)
        found = [d for d in self.world.ledger.deliveries(CHAT, limit=1000) if d.week == week_of(due, zone)]
        assert len(found) == 1
        assert week_of(due, zone) in before or found[0].state is DeliveryState.PLANNED

    def _row_weeks(self) -> set[str]:
        return {d.week for d in self.world.ledger.deliveries(CHAT, limit=1000)}

    def _plan(self, store: Store) -> None:
        for delivery in plan(store, now=self.world.now).booked:
            self.booked[delivery.week] += 1
            assert delivery.due <= self.world.now

    @invariant()
    def never_two_of_one_week(self) -> None:
        assert not [week for week, count in self.booked.items() if count > 1]
        weeks = Counter(d.week for d in self.world.ledger.deliveries(CHAT, limit=1000))
        assert not [week for week, count in weeks.items() if count > 1]

    @invariant()
    def no_edition_is_booked_twice(self) -> None:
        found = self.world.ledger.deliveries(CHAT, state=DeliveryState.PLANNED, limit=1000)
        editions = Counter(d.edition for d in found)
        assert not [edition for edition, count in editions.items() if count > 1]

    @invariant()
    def active_means_a_next_time(self) -> None:
        now = self._now()
        assert (now.next_at is not None) == (now.state is SubscriberState.ACTIVE)


Weeks.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestWeeks = Weeks.TestCase
