"""Our own send budgets, and the gate for commands, in virtual time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings, strategies as st

from handlers.door import Rates
from handlers.limits import FloodGate, Pacer, hold_of
from store.model import Chat

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CHAT = Chat("telegram", "7", "1")
OTHER = Chat("telegram", "7", "2")
SLACK = Chat("slack", "T1", "C1")


def pacer(overall: float = 30, per_chat: float = 1, per_group: float | None = 20) -> Pacer:
    return Pacer({"telegram": Rates(overall, per_chat, per_group)})


def test_a_chat_is_sent_one_message_a_second_and_others_at_once() -> None:
    budget = pacer()
    assert budget.ready(CHAT, False, NOW) == NOW
    budget.took(CHAT, False, NOW)
    assert budget.ready(CHAT, False, NOW) == NOW + SECOND
    assert budget.ready(OTHER, False, NOW) == NOW
    assert budget.ready(CHAT, False, NOW + SECOND) == NOW + SECOND


def test_threads_share_their_conversations_budget() -> None:
    budget = pacer()
    budget.took(Chat("telegram", "7", "1", "55"), False, NOW)
    assert budget.ready(CHAT, False, NOW) == NOW + SECOND


def test_a_door_has_one_budget_for_all_its_chats_and_a_tenant_its_own() -> None:
    budget = pacer(overall=2)
    for number in range(2):
        budget.took(Chat("telegram", "7", f"c{number}"), False, NOW)
    assert budget.ready(CHAT, False, NOW) == NOW + SECOND
    assert budget.ready(Chat("telegram", "8", "1"), False, NOW) == NOW
    assert budget.ready(SLACK, False, NOW) == NOW


def test_a_group_has_a_budget_a_minute() -> None:
    budget = pacer(per_group=3)
    for number in range(3):
        budget.took(CHAT, True, NOW + number * SECOND)
    assert budget.ready(CHAT, True, NOW + 3 * SECOND) == NOW + timedelta(minutes=1)
    assert budget.ready(CHAT, False, NOW + 3 * SECOND) == NOW + 3 * SECOND


def test_a_rate_below_one_is_one_in_a_longer_time() -> None:
    budget = pacer(per_chat=0.25)
    budget.took(CHAT, False, NOW)
    assert budget.ready(CHAT, False, NOW) == NOW + 4 * SECOND


def test_a_platform_without_rates_has_no_budget() -> None:
    budget = Pacer({})
    for _ in range(100):
        budget.took(CHAT, True, NOW)
    assert budget.ready(CHAT, True, NOW) == NOW
    budget.rates["telegram"] = Rates(1, 1)
    budget.took(CHAT, True, NOW)
    assert budget.ready(OTHER, True, NOW) == NOW + SECOND


def test_a_hold_concerns_its_scope_and_a_shorter_one_does_not_end_it() -> None:
    budget = pacer()
    budget.hold("chat", CHAT, NOW + 60 * SECOND)
    budget.hold("chat", CHAT, NOW + 5 * SECOND)
    assert budget.ready(CHAT, False, NOW) == NOW + 60 * SECOND
    assert budget.ready(OTHER, False, NOW) == NOW
    budget.hold("door", OTHER, NOW + 90 * SECOND)
    assert budget.ready(CHAT, False, NOW) == NOW + 90 * SECOND
    assert budget.ready(SLACK, False, NOW) == NOW
    assert budget.ready(CHAT, False, NOW + 90 * SECOND) == NOW + 90 * SECOND


def test_a_clock_set_back_takes_windows_and_holds_along() -> None:
    budget = pacer()
    budget.took(CHAT, False, NOW)
    budget.hold("chat", OTHER, NOW + 60 * SECOND)
    back = NOW - timedelta(hours=1)
    assert budget.ready(CHAT, False, back) == back + SECOND
    assert budget.ready(OTHER, False, back) == back + 60 * SECOND


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 700)), min_size=1, max_size=120))
def test_no_window_ever_holds_more_than_its_rate(asked: list[tuple[int, bool, int]]) -> None:
    budget = pacer(overall=5, per_chat=2, per_group=7)
    now, taken = NOW, list[tuple[datetime, int, bool]]()
    for number, group, milliseconds in asked:
        now += timedelta(milliseconds=milliseconds)
        chat = Chat("telegram", "7", str(number))
        now = budget.ready(chat, group, now)
        budget.took(chat, group, now)
        taken.append((now, number, group))
    for start, number, group in taken:
        second = [t for t in taken if start <= t[0] < start + SECOND]
        assert len(second) <= 5
        assert sum(t[1] == number for t in second) <= 2
        minute = [t for t in taken if start <= t[0] < start + timedelta(minutes=1)]
        assert not group or sum(t[1] == number and t[2] for t in minute) <= 7


def test_at_least_ninety_five_of_a_hundred_permitted_messages_are_used() -> None:
    budget = pacer(overall=30)
    now = NOW
    for number in range(3000):
        chat = Chat("telegram", "7", str(number))
        now = budget.ready(chat, False, now)
        budget.took(chat, False, now)
    assert 3000 / (now - NOW + SECOND).total_seconds() >= 0.95 * 30


def test_what_is_remembered_is_bounded() -> None:
    budget = pacer(overall=10_000)
    for number in range(20_000):
        chat = Chat("telegram", "7", str(number))
        budget.took(chat, False, NOW + number * timedelta(milliseconds=5))
        budget.hold("chat", chat, NOW + number * timedelta(milliseconds=5))
    assert len(budget._windows) + len(budget._holds) < 3_000


def test_an_answer_takes_what_the_quickest_of_late_took() -> None:
    budget = pacer()
    assert budget.answer("telegram") == 0
    for seconds in (0.1, *[0.5, 0.3] * 24):
        budget.answered("telegram", seconds)
    assert (budget.answer("telegram"), budget.answer("slack")) == (0.1, 0)
    for _ in range(2):
        budget.answered("telegram", 0.4)
    assert budget.answer("telegram") == 0.3


@pytest.mark.parametrize(("gone", "many"), [(20, False), (21, True)])
def test_more_than_a_fifth_of_the_last_hundred_is_too_many(gone: int, many: bool) -> None:
    refusals = pacer().refusals
    for number in range(100):
        refusals.note(CHAT, gone=number < gone)
    assert refusals.too_many(CHAT) == ("telegram" if many else "")
    assert not refusals.too_many(SLACK)
    for _ in range(100):
        refusals.note(CHAT, gone=False)
    assert not refusals.too_many(CHAT)


def test_on_slack_the_workspace_is_held_whose_chats_refuse() -> None:
    refusals = pacer().refusals
    other = Chat("slack", "T2", "C2")
    for _ in range(21):
        refusals.note(SLACK, gone=True)
        refusals.note(other, gone=False)
    assert (refusals.too_many(SLACK), hold_of(SLACK)) == ("slack:T1", "slack:T1")
    refusals.clear(SLACK)
    assert not refusals.too_many(SLACK)
    assert not refusals.too_many(other)


def test_a_little_of_everywhere_is_the_platforms_hold() -> None:
    refusals = pacer().refusals
    for number in range(21):
        assert not refusals.too_many(SLACK)
        refusals.note(Chat("slack", f"T{number}", "C1"), gone=True)
    assert refusals.too_many(Chat("slack", "T20", "C1")) == "slack"


# the gate


def test_a_flood_is_told_once_and_then_met_with_silence() -> None:
    gate = FloodGate(user_burst=3)
    said = [gate.admit(CHAT, "u", NOW) for _ in range(6)]
    assert said == ["yes", "yes", "yes", "tell", "no", "no"]
    assert gate.admit(CHAT, "other", NOW) == "yes"
    assert gate.admit(CHAT, "u", NOW + 2 * SECOND) == "yes"
    assert gate.admit(CHAT, "u", NOW + 2 * SECOND) == "tell"


def test_a_chat_as_a_whole_has_a_bucket_too_and_so_have_those_without_a_name() -> None:
    gate = FloodGate(chat_burst=4)
    assert [gate.admit(CHAT, str(n), NOW) for n in range(5)] == ["yes"] * 4 + ["tell"]
    assert [gate.admit(OTHER, "", NOW) for _ in range(5)] == ["yes"] * 4 + ["tell"]


def test_a_person_has_one_bucket_over_all_chats_of_a_tenant() -> None:
    gate = FloodGate(user_burst=2)
    chats = [Chat("slack", "T1", f"C{n}") for n in range(3)]
    assert [gate.admit(chat, "U1", NOW) for chat in chats] == ["yes", "yes", "tell"]
    assert gate.admit(Chat("slack", "T2", "C1"), "U1", NOW) == "yes"


def test_a_clock_set_back_locks_nobody_out() -> None:
    gate = FloodGate(user_burst=1)
    assert gate.admit(CHAT, "u", NOW) == "yes"
    back = NOW - timedelta(days=3650)
    assert gate.admit(CHAT, "u", back) == "tell"
    assert gate.admit(CHAT, "u", back + 2 * SECOND) == "yes"


def test_the_gate_remembers_no_more_than_it_was_told_to() -> None:
    gate = FloodGate(most=100)
    for number in range(5_000):
        assert gate.admit(Chat("telegram", "7", str(number)), str(number), NOW) == "yes"
    assert len(gate._buckets) == 100
