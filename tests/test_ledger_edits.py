"""The ledger's corrections, edits, publications and counts: the promises of store.edits.Edits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from store.edits import Asked, Publication
from store.ledger import Ledger
from store.model import Chat, Delivery, DeliveryState, Subscriber
from store.sqlite import open_ledger
from tests.build import NOON

CHAT = Chat("telegram", "100", "1")
EDITION = "2026-W47"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = open_ledger(tmp_path)
    yield ledger
    ledger.close()


def posted(ledger: Ledger, chat: Chat = CHAT, parts: int = 2, week: str = "2026-W47") -> None:
    booking = Delivery(chat, week, EDITION, 0, 0, DeliveryState.PLANNED, NOON)
    ledger.book(Subscriber(chat), booking, expected_next_at=None)
    for row in ledger.write_parts(booking, [f"part {n}" for n in range(parts)]):
        ledger.mark_sending(row, at=NOON)
        ledger.settle(row, DeliveryState.SENT, at=NOON, message_id=f"m{row.part}")


def test_a_digest_knows_the_settings_it_was_composed_for(ledger: Ledger) -> None:
    ledger.put_subscriber(Subscriber(CHAT, language="zh", follows=("meituan",), length="full"))
    posted(ledger)
    ledger.put_subscriber(Subscriber(CHAT, language="en"))
    ledger.note_correction(EDITION, "x", "{}", at=NOON)
    [digest] = ledger.uncorrected(["telegram"])
    assert (digest.language, digest.follows, digest.length) == ("zh", ("meituan",), "full")
    assert (digest.parts, digest.since, digest.planned) == (2, 0, 0)


def test_a_digest_of_another_platform_waits_for_its_door(ledger: Ledger) -> None:
    posted(ledger)
    ledger.note_correction(EDITION, "x", "{}", at=NOON)
    assert ledger.uncorrected(["slack"]) == ()
    assert len(ledger.uncorrected(["telegram"])) == 1


def test_edits_are_planned_once_and_settled_by_correction(ledger: Ledger) -> None:
    posted(ledger)
    number = ledger.note_correction(EDITION, "x", "{}", at=NOON)
    [digest] = ledger.uncorrected(["telegram"])
    ledger.plan_edits(digest, {1: "new"}, (), correction=number, at=NOON)
    ledger.plan_edits(digest, {0: "stale"}, (), correction=number, at=NOON)
    [edit] = ledger.due_edits(NOON)
    assert (edit.part, edit.message_id, edit.content, edit.attempts) == (1, "m1", "new", 0)

    later = ledger.note_correction(EDITION, "x", "{}", at=NOON)
    ledger.plan_edits(replace(digest, planned=number), {1: "newer"}, (), correction=later, at=NOON)
    ledger.settle_edit(edit, "done", at=NOON)
    [again] = ledger.due_edits(NOON)
    assert again.content == "newer"
    ledger.settle_edit(again, "planned", at=NOON, reason="reason.waiting", due=NOON + timedelta(seconds=9))
    assert (ledger.due_edits(NOON), ledger.next_edit()) == ((), NOON + timedelta(seconds=9))
    [again] = ledger.due_edits(NOON + timedelta(seconds=9))
    assert again.attempts == 1
    ledger.settle_edit(again, "failed", at=NOON, reason="reason.not_editable")
    [lost] = ledger.lost_edits()
    assert (lost.reason, lost.content) == ("reason.not_editable", "")
    assert ledger.edit_counts() == {"failed": 1} == ledger.edit_counts(EDITION)
    assert ledger.edit_counts("other") == {}


def test_further_parts_are_planned_with_the_digest(ledger: Ledger) -> None:
    posted(ledger)
    number = ledger.note_correction(EDITION, "x", "{}", at=NOON)
    [digest] = ledger.uncorrected(["telegram"])
    ledger.plan_edits(digest, {}, ("third", "fourth"), correction=number, at=NOON)
    rows = ledger.deliveries(CHAT)
    assert [(row.part, row.parts, row.state.value) for row in rows] == [
        (0, 4, "sent"),
        (1, 4, "sent"),
        (2, 4, "planned"),
        (3, 4, "planned"),
    ]
    assert [row.content for row in ledger.due_deliveries(NOON)] == ["third"]


def test_an_edit_waits_until_its_part_is_sent(ledger: Ledger) -> None:
    booking = Delivery(CHAT, "2026-W47", EDITION, 0, 0, DeliveryState.PLANNED, NOON)
    ledger.book(Subscriber(CHAT), booking, expected_next_at=None)
    [row] = ledger.write_parts(booking, ["old"])
    number = ledger.note_correction(EDITION, "x", "{}", at=NOON)
    [digest] = ledger.uncorrected(["telegram"])
    ledger.plan_edits(digest, {0: "new"}, (), correction=number, at=NOON)
    assert (ledger.due_edits(NOON), ledger.next_edit()) == ((), None)
    ledger.mark_sending(row, at=NOON)
    ledger.settle(row, DeliveryState.SENT, at=NOON, message_id="m0")
    assert len(ledger.due_edits(NOON)) == 1
    assert ledger.due_edits(NOON, without=["telegram"]) == ()
    assert ledger.due_edits(NOON, without=["slack", "telegram:100"]) == ()
    assert len(ledger.due_edits(NOON, without=["telegram:1"])) == 1


def test_kinds_of_digests_are_counted(ledger: Ledger) -> None:
    for number in range(3):
        posted(ledger, Chat("telegram", "100", str(number)))
    posted(ledger, Chat("telegram", "100", "9"), parts=1)
    counts = [(digest.parts, count) for digest, count in ledger.digest_kinds(EDITION)]
    assert sorted(counts) == [(1, 1), (2, 3)]
    assert ledger.digest_kinds("other") == ()


def test_forgetting_a_chat_forgets_its_edits(ledger: Ledger) -> None:
    posted(ledger)
    number = ledger.note_correction(EDITION, "x", "{}", at=NOON)
    [digest] = ledger.uncorrected(["telegram"])
    ledger.plan_edits(digest, {0: "new"}, (), correction=number, at=NOON)
    ledger.forget(CHAT)
    assert (ledger.edit_counts(), ledger.digest_kinds(EDITION)) == ({}, ())


def test_old_corrections_and_their_edits_are_pruned(ledger: Ledger) -> None:
    posted(ledger)
    ledger.note_correction(EDITION, "x", "{}", at=NOON)
    ledger.prune(now=NOON + timedelta(weeks=14))
    assert (ledger.corrections(EDITION), ledger.digest_kinds(EDITION)) == ((), ())


def test_a_publication_is_kept_until_it_is_dropped(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    one = Publication(EDITION, NOON, "telegram:100/7")
    ledger.put_publication(replace(one, at=NOON - timedelta(days=1)))
    ledger.put_publication(one)
    ledger.close()
    ledger = open_ledger(tmp_path)
    assert ledger.publications() == (one,)
    assert ledger.publications(until=NOON - timedelta(seconds=1)) == ()
    assert ledger.publications(until=NOON) == (one,)
    assert ledger.drop_publication(EDITION)
    assert not ledger.drop_publication(EDITION)
    ledger.close()


def test_counts_are_by_week_and_survive_closing(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    for name, weeks in (("meituan", 0), ("meituan", 0), ("tencent", 0), ("baidu", 9)):
        ledger.note_asked("company", name, at=NOON - timedelta(weeks=weeks))
    assert ledger.asked("company", since="2026-W48")[0] == Asked("company", "meituan", 2)
    ledger.close()
    ledger = open_ledger(tmp_path)
    ledger.note_asked("company", "tencent", at=NOON)
    found = [(one.name, one.count) for one in ledger.asked("company", since="2026-W48")]
    assert found == [("meituan", 2), ("tencent", 2)]
    assert len(ledger.asked("company", since="2026-W01")) == 3
    assert ledger.asked("story", since="2026-W01") == ()
    ledger.close()
