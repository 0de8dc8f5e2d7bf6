"""When tokens are refreshed, what a removal means, who stops and who comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from handlers.workspaces import ends_at, installed, next_look, refresh_at, removal, removed, stopped
from store.bundle import Store
from store.installation import Installation, InstallState
from store.model import Chat, Subscriber, SubscriberState
from store.sqlite import open_ledger
from store.tiny import open_library
from tests.build import NOON
from tests.journeys.slack_stage import catalogue

HOUR = timedelta(hours=1)
FRESH = Installation(
    "slack", "T1", NOON, bot="UB", installer="U1", access="a", refresh="r", expires_at=NOON + 12 * HOUR
)


@pytest.mark.parametrize(
    ("installation", "refresh", "ends"),
    [
        (FRESH, NOON + 10 * HOUR, None),
        (replace(FRESH, expires_at=None), None, None),
        (replace(FRESH, refresh=""), None, None),
        (replace(FRESH, state=InstallState.SUSPENDED), None, None),
        (replace(FRESH, reason="x"), None, NOON + 12 * HOUR),
        (replace(FRESH, fails=1, tried_at=NOON + 10 * HOUR), NOON + 10 * HOUR + HOUR / 60, None),
        (replace(FRESH, fails=99, tried_at=NOON + 10 * HOUR), NOON + 10.5 * HOUR, None),
        (replace(FRESH, tried_at=NOON + 10 * HOUR), NOON + 10 * HOUR, None),
    ],
)
def test_a_token_is_refreshed_two_hours_early_and_again_with_patience(
    installation: Installation, refresh: datetime | None, ends: datetime | None
) -> None:
    assert (refresh_at(installation), ends_at(installation)) == (refresh, ends)
    assert next_look(installation) == (refresh or ends)


@pytest.mark.parametrize(
    ("happened", "verdict"),
    [
        (NOON + HOUR, "gone"),
        (NOON - HOUR, "stale"),
        (NOON + timedelta(seconds=60), "ask"),
        (NOON - timedelta(seconds=60), "ask"),
        (None, "ask"),
    ],
)
def test_a_removal_counts_by_when_it_happened(happened: datetime | None, verdict: str) -> None:
    assert removal(FRESH, happened) == verdict
    assert removal(replace(FRESH, state=InstallState.REMOVED), happened) == "stale"


def test_what_stopped_with_the_app_comes_back_with_it_and_nothing_else(tmp_path: Path) -> None:
    store = Store(open_library(tmp_path), open_ledger(tmp_path), catalogue())
    here = [Chat("slack", tenant, "C1") for tenant in ("E1/T1", "E1/T2")]
    other = [Chat("slack", "E10/T1", "C1"), Chat("slack", "E1", "C1"), Chat("telegram", "E1/T1", "1")]
    for chat in (*here, *other):
        store.ledger.put_subscriber(Subscriber(chat, state=SubscriberState.ACTIVE, next_at=NOON))
    whole = replace(FRESH, tenant="E1")
    installed(store, whole, NOON, back=frozenset())

    assert removed(store, whole, "reason.slack.uninstalled", NOON) == 3
    states = {chat: kept.state for chat in (*here, *other) if (kept := store.ledger.subscriber(chat))}
    stopped_ones = {*here, other[1]}
    assert {chat for chat, state in states.items() if state is SubscriberState.SUSPENDED} == stopped_ones
    assert store.ledger.installation("slack", "E1") == replace(
        whole,
        access="",
        refresh="",
        installer="",
        expires_at=None,
        state=InstallState.REMOVED,
        reason="reason.slack.uninstalled",
    )
    assert not installed(store, whole, NOON, back=frozenset({"reason.other"}))
    assert set(installed(store, whole, NOON, back=frozenset({"reason.slack.uninstalled"}))) == stopped_ones
    assert stopped(store, whole, "reason.slack.token", NOON) == 3
    assert store.ledger.audit(limit=4)[-1].what == "suspended"
    store.ledger.close()
    store.library.close()
