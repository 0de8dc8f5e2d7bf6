"""The contract of every Ledger, and what is SQLite's own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from random import Random
from typing import cast

import pytest

import store.sqlite
from store.errors import StoreDamaged, StoreFull, StoreLocked, StoreNewer
from store.installation import Installation, InstallState
from store.ledger import AuditLine, Ledger
from store.model import Chat, Delivery, DeliveryState, Schedule, Subscriber, SubscriberState
from store.sqlite import _STEPS, SqliteLedger, open_ledger

NOW = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
NEXT = NOW + timedelta(days=7)
CHAT = Chat("telegram", "7", "-100")
OTHER = replace(CHAT, id="-200")
WEEK = "2026-W48"

Open = Callable[[Path], Ledger]


@pytest.fixture(params=[open_ledger], ids=["sqlite"])
def opener(request: pytest.FixtureRequest) -> Open:
    return cast("Open", request.param)


@pytest.fixture
def ledger(opener: Open, tmp_path: Path) -> Iterator[Ledger]:
    opened = opener(tmp_path)
    yield opened
    opened.close()


def active(chat: Chat = CHAT, **fields: object) -> Subscriber:
    return replace(Subscriber(chat, state=SubscriberState.ACTIVE, next_at=NOW), **fields)  # type: ignore[arg-type]


def booking(chat: Chat = CHAT, week: str = WEEK, **fields: object) -> Delivery:
    made = Delivery(chat, week, "2026-W47", 0, 0, DeliveryState.PLANNED, NOW, updated_at=NOW)
    return replace(made, **fields)  # type: ignore[arg-type]


def booked(ledger: Ledger, chat: Chat = CHAT, parts: int = 3, week: str = WEEK) -> tuple[Delivery, ...]:
    assert ledger.book(Subscriber(chat), booking(chat, week), expected_next_at=None)
    return ledger.write_parts(booking(chat, week), [f"part {n}" for n in range(parts)])


def raw(ledger: Ledger) -> sqlite3.Connection:
    assert isinstance(ledger, SqliteLedger)
    return ledger._db


# chats


class _UndoneError(Exception):
    pass


CHANGES: dict[str, Callable[[Ledger], object]] = {
    "put": lambda ledger: ledger.put_subscriber(active(language="zh")),
    "moved": lambda ledger: ledger.move_chat(CHAT, "-100999", at=NOW),
    "forgotten": lambda ledger: ledger.forget(CHAT),
    "sql": lambda ledger: raw(ledger).execute("UPDATE subscribers SET language = 'zh'"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_of_any_kind_is_read_at_once_and_an_undone_one_never(
    ledger: Ledger, change: Callable[[Ledger], object]
) -> None:
    before = active(language="ko")
    ledger.put_subscriber(before)
    assert ledger.subscriber(CHAT) is ledger.subscriber(CHAT)
    assert ledger.receive("telegram:1", "{}", at=NOW)
    known = ledger.subscriber(CHAT)
    assert known == before
    if change is not CHANGES["forgotten"]:  # that is more than a transaction
        with suppress(_UndoneError), ledger.transaction():
            change(ledger)
            assert ledger.subscriber(CHAT) != before
            raise _UndoneError
        assert ledger.subscriber(CHAT) == before
    change(ledger)
    assert ledger.subscriber(CHAT) != before


def test_what_another_process_writes_is_read(opener: Open, ledger: Ledger, tmp_path: Path) -> None:
    assert ledger.subscriber(CHAT) is None
    ledger.put_subscriber(active(language="ko"))
    assert ledger.subscriber(CHAT) == ledger.subscriber(CHAT) == active(language="ko")
    other = opener(tmp_path)
    other.put_subscriber(active(language="en"))
    other.close()
    assert ledger.subscriber(CHAT) == active(language="en")
    ledger.forget(CHAT)
    assert ledger.subscriber(CHAT) is None


def test_a_chat_that_never_changed_anything_has_no_subscriber(ledger: Ledger) -> None:
    assert ledger.subscriber(CHAT) is None
    assert ledger.next_due() is None


def test_every_field_of_a_subscriber_comes_back_as_it_was_put(
    ledger: Ledger, opener: Open, tmp_path: Path
) -> None:
    full = Subscriber(
        chat=replace(CHAT, thread="9"),
        language="zh",
        schedule=Schedule(6, 23, 59, "Pacific/Apia"),
        state=SubscriberState.SUSPENDED,
        follows=("meituan", "bytedance"),
        mutes=("나쁜 회사",),
        length="full",
        silent=True,
        policy="at_least_once",
        managers="everyone",
        paused_until=NOW + timedelta(microseconds=1),
        next_at=NEXT,
        last_week="2026-W47",
        last_edition="2026-W47-b",
        created_at=NOW - timedelta(days=10_000),
        reason="reason.blocked",
        quiet="23:30-07:00",
        layout="rich",
    )
    ledger.put_subscriber(full)
    assert ledger.subscriber(full.chat) == full
    assert ledger.subscriber(CHAT) is None
    ledger.close()
    again = opener(tmp_path)
    assert again.subscriber(full.chat) == full
    again.close()


def test_times_come_back_in_utc_whatever_zone_they_had(ledger: Ledger) -> None:
    seoul = timezone(timedelta(hours=9))
    ledger.put_subscriber(active(next_at=NOW.astimezone(seoul)))
    kept = ledger.subscriber(CHAT)
    assert kept is not None
    assert kept.next_at == NOW
    assert kept.next_at.tzinfo is UTC


def test_chats_are_listed_by_their_text_form_and_counted_by_platform_and_state(ledger: Ledger) -> None:
    chats = [Chat("telegram", "7", "2"), Chat("slack", "T1", "C9"), Chat("telegram", "7", "10", "3")]
    for chat in chats:
        ledger.put_subscriber(active(chat))
    ledger.put_subscriber(Subscriber(Chat("slack", "T1", "C1")))
    listed = [str(s.chat) for s in ledger.subscribers()]
    assert listed == sorted(listed)
    assert len(ledger.subscribers(state=SubscriberState.ACTIVE)) == 3
    assert [str(s.chat) for s in ledger.subscribers(offset=1, limit=2)] == listed[1:3]
    assert ledger.subscriber_counts() == {
        ("telegram", SubscriberState.ACTIVE): 2,
        ("slack", SubscriberState.ACTIVE): 1,
        ("slack", SubscriberState.NONE): 1,
    }


def test_due_chats_are_active_and_the_longest_waiting_come_first(ledger: Ledger) -> None:
    for number, late in enumerate((1, 3, 2)):
        ledger.put_subscriber(active(Chat("telegram", "7", str(number)), next_at=NOW - timedelta(hours=late)))
    ledger.put_subscriber(active(Chat("telegram", "7", "later"), next_at=NEXT))
    paused = active(Chat("telegram", "7", "paused"), state=SubscriberState.PAUSED)
    ledger.put_subscriber(paused)
    assert [s.chat.id for s in ledger.due_subscribers(NOW)] == ["1", "2", "0"]
    assert [s.chat.id for s in ledger.due_subscribers(NOW, limit=1)] == ["1"]
    assert ledger.next_due() == NOW - timedelta(hours=3)


# bookings


def test_a_slot_is_booked_once_and_moves_the_chat_on_with_it(ledger: Ledger) -> None:
    ledger.put_subscriber(active())
    after = active(next_at=NEXT, last_week=WEEK, last_edition="2026-W47")
    assert ledger.book(after, booking(), expected_next_at=NOW)
    assert ledger.subscriber(CHAT) == after
    assert ledger.deliveries(CHAT) == (booking(),)
    assert not ledger.book(after, booking(), expected_next_at=NOW)


def test_a_slot_that_is_recorded_is_refused_even_when_the_time_would_match(ledger: Ledger) -> None:
    ledger.put_subscriber(active())
    assert ledger.book(active(next_at=NEXT), booking(), expected_next_at=NOW)
    ledger.put_subscriber(active())  # as if a clock or a person had set it back
    assert not ledger.book(active(next_at=NEXT), booking(), expected_next_at=NOW)
    assert ledger.subscriber(CHAT) == active()
    assert len(ledger.deliveries(CHAT)) == 1


def test_a_chat_whose_next_time_has_changed_is_not_booked(ledger: Ledger) -> None:
    rescheduled = active(next_at=NEXT, language="en")
    ledger.put_subscriber(rescheduled)
    assert not ledger.book(active(next_at=NEXT + timedelta(days=7)), booking(), expected_next_at=NOW)
    assert ledger.subscriber(CHAT) == rescheduled
    assert ledger.deliveries() == ()


def test_a_chat_without_settings_cannot_be_booked_for_a_slot(ledger: Ledger) -> None:
    assert not ledger.book(active(), booking(), expected_next_at=NOW)
    assert ledger.subscriber(CHAT) is None
    assert ledger.deliveries() == ()
    assert ledger.move_chat(CHAT, "-200", at=NOW) == 0


def test_an_extra_push_leaves_the_chat_as_it_is(ledger: Ledger) -> None:
    assert ledger.book(active(next_at=NEXT), booking(week=f"{WEEK}+x"), expected_next_at=None)
    assert ledger.subscriber(CHAT) is None
    assert not ledger.book(active(), booking(week=f"{WEEK}+x"), expected_next_at=None)
    assert len(ledger.due_deliveries(NOW)) == 1


def test_parts_are_written_once_and_stay_as_they_were_first(ledger: Ledger) -> None:
    first = booked(ledger)
    assert [(d.part, d.parts, d.content, d.state) for d in first] == [
        (n, 3, f"part {n}", DeliveryState.PLANNED) for n in range(3)
    ]
    assert ledger.write_parts(booking(), ["other", "words"]) == first
    assert ledger.deliveries(CHAT) == first


def test_a_claimed_booking_can_be_written_and_a_settled_one_cannot(ledger: Ledger) -> None:
    assert ledger.book(Subscriber(CHAT), booking(), expected_next_at=None)
    claimed = ledger.mark_sending(booking(), at=NOW)
    assert claimed is not None
    assert [d.attempts for d in ledger.write_parts(claimed, ["a", "b"])] == [0, 0]
    skipped = booking(week="2026-W49", state=DeliveryState.SKIPPED, reason="reason.muted")
    assert ledger.book(Subscriber(CHAT), skipped, expected_next_at=None)
    assert ledger.write_parts(skipped, ["a"]) == (skipped,)


@pytest.mark.parametrize("count", [1, 3])
def test_a_digest_that_is_begun_at_once_is_as_if_written_and_marked(ledger: Ledger, count: int) -> None:
    contents = [f"part {n}" for n in range(count)]
    for chat in (CHAT, OTHER):
        assert ledger.book(Subscriber(chat), booking(chat), expected_next_at=None)
    begun = ledger.begin_parts(booking(), contents, at=NOW)
    marked = ledger.mark_sending(ledger.write_parts(booking(OTHER), contents)[0], at=NOW)
    assert begun is not None
    assert marked == replace(begun, chat=OTHER)
    rows = [ledger.deliveries(chat) for chat in (CHAT, OTHER)]
    assert rows[1] == tuple(replace(row, chat=OTHER) for row in rows[0])
    assert [row.state for row in rows[0]] == [DeliveryState.SENDING] + [DeliveryState.PLANNED] * (count - 1)
    assert [ledger.may_have_gone(part) for part in (begun, marked)] == [False, False]
    ledger.mark_go(begun)
    assert [ledger.may_have_gone(part) for part in (begun, marked)] == [True, False]


def test_only_an_untried_booking_is_begun_at_once(ledger: Ledger) -> None:
    """What another process sends, or has sent, is not taken for ours; a moved chat's is left to others."""
    assert ledger.book(Subscriber(CHAT), booking(), expected_next_at=None)
    assert ledger.begin_parts(booking(), ["a"], at=NOW) is not None
    before = ledger.deliveries(CHAT)
    assert ledger.begin_parts(booking(), ["b"], at=NOW) is None
    assert ledger.deliveries(CHAT) == before
    assert ledger.book(Subscriber(OTHER), booking(OTHER), expected_next_at=None)
    claimed = ledger.mark_sending(booking(OTHER), at=NOW)
    assert claimed is not None
    assert ledger.begin_parts(claimed, ["a"], at=NOW) is None
    ledger.settle(claimed, DeliveryState.PLANNED, at=NOW, due=NOW)
    assert ledger.begin_parts(claimed, ["a"], at=NOW) is None
    ledger.put_subscriber(active())
    ledger.move_chat(OTHER, "-900", at=NOW)
    assert ledger.begin_parts(booking(OTHER), ["a"], at=NOW) is None


