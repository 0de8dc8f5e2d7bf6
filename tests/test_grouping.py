"""Stories grow as entries come, keep their name, and do not run into each other."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

from bench.newsroom import labelled
from handlers.newsroom.grouping import KEPT, Grouper
from handlers.newsroom.signs import Signs, signs_of
from store.catalogue import load
from tests.test_alike import FINE_EN, FINE_KO, SALES, signs


def every() -> list[Signs]:
    return [signs_of(entry, load()) for entry in labelled("tuned").entries]


def test_a_new_entry_joins_the_story_that_is_there() -> None:
    grouper = Grouper()
    assert [m.story for m in grouper.add(signs(FINE_KO))] == ["1"]
    [joined] = grouper.add(signs(FINE_EN))
    assert (joined.entry, joined.story) == ("2", "1")
    assert "company:pdd" in joined.why
    assert [m.story for m in grouper.add(signs(SALES))] == ["3"]
    assert grouper.add(signs(SALES)) == ()  # told once


def test_no_story_changes_its_name_as_entries_come() -> None:
    grouper = Grouper()
    named: dict[str, str] = {}
    for each in every():
        for membership in grouper.add(each):
            assert int(membership.story) <= int(membership.entry)
            named.setdefault(membership.entry, membership.story)
    assert {entry: story for entry, story in named.items() if grouper.story_of[entry] != story} == {}


def test_a_restart_goes_on_where_it_was() -> None:
    half = len(every()) // 2
    one, first = Grouper(), Grouper()
    for each in every():
        one.add(each)
    for each in every()[:half]:
        first.add(each)
    again = Grouper()
    for each in every()[:half]:
        again.restore(each, first.story_of[each.entry])
    for each in every()[half:]:
        again.add(each)
    assert again.story_of == one.story_of


def test_the_order_of_arrival_hardly_matters() -> None:
    data = labelled("tuned")
    entries = every()
    random.Random(3).shuffle(entries)
    grouper = Grouper()
    for number, each in enumerate(entries, 1):
        grouper.add(replace(each, entry=str(number)))
    pairs = [
        data.story[entries[int(a) - 1].entry] == data.story[entries[int(b) - 1].entry]
        for members in grouper.members.values()
        for at, a in enumerate(members)
        for b in members[at + 1 :]
    ]
    assert sum(pairs) / len(pairs) >= 0.97


def test_what_is_old_is_let_go_of() -> None:
    grouper = Grouper()
    for each in every():
        grouper.add(each)
    grouper.forget(max(each.at for each in every()) + KEPT + timedelta(days=1))
    assert (grouper.signs, grouper.story_of, dict(grouper.members), dict(grouper._by_sign)) == (
        {},
        {},
        {},
        {},
    )
