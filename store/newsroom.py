"""Newsroom: what was made of the entries that feeds brought. The Protocol is the specification;
tests/test_newsroom_store.py holds an implementation to it.

Every write is one transaction and durable before it returns. Times are timezone-aware UTC.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

ChoiceKind = Literal["drop", "place", "title", "text", "publish"]


@dataclass(frozen=True, slots=True)
class Membership:
    """That an entry tells the story `story`, which is the id of the first entry that told it.

    `why` are reasons as "kind:what" ("figure:1500000000 CNY", "company:pdd"); () for the first.
    """

    entry: str
    story: str
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """What an editor decided about a story of a week's draft.

    `kind` "drop" leaves it out, "place" puts it at number `value`, "title" and "text" are its words.
    "publish" is about the draft as a whole (`story` "0"): `value` says until when it is held.
    """

    week: str
    story: str
    kind: ChoiceKind
    value: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Votes:
    """How many readers found a story good, and how many did not."""

    up: int = 0
    down: int = 0


@dataclass(frozen=True, slots=True)
class Spent:
    """What a language model was asked and answered on one UTC day."""

    requests: int = 0
    tokens: int = 0


class Newsroom(Protocol):
    """Groups of entries, editors' choices, placements, votes, and a model's words."""

    def join(self, memberships: Sequence[Membership], *, at: datetime) -> None:
        """Keep to which story each entry belongs, instead of what was kept of it."""
        ...

    def memberships(self, stories: Collection[str]) -> tuple[Membership, ...]:
        """Every entry of these stories, in the order of arrival."""
        ...

    def memberships_from(self, entry: str, *, limit: int = 1000) -> tuple[Membership, ...]:
        """Those of entry `entry` and later ones, in the order of arrival."""
        ...

    def last_grouped(self) -> str:
        """The latest entry that has a story; "" when none has."""
        ...

    def choose(self, choice: Choice) -> None:
        """Keep a choice instead of the one of its kind before."""
        ...

    def unchoose(self, week: str, story: str, kind: ChoiceKind | None = None) -> int:
        """Take back a choice, or all of a story; how many there were."""
        ...

    def choices(self, week: str) -> tuple[Choice, ...]:
        """What was decided about a week's draft, oldest first."""
        ...

    def place(self, placements: Mapping[str, str], *, at: datetime) -> None:
        """Keep why each story (by its id in the edition) stands where it stands."""
        ...

    def placement(self, story: str) -> str | None:
        """What place() kept of a story."""
        ...

    def vote(self, story: str, voter: bytes, value: Literal[-1, 0, 1], *, at: datetime) -> Votes:
        """One vote a voter and story, the last one counts, 0 takes it back. `voter` must name
        nobody: a keyed hash. Returns how the votes stand now.
        """
        ...

    def votes(self, stories: Collection[str]) -> Mapping[str, Votes]:
        """The votes on these stories; those without one are left out."""
        ...

    def newsroom_state(self) -> int:
        """While it stays the same, so do the votes and a model's words, as this process wrote them."""
        ...

    def said(self, key: str) -> str | None:
        """What a model said to this question before."""
        ...

    def keep_said(self, key: str, body: str, *, at: datetime) -> None: ...

    def spend(self, *, requests: int, tokens: int, at: datetime) -> Spent:
        """Add to the day's account; returns how it stands."""
        ...

    def spent(self, at: datetime) -> Spent:
        """The account of the UTC day of `at`."""
        ...
