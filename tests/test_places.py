"""Who stands beside whom, counted once and kept up to date."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given, strategies as st

from store.places import APPS, Places

NAMES = ("a", "b", "c", APPS)

CHANGES = st.lists(
    st.tuples(
        st.integers(0, 7),  # the story's key
        st.sampled_from(["2017-W46", "2017-W47", "2017-W48"]),
        st.integers(1, 3),
        st.none() | st.sets(st.sampled_from(NAMES)),  # None = it is removed
        st.sampled_from(["", *NAMES[:3]]),  # who is asked for in between
    ),
    max_size=30,
)


def counted(held: Mapping[int, tuple[str, int, frozenset[str]]], name: str) -> dict[str, int]:
    others = [other for _, _, names in held.values() if name in names for other in names - {name, APPS}]
    return {other: others.count(other) for other in others}


@given(CHANGES)
def test_neighbours_and_counts_are_those_of_a_fresh_look(
    changes: list[tuple[int, str, int, set[str] | None, str]],
) -> None:
    places = Places()
    held: dict[int, tuple[str, int, frozenset[str]]] = {}
    for key, edition, order, names, asked in changes:
        if names is None:
            places.remove(key)
            held.pop(key, None)
        else:
            places.add(key, f"story-{key}", edition, order, sorted(names), settled=True)
            held[key] = edition, order, frozenset(names)
        if asked:
            assert {other: count for other, (count, _) in places.beside(asked).items()} == counted(
                held, asked
            )
        for name in "abc":
            assert places.counts().get(name, 0) == sum(name in names for *_, names in held.values())


def test_the_newest_story_of_two_is_named_wherever_it_came_in() -> None:
    places = Places()
    places.add(1, "new", "2017-W48", 1, ["a", "b"], settled=True)
    assert places.beside("a") == {"b": (1, "new")}
    places.add(2, "old", "2017-W46", 1, ["a", "b"], settled=True)
    assert places.beside("a") == {"b": (2, "new")}
    places.add(3, "newest", "2017-W49", 2, ["a", "b", "c"], settled=True)
    assert places.beside("a") == {"b": (3, "newest"), "c": (1, "newest")}
    places.remove(3)
    assert places.beside("a") == {"b": (2, "new")}


def test_an_answer_may_be_changed_by_who_got_it() -> None:
    places = Places()
    places.add(1, "one", "2017-W48", 1, ["a", "b"], settled=True)
    places.counts().clear()
    places.beside("a").clear()
    assert places.counts() == {"a": 1, "b": 1}
    assert places.beside("a") == {"b": (1, "one")}
