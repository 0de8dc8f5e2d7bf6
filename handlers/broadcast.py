"""A broadcast: words of those who run the bot, kept until they have gone to every chat."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import blake2s

from handlers.chat_settings import who
from handlers.message import Ask, Heading, Reply, Text, line
from handlers.schedule import week_of
from handlers.words import say
from store.bundle import Store
from store.model import Language

PREFIX = "b-"
"""Begins what stands for the edition in the rows of a broadcast; no edition's id does."""


@dataclass(frozen=True, slots=True)
class Broadcast:
    """`week` names its rows in every chat, so that confirming it twice, even in another week, is once."""

    id: str
    week: str
    text: str


def is_broadcast(edition: str) -> bool:
    """Whether a delivery's edition is a broadcast."""
    return edition.startswith(PREFIX)


def keep(ask: Ask, text: str, store: Store) -> Broadcast:
    """Write down what is to be confirmed; kept for seven days."""
    said = f"{ask.now.isoformat()} {ask.chat} {who(ask)} {text}".encode()
    name = f"{PREFIX}{blake2s(said, digest_size=4).hexdigest()}"
    made = Broadcast(name, f"{week_of(ask.now, store.defaults.schedule.zone)}+{name}", text)
    body = json.dumps({"week": made.week, "text": text}, ensure_ascii=False)
    store.ledger.keep_draft(_key(name), body, at=ask.now)
    return made


def kept(name: str, store: Store) -> Broadcast | None:
    """The broadcast of this name, or None when it is unknown or older than seven days."""
    body = store.ledger.draft(_key(name))
    if body is None:
        return None
    read = json.loads(body)
    return Broadcast(name, read["week"], read["text"])


def message(broadcast: Broadcast, language: Language) -> Reply:
    """As a chat gets it: the frame in its language, the words as they were written."""
    return Reply((Heading(say("broadcast.title", language)), Text(line(broadcast.text))), language)


def _key(name: str) -> str:
    return f"broadcast:{name}"
