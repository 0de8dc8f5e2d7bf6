"""Language: in which of the three a chat is answered."""

from __future__ import annotations

from handlers.message import Ask
from store.bundle import Store
from store.model import LANGUAGES, Language, Subscriber


def reply_language(ask: Ask, store: Store) -> Language:
    """The language of the answer to this ask."""
    subscriber = None if ask.language else store.ledger.subscriber(ask.chat)
    return language_of(ask, subscriber, store.defaults.language)


def language_of(ask: Ask, subscriber: Subscriber | None, default: Language) -> Language:
    """What the ask insists on, else the chat's own setting, else the person's client, else the
    default of this bot.
    """
    own = ask.language or (subscriber.language if subscriber else None)
    return own or from_tag(ask.client_language) or default


def from_tag(tag: str) -> Language | None:
    """The language of a BCP 47 tag ("zh-Hant-TW" is zh); None when we do not speak it."""
    primary = tag.replace("_", "-").split("-", maxsplit=1)[0].lower()
    return next((language for language in LANGUAGES if language == primary), None)
