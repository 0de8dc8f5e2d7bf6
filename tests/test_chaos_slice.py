"""A short piece of each long proof of python -m tests.chaos."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos import budget, failpoints, kills, poison, standby, storm, whole, zones


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: the name of a Unix socket has at most 107 bytes."""
    import shutil
    import tempfile

    made = Path(tempfile.mkdtemp(prefix="jb-"))
    yield made
    shutil.rmtree(made)


@pytest.mark.parametrize("policy", ["at_most_once", "at_least_once"])
def test_kills_at_random_moments_lose_nothing(policy: kills.Policy, folder: Path) -> None:
    plan = kills.Plan(chats=120, parts=2, kills=5, policy=policy, seed=7)
    told = kills.run(plan, folder / "x")
    assert [wrong for wrong in told.wrong if "kills instead" not in wrong] == [], str(told)
    assert told.kills >= 1


def test_a_kill_at_a_fail_point_breaks_no_promise(folder: Path) -> None:
    told = failpoints.run("at_least_once", folder / "x", every=14)
    assert told.wrong == [], str(told)
    assert told.count > 100
    assert told.killed >= 8


def test_the_budget_is_used_and_never_exceeded(folder: Path) -> None:
    told = budget.run(folder / "x", overall=30, chats=400, seed=3)
    assert told.wrong == [], str(told)
    assert told.refused > 0


def test_the_comparison_sees_what_is_lost_doubled_or_unsaid() -> None:
    """The judge itself: each broken promise is found."""
    from collections import Counter
    from datetime import UTC, datetime

    from store.model import Chat, Delivery, DeliveryState
    from tests.chaos.sender import Found

    def judged(policy: kills.Policy, copies: int, state: DeliveryState) -> list[str]:
        row = Delivery(
            Chat("telegram", "7", "1"), "2026-W48", "e", 0, 1, state, datetime(2026, 11, 23, tzinfo=UTC)
        )
        report = kills.Report(kills.Plan(chats=1, kills=0, policy=policy))
        accepted = Counter({("1", "0 title"): copies})
        kills.compare(report, [("1", 0)], accepted, Found({("1", 0): row}), in_flight=0)
        return report.wrong

    sent, unknown = DeliveryState.SENT, DeliveryState.UNKNOWN
    assert judged("at_most_once", 1, sent) == []
    assert judged("at_most_once", 0, sent) == ["lost 1"]
    assert "duplicates" in judged("at_most_once", 2, sent)
    assert judged("at_most_once", 0, unknown) == ["unknown above 0"]
    assert "more than two copies" in judged("at_least_once", 3, sent)
    assert judged("at_least_once", 1, DeliveryState.SENDING) == ["1 parts neither sent nor told as unknown"]


def test_an_update_that_kills_its_reader_is_set_aside_and_the_rest_goes_on(folder: Path) -> None:
    told = poison.telegram(folder / "x")
    assert told.wrong == [], str(told)


def test_of_two_processes_one_sends_and_the_other_takes_over(folder: Path) -> None:
    told = standby.run(folder / "x", seed=2, races=1, stops=0, timed=False)
    assert told.wrong == [], str(told)
    assert len(told.takeovers) == 1


def test_the_whole_bot_is_killed_and_goes_on(folder: Path) -> None:
    told = whole.run(whole.Plan(telegram=60, slack=1, kills=2, seed=2), folder / "x")
    assert told.wrong == [], str(told)
    assert told.parts == {"telegram": 60, "slack": 4}


def test_a_storm_of_refusals_is_one_call_a_chat(folder: Path) -> None:
    told = storm.run(folder / "x", chats=60, refusing=60, seed=2)
    assert told.wrong == [], str(told)
    assert told.pauses > 0


def test_one_edition_a_week_whatever_the_clock_does(folder: Path) -> None:
    told = zones.run(folder / "x", seed=3, years=0.15, every=150)
    assert told.wrong == [], str(told)
    assert told.sent > 5


def test_in_memory_the_planner_decides_as_over_the_real_ledger(folder: Path) -> None:
    real = zones.run(folder / "x", seed=4, years=0.2, every=200)
    told = zones.in_memory(seed=4, years=0.2, every=200)
    told.where = real.where
    assert told == real
    assert zones.in_memory(seed=3, years=1, every=100).wrong == []