def test_several_chats_are_read_as_one_by_one(ledger: Ledger) -> None:
    chats = [replace(CHAT, id=f"-{number}", thread="7" * (number % 2)) for number in range(1, 9)]
    for number, chat in enumerate(chats[::2]):
        ledger.put_subscriber(active(chat=chat, follows=("meituan",) * (number % 2)))
    found = ledger.subscribers_of(chats)
    assert {chat: found.get(chat) for chat in chats} == {chat: ledger.subscriber(chat) for chat in chats}
    assert len(found) == 4
    assert ledger.subscribers_of([]) == {}


def test_only_the_first_open_part_of_a_digest_is_due(ledger: Ledger) -> None:
    parts = booked(ledger)
    assert ledger.due_deliveries(NOW) == parts[:1]
    assert ledger.due_deliveries(NOW - timedelta(seconds=1)) == ()
    assert ledger.mark_sending(parts[0], at=NOW) is not None
    assert ledger.due_deliveries(NOW) == ()
    for state in (DeliveryState.UNKNOWN, DeliveryState.FAILED):
        head = next(
            d for d in ledger.deliveries(CHAT) if d.state in {DeliveryState.SENDING, DeliveryState.PLANNED}
        )
        ledger.settle(head, state, at=NOW)
    assert [d.part for d in ledger.due_deliveries(NOW)] == [2]


