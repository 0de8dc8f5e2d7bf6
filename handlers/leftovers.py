"""Leftovers: updates that a process which died had received and not finished.

What kills its reader at every start must not stop the rest. Handling an update for the first time
needs no mark (receiving it is one); every later try is counted, durably, before it begins. What was
tried twice is handled alone, after the others, so that a count can only be its own; what was tried
five times is set aside and told (/errors, doctor). Fewer would blame one for kills that hit it by chance.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from handlers.chat_settings import button
from handlers.dates import moment_text
from handlers.lookup import first, told
from handlers.message import Block, Bullets, Button, line
from handlers.words import say
from store.bundle import Store
from store.errors import StoreError
from store.model import Language

log = logging.getLogger(__name__)

TRIES = 5
_ALONE_FROM = 2
_EVERYTHING = 1_000_000
_SHOWN = 5

Left = tuple[str, str]
"""Key and body of an update."""


@dataclass(frozen=True, slots=True)
class Leftovers:
    """Updates to handle again: `together` beside each other, then `alone` one after the other."""

    together: tuple[Left, ...]
    alone: tuple[Left, ...]


def leftovers(store: Store, prefix: str, *, now: datetime) -> Leftovers:
    """Those whose key begins with `prefix`, oldest first; what was tried too often is set aside."""
    together: list[Left] = []
    alone: list[Left] = []
    for key, body, attempts in store.ledger.left(limit=_EVERYTHING):
        if not key.startswith(prefix):
            continue
        if attempts >= TRIES:
            store.ledger.set_aside(key, at=now)
        else:
            (alone if attempts >= _ALONE_FROM else together).append((key, body))
    return Leftovers(tuple(together), tuple(alone))


async def handled_again(store: Store, left: Leftovers, handle: Callable[[str, str], Awaitable[None]]) -> None:
    """Hand each over once more, counted before. What cannot be counted is left for the next start."""
    await asyncio.gather(*(_counted(store, one, handle) for one in left.together))
    for one in left.alone:
        await _counted(store, one, handle)


async def _counted(store: Store, one: Left, handle: Callable[[str, str], Awaitable[None]]) -> None:
    try:
        store.ledger.begin_again(one[0])
    except StoreError:
        log.exception("an update cannot be begun again")
        return
    await handle(*one)


def aside_blocks(store: Store, spoken: Language) -> tuple[Block, ...]:
    """What was set aside, as /errors tells it; empty when nothing was."""
    found = store.ledger.aside()
    if not found:
        return ()
    zone = store.defaults.schedule.zone
    lines = tuple(
        line(say("errors.aside_row", spoken, key=key, moment=moment_text(at, spoken, zone)))
        for key, at in found[:_SHOWN]
    )
    return (
        first("errors.aside", spoken, count=len(found)),
        Bullets(lines),
        told("errors.aside_how", spoken),
    )


def aside_buttons(store: Store, spoken: Language) -> tuple[Button, ...]:
    if not store.ledger.aside():
        return ()
    return (button("errors.aside_again", spoken, "/retry aside"),)


def aside_lines(store: Store, language: Language) -> tuple[str, ...]:
    """The same in a line, for doctor."""
    count = len(store.ledger.aside())
    return (say("errors.aside", language, count=count),) if count else ()
