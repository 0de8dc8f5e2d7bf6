"""`jianbao keys rotate`: every sealed token again, by the first key."""

from __future__ import annotations

from bot.app import App
from bot.settings import Settings
from bot.work import Streams, Work
from handlers.errors import Refusal
from handlers.words import say
from store.seal import Seal, SealError


def first_key(settings: Settings) -> str:
    """What tells the key that seals here from others. Refusal without a key."""
    if not settings.keys:
        raise Refusal("keys.none")
    return Seal(settings.keys).print


def rotate(app: App, work: Work, said: Streams) -> int:
    """All or nothing. Refusal where the running bot, which does this, seals with another key."""
    if first_key(app.settings) != work.options.get("print"):
        raise Refusal("keys.other")
    try:
        count = app.store.ledger.reseal(Seal(app.settings.keys).again)
    except SealError as error:
        raise Refusal("keys.wrong") from error
    said.out.write(say("keys.rotated", app.settings.language, count=count) + "\n")
    return 0