def test_due_parts_come_oldest_first_over_all_chats(ledger: Ledger) -> None:
    for number, late in enumerate((0, 2, 1)):
        chat = Chat("telegram", "7", str(number))
        ledger.book(Subscriber(chat), booking(chat, due=NOW - timedelta(hours=late)), expected_next_at=None)
    assert [d.chat.id for d in ledger.due_deliveries(NOW)] == ["1", "2", "0"]
    assert len(ledger.due_deliveries(NOW, limit=2)) == 2
    assert ledger.next_due() == NOW - timedelta(hours=2)


def test_a_part_is_claimed_by_one_and_its_attempts_are_counted(ledger: Ledger) -> None:
    part = booked(ledger)[0]
    claimed = ledger.mark_sending(part, at=NOW)
    assert claimed == replace(part, state=DeliveryState.SENDING, attempts=1, updated_at=NOW)
    assert ledger.mark_sending(part, at=NOW) is None
    assert ledger.interrupted() == (claimed,)
    ledger.settle(part, DeliveryState.PLANNED, at=NOW, reason="reason.waiting", due=NEXT)
    waiting = ledger.deliveries(CHAT)[0]
    assert (waiting.state, waiting.due, waiting.reason) == (DeliveryState.PLANNED, NEXT, "reason.waiting")
    assert waiting.content == "part 0"
    assert ledger.mark_sending(part, at=NOW).attempts == 2  # type: ignore[union-attr]


