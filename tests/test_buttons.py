"""What a button carries, and whom it is believed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from handlers.buttons import BYTES, Press, opened, payload, plain, sign
from handlers.message import Button
from store.bundle import Store
from tests.asks import CHAT, a_store
from tests.build import NOON

FORGET = Button("지우기", "/forget yes", signed=True)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return a_store(tmp_path)


def test_a_short_command_is_its_own_payload(store: Store) -> None:
    assert payload(Button("메이투안", "/company id:meituan"), CHAT, store, NOON) == "/company id:meituan"


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=120), st.booleans())
def test_every_command_comes_back_from_at_most_64_bytes(store: Store, words: str, signed: bool) -> None:
    command = f"/search {words}"
    button = Button("다음", command, signed=signed)
    carried = payload(button, CHAT, store, NOON)
    assert (carried == command) == plain(button)
    assert len(carried.encode()) <= BYTES
    assert opened(carried, CHAT, NOON, store.ledger) == Press(command, "good" if signed else "none")


def test_signing_adds_at_most_twenty_characters(store: Store) -> None:
    assert len(sign(FORGET, CHAT, NOON, store.ledger)) <= len(FORGET.command) + 20


def test_a_signed_button_holds_for_a_day_in_its_own_chat(store: Store) -> None:
    carried = payload(FORGET, CHAT, store, NOON)
    day = timedelta(days=1)
    assert opened(carried, CHAT, NOON + day, store.ledger).seal == "good"
    assert opened(carried, CHAT, NOON + day + timedelta(minutes=1), store.ledger).seal == "stale"
    assert opened(carried, replace(CHAT, id="8"), NOON, store.ledger).seal == "forged"
    assert opened(carried, replace(CHAT, thread="1"), NOON, store.ledger).seal == "forged"


def test_no_single_changed_character_is_believed(store: Store) -> None:
    carried = payload(FORGET, CHAT, store, NOON)
    for at, char in enumerate(carried):
        changed = carried[:at] + ("b" if char != "b" else "c") + carried[at + 1 :]
        assert opened(changed, CHAT, NOON, store.ledger).seal != "good", changed


def test_another_bots_secret_signs_nothing_here(store: Store, tmp_path: Path) -> None:
    other = a_store(tmp_path / "other")
    assert opened(payload(FORGET, CHAT, other, NOON), CHAT, NOON, store.ledger).seal == "forged"


def test_an_unknown_token_is_stale(store: Store) -> None:
    assert opened("#nosuchtoken", CHAT, NOON, store.ledger) == Press("", "stale")
