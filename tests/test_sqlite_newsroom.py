"""The newsroom's rows: what was written is there, counted once, and forgotten in time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from store.ledger import Ledger
from store.newsroom import Choice, Membership, Spent, Votes
from store.sqlite import open_ledger
from tests.build import NOON


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(tmp_path)


def test_an_entry_belongs_to_the_story_it_was_put_into_last(ledger: Ledger) -> None:
    assert ledger.last_grouped() == ""
    ledger.join([Membership("9", "9"), Membership("10", "9", ("company:pdd",))], at=NOON)
    ledger.join([Membership("9", "3", ("page:same",))], at=NOON)
    assert ledger.memberships(["9"]) == (Membership("10", "9", ("company:pdd",)),)
    assert ledger.memberships(["3", "9"])[0] == Membership("9", "3", ("page:same",))
    assert [each.entry for each in ledger.memberships_from("10")] == ["10"]
    assert ledger.last_grouped() == "10"  # by number, not as text


def test_memberships_of_more_stories_than_one_query_takes(ledger: Ledger) -> None:
    ledger.join([Membership(str(n), str(n)) for n in range(1, 1202)], at=NOON)
    assert len(ledger.memberships([str(n) for n in range(1, 1202)])) == 1201


def test_a_choice_replaces_the_one_of_its_kind_and_can_be_taken_back(ledger: Ledger) -> None:
    for value in ("3", "1"):
        ledger.choose(Choice("2026-W48", "7", "place", value, "slack:T/U", NOON))
    ledger.choose(Choice("2026-W48", "7", "title", "새 제목", "slack:T/U", NOON))
    assert [(c.kind, c.value) for c in ledger.choices("2026-W48")] == [("place", "1"), ("title", "새 제목")]
    assert ledger.unchoose("2026-W48", "7", "place") == 1
    assert ledger.unchoose("2026-W48", "7") == 1
    assert ledger.choices("2026-W48") == ledger.choices("2026-W47") == ()


def test_one_vote_a_voter_and_the_last_one_counts(ledger: Ledger) -> None:
    assert ledger.vote("2026-W48-1", b"a", 1, at=NOON) == Votes(1, 0)
    assert ledger.vote("2026-W48-1", b"b", 1, at=NOON) == Votes(2, 0)
    assert ledger.vote("2026-W48-1", b"a", -1, at=NOON) == Votes(1, 1)
    assert ledger.vote("2026-W48-1", b"a", 0, at=NOON) == Votes(1, 0)
    assert ledger.votes(["2026-W48-1", "2026-W48-2"]) == {"2026-W48-1": Votes(1, 0)}


def test_a_days_account_adds_up_and_a_new_day_begins_at_nothing(ledger: Ledger) -> None:
    assert ledger.spend(requests=1, tokens=300, at=NOON) == Spent(1, 300)
    assert ledger.spend(requests=1, tokens=20, at=NOON) == Spent(2, 320)
    assert ledger.spent(NOON + timedelta(days=1)) == Spent()


def test_what_is_old_is_forgotten_but_not_why_a_story_was_published(ledger: Ledger) -> None:
    ledger.join([Membership("1", "1")], at=NOON)
    ledger.vote("2026-W48-1", b"a", 1, at=NOON)
    ledger.keep_said("key", "words", at=NOON)
    ledger.place({"2026-W48-1": "{}"}, at=NOON)
    ledger.prune(now=NOON + timedelta(weeks=12))
    assert ledger.said("key") == "words"
    ledger.prune(now=NOON + timedelta(weeks=14))
    assert ledger.said("key") is None
    assert ledger.memberships(["1"]) == ()
    assert ledger.votes(["2026-W48-1"]) == {}
    assert ledger.placement("2026-W48-1") == "{}"