def test_a_sent_part_stays_sent(ledger: Ledger) -> None:
    part = booked(ledger)[0]
    ledger.settle(part, DeliveryState.SENT, at=NOW, message_id="42")
    ledger.settle(part, DeliveryState.UNKNOWN, at=NEXT, reason="reason.interrupted")
    kept = ledger.deliveries(state=DeliveryState.SENT)
    assert [(d.state, d.message_id, d.updated_at) for d in kept] == [(DeliveryState.SENT, "42", NOW)]


def test_the_rest_of_a_digest_is_dropped_and_no_other_chats(ledger: Ledger) -> None:
    other = Chat("telegram", "7", "other")
    parts, others = booked(ledger), booked(ledger, other)
    assert ledger.drop_rest(parts[0], at=NOW, reason="reason.gone") == 2
    assert [d.state for d in ledger.deliveries(CHAT)] == [
        DeliveryState.PLANNED,
        DeliveryState.FAILED,
        DeliveryState.FAILED,
    ]
    assert ledger.deliveries(other) == others


def test_deliveries_come_newest_slot_first_then_by_part(ledger: Ledger) -> None:
    booked(ledger, week="2026-W52")
    booked(ledger, week="2027-W01", parts=2)
    assert [(d.week, d.part) for d in ledger.deliveries(CHAT, limit=4)] == [
        ("2027-W01", 0),
        ("2027-W01", 1),
        ("2026-W52", 0),
        ("2026-W52", 1),
    ]
    assert ledger.deliveries(replace(CHAT, thread="1")) == ()
    assert len(ledger.deliveries(state=DeliveryState.PLANNED)) == 5
    assert ledger.delivery_counts() == {DeliveryState.PLANNED: 5}


# a chat that moves


def test_a_moved_chat_takes_settings_deliveries_and_threads_along(ledger: Ledger) -> None:
    topic = replace(CHAT, thread="5")
    ledger.put_subscriber(active(follows=("meituan",)))
    ledger.put_subscriber(active(topic, follows=("didi",)))
    parts = booked(ledger)
    assert ledger.move_chat(CHAT, "-200", at=NOW) == 2
    new = replace(CHAT, id="-200")
    assert ledger.subscriber(new) == active(new, follows=("meituan",))
    assert ledger.subscriber(replace(topic, id="-200")) == active(
        replace(topic, id="-200"), follows=("didi",)
    )
    assert ledger.subscriber(CHAT) is None
    assert ledger.deliveries(new) == tuple(replace(d, chat=new) for d in parts)
    assert [str(s.chat) for s in ledger.subscribers()] == ["telegram:7:-200", "telegram:7:-200:5"]


def test_a_move_that_is_told_twice_is_done_once(ledger: Ledger) -> None:
    ledger.put_subscriber(active())
    assert ledger.move_chat(CHAT, "-200", at=NOW) == 1
    assert ledger.move_chat(CHAT, "-200", at=NOW) == 0
    assert ledger.move_chat(CHAT, CHAT.id, at=NOW) == 0


def test_what_was_in_flight_under_the_old_id_is_settled_under_the_new(ledger: Ledger) -> None:
    sending = ledger.mark_sending(booked(ledger)[0], at=NOW)
    assert sending is not None
    ledger.move_chat(CHAT, "-200", at=NOW)
    ledger.settle(sending, DeliveryState.SENT, at=NOW, message_id="1")
    assert ledger.interrupted() == ()
    assert ledger.deliveries(state=DeliveryState.SENT)[0].chat.id == "-200"


def test_where_both_chats_subscribed_one_subscription_is_left_with_the_old_settings(ledger: Ledger) -> None:
    new = replace(CHAT, id="-200")
    ledger.put_subscriber(active(language="ko", last_week="2026-W46"))
    ledger.put_subscriber(active(new, language="en", last_week="2026-W48", last_edition="2026-W47"))
    assert ledger.move_chat(CHAT, "-200", at=NOW) == 1
    assert ledger.subscribers() == (
        active(new, language="ko", last_week="2026-W48", last_edition="2026-W47"),
    )


def test_a_subscription_that_only_the_new_chat_has_is_not_lost(ledger: Ledger) -> None:
    new = replace(CHAT, id="-200")
    ledger.put_subscriber(Subscriber(CHAT, follows=("meituan",)))
    ledger.put_subscriber(active(new))
    ledger.move_chat(CHAT, "-200", at=NOW)
    assert ledger.subscriber(new) == active(new, follows=("meituan",))


def test_a_week_that_both_chats_have_is_delivered_once(ledger: Ledger) -> None:
    new = replace(CHAT, id="-200")
    booked(ledger)
    theirs = booked(ledger, new)
    ledger.settle(theirs[0], DeliveryState.SENT, at=NOW, message_id="1")
    ledger.move_chat(CHAT, "-200", at=NOW)
    assert [(d.part, d.state) for d in ledger.deliveries()] == [
        (0, DeliveryState.SENT),
        (1, DeliveryState.PLANNED),
        (2, DeliveryState.PLANNED),
    ]


