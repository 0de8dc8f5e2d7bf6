"""Answers kept until what they were made from changes.

Most questions of a week are the same few, and an answer from the stories alone stays true as long
as the stories, the names and the chat's own settings do. Only commands that say so are kept
(Command.keeps); they depend on nothing else, which tests/test_kept_answers.py holds them to.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import replace
from weakref import WeakKeyDictionary

from handlers.message import Ask, Reply
from store.bundle import Store
from store.catalogue import Catalogue
from store.library import Library
from store.model import Language, Subscriber

Handler = Callable[[Ask, Store], Awaitable[Reply]]

MOST = 512
"""Answers kept; the one longest not asked for goes first. One with a picture is the largest, some 30 kB."""


class KeptAnswers:
    """The answers of one open store."""

    def __init__(self) -> None:
        self._replies: OrderedDict[Hashable, Reply] = OrderedDict()
        self._state: tuple[str, int, Catalogue] | None = None

    def get(self, key: Hashable, store: Store) -> Reply | None:
        """The answer kept under `key`, if it would be made the same again."""
        state = (store.library.state(), store.ledger.newsroom_state(), store.catalogue)
        if state != self._state:
            self._replies.clear()
            self._state = state
        reply = self._replies.get(key)
        if reply is not None:
            self._replies.move_to_end(key)
        return reply

    def put(self, key: Hashable, reply: Reply) -> None:
        """Keep an answer, but not a refusal or a name that was not found: those are written down."""
        if reply.whisper or reply.tags.get("status") == "none":
            return
        self._replies[key] = reply
        if len(self._replies) > MOST:
            self._replies.popitem(last=False)


_kept: WeakKeyDictionary[Library, KeptAnswers] = WeakKeyDictionary()


async def kept_or(
    handler: Handler, text: str, ask: Ask, store: Store, *, language: Language, subscriber: Subscriber | None
) -> Reply:
    """What `handler` answers to `text` in `language`, made anew only where what it is made from has
    changed. `ask` is how it was asked, `subscriber` the settings of its chat.
    """
    kept = _kept.get(store.library)
    if kept is None:
        kept = _kept[store.library] = KeptAnswers()
    key = key_of(text, ask, language, subscriber)
    reply = kept.get(key, store)
    if reply is None:
        reply = await handler(replace(ask, text=text, language=language), store)
        kept.put(key, reply)
    return reply


def key_of(text: str, ask: Ask, language: Language, subscriber: Subscriber | None) -> Hashable:
    """What an answer that may be kept depends on, besides the stories and the names."""
    own = None
    if subscriber:
        own = (subscriber.follows, subscriber.mutes, subscriber.length, subscriber.silent)
    return (text, language, ask.pressed, ask.private, ask.admin, ask.now.date(), own)
