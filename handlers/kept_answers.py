"""Answers kept until what they were made from changes.

Most questions of a week are the same few, and an answer from the stories alone stays true as long
as the stories, the names and the chat's own settings do. Only commands that say so are kept
(Command.keeps); they depend on nothing else, which tests/test_kept_answers.py holds them to.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from handlers.message import Ask, Reply
from store.bundle import Store
from store.catalogue import Catalogue
from store.library import Library
from store.model import Language, Subscriber

MOST = 512
"""Answers kept; the one longest not asked for goes first. One with a picture is the largest, some 30 kB."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer, and what was understood: the command's name and its arguments."""

    reply: Reply
    command: str
    given: str


class KeptAnswers:
    """The answers of one open store, under what was typed."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Hashable, Kept] = OrderedDict()
        self._state: tuple[str, int, Catalogue] | None = None

    def get(self, key: Hashable, store: Store) -> Kept | None:
        """The answer kept under `key`, if it would be made the same again."""
        state = (store.library.state(), store.ledger.newsroom_state(), store.catalogue)
        if state != self._state:
            self._answers.clear()
            self._state = state
        kept = self._answers.get(key)
        if kept is not None:
            self._answers.move_to_end(key)
        return kept

    def put(self, key: Hashable, kept: Kept) -> None:
        """Keep an answer that was made after get(), but no refusal, no name that was not found (those are
        written down), and none that may mean two companies (the next one may know which).
        """
        if kept.reply.whisper or kept.reply.tags.get("status") in {"none", "ambiguous"}:
            return
        self._answers[key] = kept
        if len(self._answers) > MOST:
            self._answers.popitem(last=False)


_kept: WeakKeyDictionary[Library, KeptAnswers] = WeakKeyDictionary()


def answers_of(store: Store) -> KeptAnswers:
    """What is kept of this store."""
    kept = _kept.get(store.library)
    if kept is None:
        kept = _kept[store.library] = KeptAnswers()
    return kept


def key_of(ask: Ask, language: Language, subscriber: Subscriber | None) -> Hashable:
    """What an answer that may be kept depends on, besides the stories and the names."""
    own = None
    if subscriber:
        own = (subscriber.follows, subscriber.mutes, subscriber.length, subscriber.silent)
    return (ask.text, language, ask.pressed, ask.private, ask.admin, ask.now.date(), own)