def test_a_week_that_was_begun_in_the_old_chat_goes_on_in_the_new(ledger: Ledger) -> None:
    new = replace(CHAT, id="-200")
    ours = booked(ledger)
    ledger.mark_sending(ours[0], at=NOW)
    ledger.settle(ours[0], DeliveryState.SENT, at=NOW, message_id="1")
    booked(ledger, new, parts=2)
    ledger.move_chat(CHAT, "-200", at=NOW)
    assert [(d.part, d.parts, d.message_id) for d in ledger.deliveries()] == [
        (0, 3, "1"),
        (1, 3, ""),
        (2, 3, ""),
    ]


# forgetting


def test_forgetting_a_chat_erases_its_threads_and_leaves_the_others(ledger: Ledger) -> None:
    topic, other = replace(CHAT, thread="5"), replace(CHAT, id="-1001")
    for chat in (CHAT, topic, other):
        ledger.put_subscriber(active(chat))
        booked(ledger, chat)
        ledger.note(AuditLine(NOW, "telegram:7/1", "subscribe", f"{chat} x"))
    ledger.forget(topic)
    assert ledger.subscriber(CHAT) is not None
    assert ledger.subscriber(topic) is None
    ledger.forget(CHAT)
    assert [s.chat for s in ledger.subscribers()] == [other]
    assert {d.chat for d in ledger.deliveries()} == {other}
    assert [line.detail for line in ledger.audit()] == [f"{other} x"]


def test_forgotten_bytes_are_in_no_file(ledger: Ledger, tmp_path: Path) -> None:
    """Pages that were split and merged on the way keep no copy; with this seed one did, without VACUUM."""
    random = Random(11)
    chats = [Chat("telegram", "7", f"CANARY{number:04d}") for number in range(40)]
    for _ in range(300):
        chat = random.choice(chats)
        choice = random.randrange(4)
        if choice < 2:
            ledger.put_subscriber(
                Subscriber(chat, follows=tuple(f"{chat.id}{n}" for n in range(random.randrange(40))))
            )
        elif choice == 2:
            week = f"2026-W{random.randrange(10, 50)}"
            ledger.book(Subscriber(chat), booking(chat, week), expected_next_at=None)
            ledger.write_parts(booking(chat, week), [chat.id * random.randrange(1, 300)])
        else:
            for row in ledger.deliveries(chat):
                ledger.settle(row, DeliveryState.SENT, at=NOW, message_id=chat.id)
    for chat in chats[:20]:
        ledger.forget(chat)
    data = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not [chat.id for chat in chats[:20] if chat.id.encode() in data]
    assert chats[39].id.encode() in data


# the inbox and small things


def test_an_update_is_received_once_and_handled_once(ledger: Ledger) -> None:
    assert ledger.receive("telegram:1", "one", at=NOW)
    assert ledger.receive("telegram:2", "two", at=NOW)
    assert not ledger.receive("telegram:1", "again", at=NOW)
    assert ledger.unhandled() == (("telegram:1", "one"), ("telegram:2", "two"))
    assert ledger.unhandled(limit=1) == (("telegram:1", "one"),)
    ledger.handled("telegram:1", at=NOW)
    assert ledger.unhandled() == (("telegram:2", "two"),)
    assert not ledger.receive("telegram:1", "again", at=NOW)


def test_a_token_stands_for_a_command_and_is_short(ledger: Ledger) -> None:
    token = ledger.keep_command("/search " + "배달" * 100, at=NOW)
    assert token.isascii()
    assert len(token) <= 16
    for later in (timedelta(hours=23), timedelta(days=2)):
        assert ledger.keep_command("/search " + "배달" * 100, at=NOW + later) == token
    ledger.prune(now=NOW + timedelta(days=91))
    assert ledger.command_of(token)  # it was given out again two days after
    ledger.prune(now=NOW + timedelta(days=93))
    assert ledger.command_of(token) is None
    token = ledger.keep_command("/search " + "배달" * 100, at=NOW)
    assert ledger.keep_command("/help", at=NOW) != token
    assert ledger.command_of(token) == "/search " + "배달" * 100
    assert ledger.command_of("unknown") is None


def test_a_secret_is_made_once_and_kept(ledger: Ledger, opener: Open, tmp_path: Path) -> None:
    secret = ledger.secret("buttons")
    assert len(secret) == 32
    assert ledger.secret("buttons") == secret
    assert ledger.secret("other") != secret
    ledger.close()
    again = opener(tmp_path)
    assert again.secret("buttons") == secret
    again.close()


def test_drafts_are_kept_replaced_and_dropped(ledger: Ledger) -> None:
    assert ledger.draft("a") is None
    ledger.keep_draft("a", "one", at=NOW)
    ledger.keep_draft("a", "two", at=NOW)
    assert ledger.draft("a") == "two"
    ledger.drop_draft("a")
    ledger.drop_draft("a")
    assert ledger.draft("a") is None


def test_the_audit_comes_newest_first(ledger: Ledger) -> None:
    lines = [AuditLine(NOW + timedelta(minutes=n), "slack:T1/U1", "send", str(n)) for n in range(3)]
    for line in lines:
        ledger.note(line)
    assert ledger.audit() == tuple(reversed(lines))
    assert ledger.audit(limit=1) == (lines[2],)


