"""Rates and the paid-broadcast switch, as settings name them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.settings import SettingsError, from_environment
from bot.telegram import TelegramDoor
from bot.telegram_render import parts
from handlers.door import Rates
from handlers.heads import in_flight
from handlers.message import Reply, Text, line
from store.model import Chat
from tests.fake_door import a_world
from tests.fakes.telegram import TOKEN, FakeTelegram, Person
from tests.fakes.telegram.facts import Refused
from tests.fakes.telegram.flood import Flood

NOWHERE = Path("no-such.env")
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def test_without_settings_nothing_is_paid_and_the_free_rates_hold() -> None:
    settings = from_environment({}, dotenv=NOWHERE)
    assert (settings.telegram_rates, settings.telegram_paid) == (Rates(30, 1, 20), False)
    assert settings.slack_rates == Rates(4, 1)
    assert settings.policy == "at_most_once"


def test_the_paid_switch_raises_the_overall_rate_and_a_rate_may_be_named() -> None:
    given = {"TELEGRAM_PAID_BROADCAST": "on", "TELEGRAM_RATE_PER_GROUP": "15", "SLACK_RATE": "2.5"}
    settings = from_environment({**given, "JIANBAO_POLICY": "at_least_once"}, dotenv=NOWHERE)
    assert (settings.telegram_rates, settings.telegram_paid) == (Rates(1000, 1, 15), True)
    assert settings.slack_rates == Rates(2.5, 1)
    assert settings.policy == "at_least_once"
    assert from_environment({**given, "TELEGRAM_RATE": "400"}, dotenv=NOWHERE).telegram_rates.overall == 400


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TELEGRAM_PAID_BROADCAST", "perhaps"),
        ("TELEGRAM_RATE", "1000"),
        ("TELEGRAM_RATE", "nan"),
        ("TELEGRAM_RATE_PER_CHAT", "0"),
        ("TELEGRAM_RATE_PER_GROUP", "-1"),
        ("SLACK_RATE", "many"),
        ("SLACK_RATE_PER_CHANNEL", "5"),
        ("JIANBAO_POLICY", "twice"),
    ],
)
def test_a_bad_rate_names_its_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        from_environment({name: value}, dotenv=NOWHERE)


@pytest.mark.parametrize(
    ("overall", "answer", "most"),
    [(4, 0, 8), (30, 0, 8), (1000, 0, 125), (1000, 0.1, 125), (1000, 0.24, 300), (10_000, 0, 384)],
)
def test_as_many_are_in_flight_as_fill_the_rate(overall: float, answer: float, most: int) -> None:
    assert in_flight(Rates(overall, 1), answer) == most


def test_the_fake_counts_paid_messages_apart_and_stops_them_too() -> None:
    flood = Flood(lambda: NOW)
    for chat in range(1, 31):
        flood.admit(chat)
    with pytest.raises(Refused):
        flood.admit(31)
    for chat in range(31, 1031):
        flood.admit(chat, paid=True)
    with pytest.raises(Refused):
        flood.admit(1031, paid=True)


@pytest.mark.parametrize("paid", [False, True])
async def test_a_push_allows_a_paid_broadcast_only_where_it_may(paid: bool, tmp_path: Path) -> None:
    async def answer(*_: object) -> None:
        return None

    with a_world(tmp_path, now=NOW) as world:
        async with FakeTelegram(lambda: NOW) as fake:
            fake.private(Person(5))
            door = TelegramDoor(
                TOKEN,
                api_base=fake.base,
                store=world.store,
                answer=answer,
                clock=lambda: NOW,
                rates=Rates(1000, 1, 20),
                paid=paid,
            )
            await door.open()
            (part,) = parts(Reply((Text(line("hello")),), "en"))
            outcome = await door.send(Chat("telegram", door.tenant, "5"), part, first="")
            await door.stop()
            calls = fake.called("sendMessage")
    assert outcome.kind == "sent"
    assert [call.get("allow_paid_broadcast", False) for call in calls] == [paid]
