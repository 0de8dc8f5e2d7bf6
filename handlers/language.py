"""Language: in which of the three a chat is answered."""

from __future__ import annotations

from handlers.message import Ask
from store.bundle import Store
from store.model import LANGUAGES, Language


def reply_language(ask: Ask, store: Store) -> Language:
    """What the ask insists on, else the chat's own setting, else the person's client, else the
    default of this bot.
    """
    if ask.language is not None:
        return ask.language
    subscriber = store.ledger.subscriber(ask.chat)
    if subscriber is not None and subscriber.language is not None:
        return subscriber.language
    return from_tag(ask.client_language) or store.defaults.language


def from_tag(tag: str) -> Language | None:
    """The language of a BCP 47 tag ("zh-Hant-TW" is zh); None when we do not speak it."""
    primary = tag.replace("_", "-").split("-", maxsplit=1)[0].lower()
    return next((language for language in LANGUAGES if language == primary), None)