def test_misses_are_folded_cut_and_counted(ledger: Ledger) -> None:
    for query in ("Meituan", "MEITUAN", "x" * 100):
        ledger.note_miss(query, at=NOW)
    assert [(miss.query, miss.count) for miss in ledger.misses()] == [("meituan", 2), ("x" * 60, 1)]
    assert len(ledger.misses(limit=1)) == 1


def test_pruning_drops_what_is_too_old_and_nothing_that_is_open(ledger: Ledger) -> None:
    ledger.receive("old", "body", at=NOW)
    ledger.handled("old", at=NOW)
    token = ledger.keep_command("/help", at=NOW)
    ledger.keep_draft("d", "draft", at=NOW)
    parts = booked(ledger)
    ledger.settle(parts[0], DeliveryState.SENT, at=NOW)
    assert ledger.prune(now=NOW + timedelta(hours=47)) == 0
    assert ledger.prune(now=NOW + timedelta(hours=49)) == 1
    assert ledger.prune(now=NOW + timedelta(days=8)) == 1
    assert ledger.draft("d") is None
    assert ledger.command_of(token) == "/help"
    assert ledger.prune(now=NOW + timedelta(days=92)) == 2
    assert ledger.command_of(token) is None
    assert [d.part for d in ledger.deliveries(CHAT)] == [1, 2]


def test_a_sound_ledger_has_nothing_to_say_and_an_odd_one_does(ledger: Ledger) -> None:
    assert ledger.check() == ()
    ledger.put_subscriber(active(next_at=None))
    assert len(ledger.check()) == 1


# two at once


def test_two_processes_book_a_slot_once(opener: Open, tmp_path: Path) -> None:
    one, two = opener(tmp_path), opener(tmp_path)
    one.put_subscriber(active())
    seen = [each.due_subscribers(NOW)[0] for each in (one, two)]
    won = [
        each.book(active(next_at=NEXT), booking(), expected_next_at=s.next_at)
        for each, s in zip((one, two), seen, strict=True)
    ]
    assert won == [True, False]
    assert len(two.deliveries()) == 1
    part = one.write_parts(booking(), ["a"])[0]
    assert [each.mark_sending(part, at=NOW) is None for each in (two, one)] == [False, True]
    one.close()
    two.close()


# SQLite's own


def test_a_newer_file_is_refused_and_not_touched(tmp_path: Path) -> None:
    open_ledger(tmp_path).close()
    path = tmp_path / "ledger.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    before = path.read_bytes()
    for read_only in (False, True):
        with pytest.raises(StoreNewer):
            open_ledger(tmp_path, read_only=read_only)
    assert path.read_bytes() == before


