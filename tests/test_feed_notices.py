"""What administrators are told of feeds by themselves: once, in their chat, with what to press."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import App
from bot.feed_notices import tell_admins, tell_proposers
from bot.settings import Settings
from handlers.door import Outcome
from handlers.feed_cards import decided, notice, proposed
from store.feeds import Feeds, Submission, SubmissionState
from store.model import Chat
from store.tiny_feeds import open_feeds
from tests.asks import a_store, buttons, plain
from tests.build import NOON, a_feed
from tests.fake_door import FakeDoor

ADMIN = Chat("telegram", "100", "9")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    store = replace(a_store(tmp_path), feeds=open_feeds(tmp_path))
    made = App(
        Settings(data=tmp_path, admins=frozenset({"telegram:9", "slack:T1/U1"})), store, clock=lambda: NOON
    )
    yield made
    feeds(made).close()
    store.ledger.close()
    store.library.close()


def feeds(app: App) -> Feeds:
    assert app.store.feeds is not None
    return app.store.feeds


def opened(app: App) -> FakeDoor:
    door = FakeDoor()
    door.tenant = "100"  # type: ignore[attr-defined]
    app.add_door(door)
    return door


async def test_a_source_that_died_is_told_once(app: App) -> None:
    feeds(app).add([a_feed()])
    (kept,) = feeds(app).feeds()
    feeds(app).put([replace(kept, notice="dead", last_error="error.fetch_timeout",
                            error_words=(("url", "x"), ("seconds", "20")))])  # fmt: skip

    assert await tell_admins(app) == 0  # no door is open: it stays to be told
    door = opened(app)
    assert await tell_admins(app) == 1
    assert await tell_admins(app) == 0

    assert [sent.chat for sent in door.sent] == [ADMIN]
    assert (feeds(app).feeds()[0].notice, feeds(app).feeds()[0].told) == ("", "dead")


async def test_what_was_not_taken_is_said_again(app: App) -> None:
    feeds(app).add([a_feed(notice="gone")])
    door = opened(app)
    door.script(None, Outcome("not_sent"))
    assert await tell_admins(app) == 0
    assert await tell_admins(app) == 1


async def test_a_proposal_is_shown_once(app: App) -> None:
    feeds(app).submit(Submission("", "https://news.example/a", Chat("slack", "T1", "C"), "U", NOON))
    door = opened(app)
    assert await tell_admins(app) == 1
    assert await tell_admins(app) == 0
    assert len(door.sent) == 1


@pytest.mark.parametrize("what", ["dead", "gone", "moved"])
@pytest.mark.parametrize("language", ["ko", "en", "zh"])
def test_a_notice_names_the_feed_and_what_to_type(what: str, language: str) -> None:
    text = plain(notice(a_feed(id="7", notice=what), language))  # type: ignore[arg-type]
    assert "소식" in text
    assert "/feed 7" in text


def test_a_proposal_has_its_buttons() -> None:
    reply = proposed(Submission("3", "https://news.example/a", ADMIN, "U", NOON), "en")
    assert buttons(reply) == {"Accept": "/feed approve 3", "Reject": "/feed reject 3"}


PROPOSED = Submission("", "https://news.example/a", Chat("telegram", "100", "-5"), "77", NOON, language="en")


def settled(app: App, state: SubmissionState, wanted: Submission = PROPOSED) -> None:
    made = feeds(app).submit(wanted)
    feeds(app).told_of(made.id)
    feeds(app).decide(made.id, state, at=NOON)


@pytest.mark.parametrize(
    ("state", "said"),
    [(SubmissionState.APPROVED, "was accepted"), (SubmissionState.REJECTED, "not accepted")],
)
async def test_who_proposed_it_is_told_once_in_private(app: App, state: SubmissionState, said: str) -> None:
    door = opened(app)
    settled(app, state)
    (wanted,) = feeds(app).submissions(state)
    assert said in plain(decided(wanted, "en"))
    await tell_proposers(app)
    await tell_proposers(app)
    assert [sent.chat for sent in door.sent] == [Chat("telegram", "100", "77")]


@pytest.mark.parametrize(
    ("outcome", "calls"), [(Outcome("not_sent"), 2), (Outcome("gone"), 1), (Outcome("unknown"), 1)]
)
async def test_a_proposer_is_told_again_only_where_nothing_left(
    app: App, outcome: Outcome, calls: int
) -> None:
    """Who never wrote to the bot cannot be reached, and is not tried every ten seconds."""
    door = opened(app)
    settled(app, SubmissionState.REJECTED)
    door.script(None, outcome)
    for _ in range(3):
        await tell_proposers(app)
    assert len(door.calls) == calls


async def test_what_could_not_be_told_for_a_day_is_not_told(app: App) -> None:
    settled(app, SubmissionState.REJECTED)
    await tell_proposers(app)  # no door is open
    app.clock = lambda: NOON + timedelta(days=2)
    await tell_proposers(app)
    door = opened(app)
    app.clock = lambda: NOON
    await tell_proposers(app)
    assert door.calls == []
