"""Go marks: what is certain after the death of a process, and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from store import go_log
from store.errors import StoreFull
from store.go_log import GoLog
from store.ledger import Ledger
from store.model import Chat, Delivery, DeliveryState, Subscriber
from store.sqlite import open_ledger

NOW = datetime(2026, 11, 23, tzinfo=UTC)
CHAT = Chat("telegram", "7", "-100")


def sending(ledger: Ledger, chat: Chat = CHAT, week: str = "2026-W48") -> Delivery:
    """A part whose intent is durable."""
    booking = Delivery(chat, week, "2026-W47", 0, 0, DeliveryState.PLANNED, NOW, updated_at=NOW)
    assert ledger.book(Subscriber(chat), booking, expected_next_at=None)
    (part,) = ledger.write_parts(booking, ["words"])
    marked = ledger.mark_sending(part, at=NOW)
    assert marked is not None
    return marked


def test_an_intent_without_a_mark_was_certainly_not_begun(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    went, not_begun = sending(ledger), sending(ledger, replace(CHAT, id="2"))
    ledger.mark_go(went)
    again = open_ledger(tmp_path)  # the first process never closed it
    assert again.unclean()
    assert [again.may_have_gone(part) for part in (went, not_begun)] == [True, False]


def test_a_start_is_unclean_where_the_one_before_did_not_close(tmp_path: Path) -> None:
    first = open_ledger(tmp_path)
    assert not first.unclean()
    second = open_ledger(tmp_path)  # the first process never closed it
    assert second.unclean()
    second.close()
    third = open_ledger(tmp_path)
    assert not third.unclean()
    third.close()


def test_what_was_accepted_is_known_after_the_death_of_the_process(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    parts = [sending(ledger, replace(CHAT, id=str(number))) for number in range(3)]
    for part in parts:
        ledger.mark_go(part)
    ledger.mark_accepted(parts[0], "1700000000.000100")
    ledger.mark_accepted(parts[1], "m" * 33)  # too long to be noted: in doubt
    again = open_ledger(tmp_path)
    assert [again.accepted(part) for part in parts] == ["1700000000.000100", "", ""]
    assert all(again.may_have_gone(part) for part in parts)


def test_an_acceptance_is_of_one_attempt_even_where_a_rows_number_is_used_again(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    part = sending(ledger)
    ledger.mark_go(part)
    ledger.mark_accepted(part, "7")
    ledger.forget(CHAT)
    booking = replace(part, parts=0, content="", state=DeliveryState.PLANNED, attempts=0)
    assert ledger.book(Subscriber(CHAT), booking, expected_next_at=None)
    (made,) = ledger.write_parts(booking, ["words"])
    later = ledger.mark_sending(made, at=NOW + timedelta(seconds=1))
    assert later is not None
    assert later.attempts == part.attempts
    again = open_ledger(tmp_path)
    assert again.accepted(later) == ""
    assert not again.may_have_gone(later)


def test_an_acceptance_is_not_believed_after_another_boot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = open_ledger(tmp_path)
    part = sending(ledger)
    ledger.mark_go(part)
    ledger.mark_accepted(part, "7")
    monkeypatch.setattr(go_log, "boot_id", lambda: "another boot")
    assert open_ledger(tmp_path).accepted(part) == ""


def test_a_mark_is_of_one_attempt(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    first = sending(ledger)
    ledger.mark_go(first)
    ledger.settle(first, DeliveryState.PLANNED, at=NOW, due=NOW)
    second = ledger.mark_sending(first, at=NOW)
    assert second is not None
    assert not open_ledger(tmp_path).may_have_gone(second)


def test_after_another_boot_nothing_is_certain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = sending(open_ledger(tmp_path))
    monkeypatch.setattr(go_log, "boot_id", lambda: "another boot")
    ledger = open_ledger(tmp_path)
    assert ledger.may_have_gone(part)
    ledger.settle(part, DeliveryState.UNKNOWN, at=NOW)
    fresh = sending(ledger, replace(CHAT, id="2"))
    assert not open_ledger(tmp_path).may_have_gone(fresh)


def test_without_a_boots_name_nothing_is_certain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(go_log, "boot_id", lambda: "")
    part = sending(open_ledger(tmp_path))
    assert open_ledger(tmp_path).may_have_gone(part)


@pytest.mark.parametrize("damage", ["missing", "torn", "empty"])
def test_a_log_that_is_not_whole_is_not_believed(tmp_path: Path, damage: str) -> None:
    ledger = open_ledger(tmp_path)
    part = sending(ledger)
    ledger.mark_go(part)
    path = tmp_path / go_log.NAME
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(b"" if damage == "empty" else path.read_bytes()[:-1])
    not_begun = replace(part, attempts=9)
    assert open_ledger(tmp_path).may_have_gone(not_begun)


def test_a_moved_chats_mark_moves_with_it(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    part = sending(ledger)
    ledger.mark_go(part)
    ledger.move_chat(CHAT, "-900", at=NOW)
    again = open_ledger(tmp_path)
    (row,) = again.interrupted()
    assert row.chat.id == "-900"
    assert again.may_have_gone(row)


def test_a_mark_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    log = GoLog(tmp_path / go_log.NAME)
    assert log.blind
    with pytest.raises(StoreFull):
        log.mark((1, 1, 0))
    log.begin()
    log.mark((1, 1, 0))
    log.close()
    (tmp_path / go_log.NAME).unlink()
    with pytest.raises(StoreFull):
        log.mark((2, 1, 0))


def test_housekeeping_empties_the_log_only_while_nothing_is_in_the_air(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    part = sending(ledger)
    ledger.mark_go(part)
    ledger.prune(now=NOW)
    assert open_ledger(tmp_path).may_have_gone(part)
    ledger.settle(part, DeliveryState.SENT, at=NOW)
    ledger.prune(now=NOW)
    assert (tmp_path / go_log.NAME).stat().st_size == 37


def test_deliveries_are_kept_thirteen_weeks_and_counted_after(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    for number, state in enumerate((DeliveryState.SENT, DeliveryState.SENT, DeliveryState.FAILED)):
        ledger.settle(sending(ledger, replace(CHAT, id=str(number))), state, at=NOW)
    ledger.settle(sending(ledger, week="2026-W48+2026-W47"), DeliveryState.SENT, at=NOW)
    open_one = sending(ledger, replace(CHAT, id="9"))
    ledger.prune(now=NOW + timedelta(weeks=13))
    assert len(ledger.deliveries(limit=99)) == 5
    assert ledger.past_counts() == {}
    ledger.prune(now=NOW + timedelta(weeks=13, seconds=1))
    assert ledger.deliveries(limit=99) == (open_one,)
    expected = {
        ("2026-W48", "telegram", DeliveryState.FAILED): 1,
        ("2026-W48", "telegram", DeliveryState.SENT): 3,
    }
    assert ledger.past_counts() == expected
    ledger.prune(now=NOW + timedelta(weeks=14))
    assert ledger.past_counts() == expected


def test_a_mark_outlives_a_settlement_that_was_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = open_ledger(tmp_path)
    went = sending(ledger)
    ledger.mark_go(went)
    monkeypatch.setattr("store.sqlite_flight._GO_RECORDS", 0)
    with pytest.raises(RuntimeError), ledger.transaction():  # noqa: PT012 - undone by what raises
        ledger.settle(went, DeliveryState.SENT, at=NOW)
        sending(ledger, replace(CHAT, id="2"))
        raise RuntimeError
    assert open_ledger(tmp_path).may_have_gone(went)
