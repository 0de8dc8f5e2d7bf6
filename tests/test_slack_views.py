"""Views: sealed, within Slack's limits, whatever they show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from bot.slack_home import Home, view as home_view
from bot.slack_inbound import Incoming
from bot.slack_render import flat
from bot.slack_send import Sender
from bot.slack_surfaces import form_of
from bot.slack_views import ANSWER, HOME, answer_view, errors, form_view, look_up_view, seal, sealed
from handlers.forms import FORMS, FormName, form
from handlers.message import Card, Heading, Reply, Text, line
from store.bundle import Store
from store.model import LANGUAGES, Chat, Language, Schedule, Subscriber, SubscriberState
from tests.asks import a_store, an_ask
from tests.build import NOON, a_story, an_edition
from tests.fakes.slack.blocks import problems_of_view

CHAT = Chat("slack", "T1", "C1")
DIRECT = Chat("slack", "T1", "DU1")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = a_store(tmp_path)
    yield made
    made.library.close()
    made.ledger.close()


def came(metadata: str, name: str, *, user: str = "U1", home: bool = False) -> Incoming:
    channel, _, given_seal = metadata.partition(" ")
    return Incoming("press", "k", "T1", channel=channel, user=user, seal=given_seal, form=name, home=home)


def test_a_seal_holds_for_its_view_person_channel_and_workspace_for_a_day(store: Store) -> None:
    metadata = seal("settings", CHAT, "U1", store, NOON)
    own = came(metadata, "settings")
    assert sealed(own, CHAT, store, NOON + timedelta(hours=23))
    assert not sealed(own, CHAT, store, NOON + timedelta(hours=25))
    assert not sealed(came(metadata, "subscribe"), CHAT, store, NOON)
    assert not sealed(came(metadata, "settings", user="U2"), CHAT, store, NOON)
    assert not sealed(own, replace(CHAT, id="C2"), store, NOON)
    assert not sealed(own, replace(CHAT, tenant="T2"), store, NOON)
    assert not sealed(came("C1 ", "settings"), CHAT, store, NOON)
    assert not sealed(came("C1 settings U1", "settings"), CHAT, store, NOON)


def test_the_home_tab_stays_good_but_is_nobody_elses(store: Store) -> None:
    metadata = seal(HOME, DIRECT, "U1", store, NOON)
    later = NOON + timedelta(days=60)
    assert sealed(came(metadata, "", home=True), DIRECT, store, later)
    assert not sealed(came(metadata, "", home=True, user="U2"), DIRECT, store, later)
    forged = metadata[:-1] + ("a" if metadata[-1] != "a" else "b")
    assert not sealed(came(forged, "", home=True), DIRECT, store, NOON)


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_is_one_that_slack_takes(store: Store, name: FormName, language: Language) -> None:
    made = form_view(form(name, an_ask("", chat=CHAT, language=language), store), "C1 x")
    assert problems_of_view(made) == []
    fields = [block["block_id"] for block in made["blocks"] if block["type"] == "input"]
    assert fields[0] == "channel"
    assert all(field.endswith("@C1") for field in fields[1:])
    assert set(errors({"zone": "x"}, "C1")["errors"]) <= set(fields)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_box_to_look_up_a_company_is_one_that_slack_takes(language: Language) -> None:
    assert problems_of_view(look_up_view(language, "DU1 x")) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [("/settings", "settings"), ("/설정", "settings"), ("/subscribe", "subscribe"), ("/settings day", ""),
     ("/subscribe fri", ""), ("/company", ""), ("", ""), ("/", "")],
)  # fmt: skip
def test_only_a_command_alone_is_a_form(text: str, name: str) -> None:
    assert form_of(text) == name


words = st.text(st.characters(codec="utf-8"), max_size=300) | st.sampled_from(
    [
        "<!channel> <@U1> <https://e.example|x>",
        "*굵게* `x` _y_",
        "가" * 3000,
        '"\\' * 900,
        "&" * 900,
        "\u202e",
    ]
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(words, min_size=1, max_size=12), st.integers(0, 200))
def test_whatever_the_stories_say_the_home_tab_is_one_that_slack_takes(
    store: Store, titles: list[str], channels: int
) -> None:
    stories = tuple(a_story(f"2017-W47-{n}", title=title or "x") for n, title in enumerate(titles, 1))
    store.library.put_edition(an_edition("2017-W47", stories, title=titles[0] or "x"), stories)
    store.library.publish_edition("2017-W47", NOON)
    kept = tuple(
        Subscriber(
            Chat("slack", "T1", f"C{n}"), state=SubscriberState.ACTIVE, schedule=Schedule(), next_at=NOON
        )
        for n in range(channels)
    )
    sender = Sender(None, store, lambda: NOON)  # type: ignore[arg-type]
    for language in LANGUAGES:
        made = home_view(Home(DIRECT, kept, language, NOON), sender, "DU1 x", umbrella="/jianbao")
        assert problems_of_view(made) == []
        shown = str(made["blocks"])
        assert "<!" not in shown
        assert "form.subscribe" in shown


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(words, min_size=1, max_size=12))
def test_whatever_an_answer_says_its_modal_is_one_that_slack_takes(store: Store, texts: list[str]) -> None:
    cards = tuple(Card(line(text), (Text(line(text * 3)),)) for text in texts)
    reply = Reply((Heading(texts[0]), *cards), "ko")
    sender = Sender(None, store, lambda: NOON)  # type: ignore[arg-type]
    messages = flat(reply)
    made = answer_view(sender.message(CHAT, messages[0]), "ko", "C1 x", more=len(messages) > 1)
    assert problems_of_view(made) == []
    assert made["callback_id"] == ANSWER
