"""Cities in three languages, and the zones they go by."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from handlers import cities, derive_cities
from handlers.schedule_words import nearest_zones, parse_schedule
from store.model import Schedule
from tests.asks import CHAT, a_store, buttons, plain, told


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Berlin", "Europe/Berlin"),
        ("베를린", "Europe/Berlin"),
        ("柏林", "Europe/Berlin"),
        ("선전", "Asia/Shanghai"),
        ("舊金山", "America/Los_Angeles"),
        ("ho chi minh city", "Asia/Ho_Chi_Minh"),
        ("키이우", "Europe/Kyiv"),
        ("금 9시 샌프란시스코", "America/Los_Angeles"),
    ],
)
def test_a_city_in_any_of_the_three_languages_is_its_zone(typed: str, zone: str) -> None:
    assert parse_schedule(typed, Schedule()).zone == zone


def test_every_zone_exists_and_every_city_is_named_in_all_three_languages() -> None:
    assert len(cities.cities()) > 400
    for city in cities.cities():
        assert ZoneInfo(city.zone)
        assert city.en
        assert city.ko
        assert city.zh


def test_the_file_is_what_the_derivation_makes() -> None:
    rows = [tuple(row.split("\t")) for row in cities.TSV.read_text("utf-8").splitlines()[1:]]
    assert rows == derive_cities.rows()


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("베르린", "Europe/Berlin"),
        ("Frankfur", "Europe/Berlin"),
        ("sanfran", "America/Los_Angeles"),
        ("柏", "Europe/Berlin"),
    ],
)
def test_a_misspelt_city_finds_the_nearest(typed: str, zone: str) -> None:
    assert zone in nearest_zones(typed)


async def test_an_unknown_city_is_answered_with_the_nearest_as_buttons(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    reply = await told(store, "/settings zone 베르린")

    assert "베르린" in plain(reply)
    assert buttons(reply)["베를린 (Europe/Berlin)"] == "/settings zone Europe/Berlin"
    assert store.ledger.subscriber(CHAT) is None
    changed = await told(store, buttons(reply)["베를린 (Europe/Berlin)"])
    assert "Europe/Berlin" in plain(changed)
    store.library.close()
    store.ledger.close()