def test_bytes_that_are_no_ledger_are_damage(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(b"\x00garbage" * 1000)
    with pytest.raises(StoreDamaged):
        open_ledger(tmp_path)


def test_a_value_that_was_never_written_is_damage(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    ledger.put_subscriber(active())
    with sqlite3.connect(tmp_path / "ledger.sqlite") as db:
        db.execute("UPDATE subscribers SET follows = '['")
    db.close()
    with pytest.raises(StoreDamaged):
        ledger.subscriber(CHAT)
    ledger.close()


def test_a_full_disk_refuses_the_write_and_keeps_what_was(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    ledger.put_subscriber(active())
    pages = raw(ledger).execute("PRAGMA page_count").fetchone()[0]
    raw(ledger).execute(f"PRAGMA max_page_count = {pages}")
    big = active(Chat("telegram", "7", "big"), follows=("x" * 100_000,))
    with pytest.raises(StoreFull):
        ledger.put_subscriber(big)
    assert ledger.subscribers() == (active(),)
    raw(ledger).execute("PRAGMA max_page_count = 1000000")
    ledger.put_subscriber(big)
    assert ledger.subscriber(big.chat) == big
    ledger.close()


def test_a_writer_that_holds_on_too_long_is_told_as_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.sqlite_file._BUSY_SECONDS", 0.0)
    ledger = open_ledger(tmp_path)
    other = sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreLocked):
        ledger.put_subscriber(active())
    other.execute("ROLLBACK")
    other.close()
    ledger.put_subscriber(active())
    ledger.close()


def test_readers_look_on_beside_a_writer_and_write_nothing(tmp_path: Path) -> None:
    writer = open_ledger(tmp_path)
    reader = open_ledger(tmp_path, read_only=True)
    writer.put_subscriber(active())
    assert reader.subscriber(CHAT) == active()
    with pytest.raises(StoreLocked):
        reader.put_subscriber(active())
    reader.close()
    writer.close()


def test_reading_where_nothing_is_makes_nothing(tmp_path: Path) -> None:
    reader = open_ledger(tmp_path / "none", read_only=True)
    assert reader.subscribers() == ()
    with pytest.raises(StoreFull):
        reader.note_miss("x", at=NOW)
    reader.close()
    assert not (tmp_path / "none").exists()


def test_a_file_that_was_made_but_not_filled_is_filled(tmp_path: Path) -> None:
    """A process that died while it made the file leaves it empty."""
    (tmp_path / "ledger.sqlite").touch()
    reader = open_ledger(tmp_path, read_only=True)
    assert reader.subscribers() == ()
    reader.close()
    ledger = open_ledger(tmp_path)
    ledger.put_subscriber(active())
    assert raw(ledger).execute("PRAGMA user_version").fetchone()[0] == len(_STEPS)
    ledger.close()


def test_the_file_is_its_owners_only_and_durable(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    ledger.put_subscriber(active())
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    asked = {
        name: raw(ledger).execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
    }
    assert asked == {"journal_mode": "wal", "synchronous": 2}
    assert raw(ledger).execute("PRAGMA foreign_keys").fetchone()[0] == 1
    ledger.close()


def test_naive_times_are_a_programmers_error(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    with pytest.raises(ValueError, match="zone"):
        ledger.put_subscriber(active(next_at=datetime(2026, 1, 1)))
    assert ledger.subscribers() == ()
    ledger.close()


def test_installations_are_kept_by_tenant_and_what_is_replaced_is_gone_from_the_files(
    ledger: Ledger, tmp_path: Path
) -> None:
    one = Installation("slack", "E1/T1", NOW, bot="UB", installer="U1", access="SEALED-1", refresh="SEALED-2")
    two = replace(one, tenant="T2", access="SEALED-3", refresh="", expires_at=NOW, tried_at=NOW, fails=3)
    for each in (two, one):
        ledger.put_installation(each)
    assert ledger.installations("slack") == (one, two)
    assert ledger.installation("slack", "T2") == two
    assert ledger.installation("slack", "T1") is None
    ledger.put_installation(replace(one, access="", refresh="", state=InstallState.REMOVED, reason="x"))
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert (b"SEALED-1" in files, b"SEALED-2" in files, b"SEALED-3" in files) == (False, False, True)

    def refuse(text: str) -> str:
        raise ValueError(text)

    with pytest.raises(ValueError, match="SEALED-3"):
        ledger.reseal(refuse)
    assert ledger.installation("slack", "T2") == two
    assert ledger.reseal(str.lower) == 1
    assert ledger.installation("slack", "T2") == replace(two, access="sealed-3")
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"SEALED-3" not in files


# several writes at once


def test_writes_of_one_transaction_are_kept_together(ledger: Ledger, opener: Open, tmp_path: Path) -> None:
    others = [Chat("telegram", "7", str(number)) for number in range(3)]
    with ledger.transaction():
        for chat in others:
            ledger.put_subscriber(active(chat))
            assert ledger.book(active(chat, next_at=NEXT), booking(chat), expected_next_at=NOW)
        assert len(ledger.due_deliveries(NOW)) == 3
        claimed = ledger.mark_sending(booking(others[0]), at=NOW)
        assert claimed is not None
        ledger.write_parts(claimed, ["a"])
    ledger.close()
    again = opener(tmp_path)
    assert [d.parts for d in again.deliveries()] == [1, 0, 0]
    assert {s.next_at for s in again.subscribers()} == {NEXT}
    again.close()


def test_a_transaction_that_raises_leaves_nothing_behind(ledger: Ledger) -> None:
    def broken() -> None:
        with ledger.transaction():
            ledger.put_subscriber(active())
            assert ledger.subscriber(CHAT) is not None
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert ledger.subscriber(CHAT) is None
    ledger.put_subscriber(active())
    assert ledger.subscriber(CHAT) == active()


def test_a_write_that_fails_inside_a_transaction_undoes_itself_alone(ledger: Ledger) -> None:
    """Booking inserts the delivery first: a subscriber that cannot be written takes it back."""
    other = Chat("telegram", "7", "other")
    ledger.put_subscriber(active())
    with ledger.transaction():
        ledger.put_subscriber(active(other))
        naive = active(next_at=NEXT.replace(tzinfo=None))
        with pytest.raises(ValueError, match="zone"):
            ledger.book(naive, booking(), expected_next_at=NOW)
    assert ledger.deliveries() == ()
    assert ledger.subscriber(CHAT) == active()
    assert ledger.subscriber(other) is not None


def test_a_transaction_that_is_refused_is_over(ledger: Ledger, tmp_path: Path) -> None:
    """The lock is another's: nothing was written, and the next one works."""
    other = sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)
    raw(ledger).execute("PRAGMA busy_timeout = 0")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreLocked), ledger.transaction():
        raise AssertionError("entered without the lock")
    other.execute("ROLLBACK")
    other.close()
    with ledger.transaction():
        ledger.put_subscriber(active())
    assert ledger.subscriber(CHAT) == active()


def test_the_chats_that_somebody_looks_after_are_listed_the_latest_first(ledger: Ledger) -> None:
    forum, group = replace(CHAT, thread="5"), replace(CHAT, id="-200")
    for hours, chat in enumerate((forum, group, replace(CHAT, tenant="8"))):
        ledger.keep_keeper(chat, "1", at=NOW + timedelta(hours=hours))
    ledger.keep_keeper(group, "2", at=NOW)

    assert ledger.kept_by("telegram", "7", "1") == (group, forum)
    ledger.keep_keeper(forum, "1", at=NOW + timedelta(days=1))
    assert ledger.kept_by("telegram", "7", "1") == (forum, group)
    ledger.drop_keeper(replace(forum, thread=""), "1")
    assert ledger.kept_by("telegram", "7", "1") == (group,)
    ledger.move_chat(group, "-300", at=NOW)
    assert ledger.kept_by("telegram", "7", "2") == (replace(group, id="-300"),)
    ledger.forget(Chat("telegram", "7", "1"))
    assert ledger.kept_by("telegram", "7", "1") == ()
    assert ledger.kept_by("telegram", "8", "1") == (replace(CHAT, tenant="8"),)


def test_who_looks_after_a_chat_is_forgotten_after_ninety_days(ledger: Ledger) -> None:
    ledger.keep_keeper(CHAT, "1", at=NOW)
    ledger.prune(now=NOW + timedelta(days=89))
    assert ledger.kept_by("telegram", "7", "1") == (CHAT,)
    ledger.prune(now=NOW + timedelta(days=91))
    assert ledger.kept_by("telegram", "7", "1") == ()


def test_a_conversation_is_all_its_topics(ledger: Ledger) -> None:
    topics = [CHAT, replace(CHAT, thread="5"), replace(CHAT, thread="9")]
    for chat in (*topics, replace(CHAT, id="-999")):
        ledger.put_subscriber(active(chat))

    assert [one.chat for one in ledger.conversation(topics[1])] == topics


def test_a_ledger_of_before_gets_its_new_columns_with_their_defaults(tmp_path: Path) -> None:
    old = sqlite3.connect(tmp_path / "ledger.sqlite")
    folder = Path(str(store.sqlite.__file__)).parent
    for step in ("schema.sql", "schema_2.sql"):
        old.executescript((folder / step).read_text("utf-8"))
    old.execute("INSERT INTO chats VALUES (1, 'telegram', '7', '-100', '', 'telegram:7:-100')")
    old.execute(
        "INSERT INTO subscribers VALUES (1, 'ko', 0, 9, 0, 'Asia/Seoul', 'paused', '[]', '[]', 'short', 0,"
        " 'at_most_once', 'admins', NULL, NULL, '', '', NULL, '')"
    )
    old.execute("PRAGMA user_version = 2")
    old.commit()
    old.close()

    ledger = open_ledger(tmp_path)
    kept = ledger.subscriber(CHAT)
    assert kept is not None
    assert (kept.state, kept.quiet, kept.layout) == (SubscriberState.PAUSED, "", "classic")
    ledger.close()


def test_who_has_an_edition_or_is_getting_it(ledger: Ledger) -> None:
    chats = [replace(CHAT, id=f"-{number}", thread="5" if number == 2 else "") for number in range(1, 7)]
    states = (DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.FAILED, DeliveryState.SKIPPED)
    for chat, state in zip(chats, states, strict=False):
        ledger.settle(booked(ledger, chat, parts=1)[0], state, at=NOW)
    ledger.mark_sending(booked(ledger, chats[4])[0], at=NOW)
    has = {chats[0], chats[1], chats[4]}
    assert set(ledger.holders("2026-W47", chats)) == has
    assert set(ledger.holders("2026-W47", chats[1:])) == has - {chats[0]}
    assert not ledger.holders("2026-W46", chats)
    assert not ledger.holders("2026-W47", ())


def test_the_first_message_of_a_digest_is_found(ledger: Ledger) -> None:
    first, *_ = booked(ledger, parts=2)
    assert ledger.message_of(CHAT, WEEK) == ""
    ledger.settle(first, DeliveryState.SENT, at=NOW, message_id="42")
    assert ledger.message_of(CHAT, WEEK) == "42"
    assert ledger.message_of(CHAT, "2026-W01") == ledger.message_of(replace(CHAT, thread="9"), WEEK) == ""


@pytest.mark.parametrize(
    "asked",
    [
        lambda ledger: ledger.due_deliveries(NOW, without=[("slack", "T1")]),
        lambda ledger: ledger.next_due(),
        lambda ledger: ledger.interrupted(),
        lambda ledger: ledger.mark_sending(booking(), at=NOW),
        lambda ledger: ledger.begin_parts(booking(), ["a"], at=NOW),
        lambda ledger: ledger.troubled(since=NOW),
        lambda ledger: ledger.troubled_count(since=NOW),
        lambda ledger: ledger.deliveries(CHAT, limit=5),
        lambda ledger: ledger.holders("2026-W47", [CHAT]),
        lambda ledger: ledger.message_of(CHAT, WEEK),
        lambda ledger: ledger.edition_counts("2026-W47"),
        lambda ledger: ledger.prune(now=NOW),
    ],
)
def test_no_question_reads_every_delivery(ledger: Ledger, asked: Callable[[Ledger], object]) -> None:
    db, said = raw(ledger), list[str]()
    db.set_trace_callback(said.append)
    asked(ledger)
    db.set_trace_callback(None)
    about = [text for text in said if "deliveries" in text and not text.startswith("--")]
    assert about
    plans = [row[3] for text in about for row in db.execute(f"EXPLAIN QUERY PLAN {text}")]
    assert [plan for plan in plans if plan.startswith(("SCAN d", "SCAN e")) and "INDEX" not in plan] == []
