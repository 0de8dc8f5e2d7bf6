"""Forms: what they show, what they refuse, and the commands that they stand for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from handlers.answer import may_change
from handlers.forms import FORMS, Field, FormName, form, problems, typed
from store.bundle import Store
from store.model import LANGUAGES, Language, Schedule, SubscriberState
from tests.asks import a_store, an_ask, anyone, nobody, plain, told
from tests.subscribers import kept, put


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = a_store(tmp_path)
    yield made
    made.library.close()
    made.ledger.close()


def values(name: FormName, store: Store) -> dict[str, str]:
    return {field.name: field.value for field in form(name, an_ask(""), store).fields}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_has_its_words_and_what_it_holds_is_one_of_its_options(
    store: Store, name: FormName, language: Language
) -> None:
    made = form(name, an_ask("", language=language), store)
    assert made.title
    assert len(made.title) <= 24
    assert all(field.label for field in made.fields)
    for field in made.fields:
        known = {value for value, _ in field.options}
        assert not known or field.value in known
        assert len(known) == len(field.options)
    assert problems(name, values(name, store), language) == {}


def test_a_form_shows_the_chats_own_values(store: Store) -> None:
    put(store, schedule=Schedule(4, 18, 30, "Asia/Tokyo"), language="zh", length="full", managers="everyone")
    shown = values("settings", store)
    assert shown == {
        "language": "zh", "day": "fri", "time": "18:30", "zone": "Asia/Tokyo", "length": "full",
        "managers": "everyone", "policy": "at_most_once",
    }  # fmt: skip


async def test_what_is_sent_back_unchanged_changes_nothing_and_what_is_changed_is_kept(store: Store) -> None:
    before = put(store, schedule=Schedule(4, 18, 30, "Asia/Tokyo"))
    for command in typed("settings", values("settings", store)):
        await told(store, command)
    assert kept(store) == replace(before, language=None)
    for command in typed("settings", {**values("settings", store), "day": "sun", "zone": "파리"}):
        await told(store, command)
    assert kept(store).schedule == Schedule(6, 18, 30, "Europe/Paris")


async def test_the_form_of_subscribing_stands_for_both_commands(store: Store) -> None:
    first, second = typed("subscribe", {**values("subscribe", store), "language": "en", "day": "wed"})
    assert (first, second) == ("/settings language en; length short", "/subscribe wed 09:00 Asia/Seoul")
    await told(store, first)
    await told(store, second)
    assert (kept(store).language, kept(store).schedule.weekday) == ("en", 2)
    assert kept(store).state is SubscriberState.ACTIVE


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("day", "25:00", "25:00"),
        ("day", "mon 10:00", "요일만"),
        ("time", "25:00", "25:00"),
        ("time", "fri", "시각만"),
        ("zone", "Nowhere/Land", "Nowhere/Land"),
        ("zone", "mon Asia/Seoul", "시간대만"),
        ("zone", "  ", "적어"),
        ("length", "longest", "고르거나"),
        ("language", "xx", "고르거나"),
        ("policy", "", "고르거나"),
    ],
)
def test_what_cannot_be_used_is_named_by_its_field(store: Store, field: str, value: str, named: str) -> None:
    found = problems("settings", {**values("settings", store), field: value}, "ko")
    assert list(found) == [field]
    assert named in found[field]


async def test_several_settings_stop_at_the_first_that_cannot_be(store: Store) -> None:
    put(store)
    reply = await told(store, "/settings length full; colour red; day sun")
    assert "colour" in plain(reply)
    assert (kept(store).length, kept(store).schedule.weekday) == ("full", 0)


async def test_a_form_is_for_those_who_may_change_the_chat(store: Store) -> None:
    ask = an_ask("", private=False)
    assert await may_change(ask, store, anyone)
    assert not await may_change(ask, store, nobody)
    put(store, managers="everyone")
    assert await may_change(ask, store, nobody)


def test_a_field_of_free_text_says_how_to_write_it(store: Store) -> None:
    zone = next(field for field in form("settings", an_ask(""), store).fields if field.kind == "text")
    assert isinstance(zone, Field)
    assert "Asia/Tokyo" in zone.hint
