"""Store: the memories and defaults that every handler is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from store.catalogue import Catalogue
from store.feeds import Feeds, Look
from store.ledger import Ledger
from store.library import Library
from store.model import Language, Policy, Schedule
from store.names import Names


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address answered. `url` is the last one after redirects."""

    data: bytes
    content_type: str
    url: str


Editor = Literal["", "none", "auto"]
Fetch = Callable[[str], Awaitable[Fetched]]


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says, title first, as plain text or Markdown. `url` is the last one after redirects."""

    text: str
    url: str


ReadPage = Callable[[str], Awaitable[Page]]
"""Reads a page as a stranger's. Raises what says, in a person's words, why not."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """Settings that verbs need, from the environment, read once.

    `fresh` = how long after its slot a missed push is still sent; `late` = how long after a
    slot without a new edition one that is published then still goes out. `editor` = who publishes
    the newsroom's drafts: "" a person, "none" the clock, "auto" the clock unless a person chose. `model` = a
    language model may retell.
    """

    language: Language = "ko"
    schedule: Schedule = field(default_factory=Schedule)
    fresh: timedelta = timedelta(hours=48)
    late: timedelta = timedelta(hours=12)
    editor: Editor = ""
    model: bool = False
    policy: Policy = "at_most_once"


@dataclass(frozen=True, slots=True)
class Store:
    """What handlers work on. `fetch` is None where nothing may be fetched, `names` where no names
    are kept, `feeds` where none are; `look` reads a feed that is not kept yet, `page` a page.
    """

    library: Library
    ledger: Ledger
    catalogue: Catalogue
    defaults: Defaults = field(default_factory=Defaults)
    fetch: Fetch | None = None
    names: Names | None = None
    renderers: dict[str, Callable[[Any], Sequence[str]]] = field(default_factory=dict)
    """Of every platform with a door: the messages that a Reply becomes there."""
    feeds: Feeds | None = None
    look: Look | None = None
    page: ReadPage | None = None

    def use(self, catalogue: Catalogue) -> None:
        """Let `catalogue` be what every handler asks from now on: its names were changed.

        The one thing of a store that may change while it is open. A Catalogue itself never does, so
        that what others derive from one (an index, an automaton) may be kept by its identity.
        """
        object.__setattr__(self, "catalogue", catalogue)
