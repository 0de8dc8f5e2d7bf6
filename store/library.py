"""Library: what is known. The Protocol is the specification; tests/test_library.py runs it
over every implementation.

Every write is durable before it returns (fdatasync), atomic (all of it or nothing), and costs
the size of its change; every look-up costs the size of its answer. One process writes. Raises
store.errors.StoreError and nothing of the implementation's own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from store.model import Edition, Story


@dataclass(frozen=True, slots=True)
class Page:
    """A slice of an answer: `total` counts all that match, `stories` are those asked for."""

    stories: tuple[Story, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A story found by its words, and how well (greater is better)."""

    story: Story
    score: float


@dataclass(frozen=True, slots=True)
class Found:
    """A slice of a search's answer."""

    hits: tuple[Hit, ...]
    total: int


class Library(Protocol):
    """Stories and editions, newest first wherever an order is not named.

    "Newest" is by edition id, then by order in the edition: ISO weeks sort as text.
    """

    def put_edition(self, edition: Edition, stories: Sequence[Story]) -> None:
        """Keep an edition with all its stories, in one atomic write.

        Replaces the edition of the same id and those of its stories; stories that the new
        version no longer holds are removed. `edition.story_ids` must equal the stories' ids
        (ValueError).
        """
        ...

    def publish_edition(self, edition_id: str, at: datetime) -> Edition:
        """Set `published_at`, once: a second call keeps the first time. KeyError if unknown."""
        ...

    def put_story(self, story: Story) -> None:
        """Keep one story (new or corrected) without touching its edition."""
        ...

    def edition(self, edition_id: str) -> Edition | None:
        """One edition by id."""
        ...

    def edition_by_number(self, number: int) -> Edition | None:
        """One edition by its printed number; the newest if two share it."""
        ...

    def editions(self, *, offset: int = 0, limit: int = 10) -> tuple[Edition, ...]:
        """Editions, newest first."""
        ...

    def edition_count(self) -> int: ...

    def newest_published(self, *, until: datetime) -> Edition | None:
        """The edition with the greatest `published_at` <= until."""
        ...

    def story(self, story_id: str) -> Story | None: ...

    def stories_of(self, edition_id: str) -> tuple[Story, ...]:
        """An edition's stories in its order."""
        ...

    def stories_about(self, company_id: str, *, offset: int = 0, limit: int = 10) -> Page:
        """Stories that mention a company, newest first."""
        ...

    def apps(self, *, offset: int = 0, limit: int = 10) -> Page:
        """Apps of the week, newest first."""
        ...

    def company_counts(self) -> dict[str, int]:
        """How many stories mention each company; companies without a story are left out."""
        ...

    def story_count(self) -> int: ...

    def all_stories(self) -> Iterator[Story]:
        """Every story, in no promised order, one at a time."""
        ...

    def search(
        self,
        words: str,
        *,
        offset: int = 0,
        limit: int = 5,
        companies: Collection[str] = (),
        first: str = "",
        last: str = "",
    ) -> Found:
        """Stories that hold every word (as a substring, case and width folded, traditional
        Chinese as simplified), best first. Sees every story written before the call.

        `companies` narrows to stories that mention one of them; without words these are
        listed, newest first. `first` and `last` narrow in time, both inclusive: a day
        ("2017-11-22") against the day of the story's source, or any day of its edition's week
        when that is unknown; a week ("2017-W47") against its edition.
        """
        ...

    def stories_about_all(self, company_ids: Collection[str], *, offset: int = 0, limit: int = 10) -> Page:
        """Stories that mention every one of these companies, newest first; () has none."""
        ...

    def beside(self, company_id: str) -> dict[str, tuple[int, str]]:
        """Companies mentioned in the same stories: how many stories, and the newest one's id."""
        ...

    def state(self) -> str:
        """Names what is known of stories and editions while this library is open: as long as it stays the
        same, so does every answer from them.
        """
        ...

    def compact(self, *, seconds: float = 0.001) -> bool:
        """Do at most about `seconds` of housekeeping; True while more is left to do.

        Cheap when there is nothing to do. Safe to be killed at any point.
        """
        ...

    def notices(self) -> tuple[str, ...]:
        """What a person should know of this store's files (a mended byte, a dropped torn
        tail, a fall-back to the previous snapshot), as plain English sentences for logs.
        """
        ...

    def close(self) -> None:
        """Let go of files and lock. Idempotent."""
        ...
