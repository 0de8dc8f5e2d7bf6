"""/broadcast: words to every chat that subscribes, in two steps: how they look and who gets them,
then a button that sends. They go out as any push does: through the ledger, its budgets and its holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from handlers.answer import arguments
from handlers.broadcast import PREFIX, Broadcast, keep, kept, message
from handlers.chat_settings import audit, button, reply
from handlers.errors import Refusal
from handlers.language import reply_language
from handlers.lookup import first, small, told
from handlers.message import Ask, Block, Bullets, Button, Divider, Reply, line
from handlers.start import explained
from handlers.words import say
from store.bundle import Store
from store.model import Delivery, DeliveryState, Language, Subscriber, SubscriberState

_DRY = re.compile(r"^(?:--|—|–)dry-?run\b\s*|\s*(?:--|—|–)dry-?run$", re.IGNORECASE)
_NAMED = re.compile(rf"(?P<name>{PREFIX}[0-9a-f]{{8}})(?:\s+(?P<verb>send|cancel))?")
_PAGE = 1000


async def broadcast(ask: Ask, store: Store) -> Reply:
    """Show what would be sent to whom; pressed on its own button, book it; by its name, how far it is."""
    spoken = reply_language(ask, store)
    words = arguments(ask)
    if not words:
        return _listed(store, spoken)
    if (match := _NAMED.fullmatch(words)) is not None:
        return _named(ask, store, match["name"], match["verb"] or "", spoken)
    text = _DRY.sub("", words)
    if not text:
        raise Refusal("broadcast.usage")
    if text != words:
        return _shown(Broadcast("", "", text), store, spoken, dry=True)
    return _shown(keep(ask, text, store), store, spoken)


def unsent_blocks(store: Store, spoken: Language) -> tuple[Block, ...]:
    """Broadcasts that are on their way, for /status too; empty when none is."""
    lines = [
        line(say("broadcast.unsent", spoken, name=name, count=count))
        for name, count in store.ledger.unsent(PREFIX).items()
    ]
    return (Bullets(tuple(lines)),) if lines else ()


def _listed(store: Store, spoken: Language) -> Reply:
    how = explained("broadcast", spoken)
    return Reply((*unsent_blocks(store, spoken), *how.blocks), spoken, tags=how.tags)


def _shown(found: Broadcast, store: Store, spoken: Language, *, dry: bool = False) -> Reply:
    """How it looks and who gets it."""
    count = _active_count(store)
    if not count:
        return reply(spoken, first("broadcast.nobody", spoken), *_receivers(store, spoken))
    blocks: tuple[Block, ...] = (
        first("broadcast.sure", spoken, count=count),
        Divider(),
        *message(found, spoken).blocks,
        Divider(),
        *_receivers(store, spoken),
    )
    if dry:
        return reply(spoken, *blocks, small("send.dry_run", spoken))
    go = button("broadcast.go", spoken, f"/broadcast {found.id} send", signed=True, count=count)
    return reply(spoken, *blocks, small("broadcast.a_day", spoken), buttons=(go,))


def _receivers(store: Store, spoken: Language) -> tuple[Block, ...]:
    """Chats by platform and state, and which of them get it."""
    counts = store.ledger.subscriber_counts()
    lines = []
    for platform in sorted({platform for platform, _ in counts}):
        states = ", ".join(
            f"{say(f'state.short.{state.value}', spoken)} {count}"
            for (where, state), count in sorted(counts.items())
            if where == platform and count
        )
        lines.append(line(say("status.platform", spoken, platform=platform, states=states)))
    return (Bullets(tuple(lines)), small("broadcast.only_active", spoken)) if lines else ()


def _active_count(store: Store) -> int:
    counts = store.ledger.subscriber_counts()
    return sum(count for (_, state), count in counts.items() if state is SubscriberState.ACTIVE)


def _named(ask: Ask, store: Store, name: str, verb: str, spoken: Language) -> Reply:
    booked = bool(store.ledger.edition_counts(name))
    if booked and verb == "cancel":
        return _cancel(ask, store, name, spoken)
    if booked:
        note = (first("broadcast.before", spoken),) if verb == "send" else ()
        return _progress(store, name, spoken, *note, replace=ask.pressed)
    found = kept(name, store)
    if found is None:
        raise Refusal("broadcast.gone", name=name)
    if ask.signed and verb == "send":
        return _book(ask, store, found, spoken)
    return _shown(found, store, spoken)


def _book(ask: Ask, store: Store, found: Broadcast, spoken: Language) -> Reply:
    """Book it for every chat that subscribes: all of them and the audit's line, or none."""
    count = 0
    with store.ledger.transaction():
        for subscriber in _active(store):
            booking = Delivery(
                subscriber.chat,
                found.week,
                found.id,
                part=0,
                parts=0,
                state=DeliveryState.PLANNED,
                due=ask.now,
                updated_at=ask.now,
            )
            count += store.ledger.book(subscriber, booking, expected_next_at=None)
        audit(ask, store, what="broadcast", detail=f"{found.id} to {count} chats")
    told_so = first("broadcast.booked", spoken, count=count)
    return _progress(store, found.id, spoken, told_so, replace=True)


def _active(store: Store) -> Iterator[Subscriber]:
    offset = 0
    while page := store.ledger.subscribers(state=SubscriberState.ACTIVE, offset=offset, limit=_PAGE):
        yield from page
        offset += len(page)


def _cancel(ask: Ask, store: Store, name: str, spoken: Language) -> Reply:
    if not ask.signed:
        return _progress(store, name, spoken)
    count = store.ledger.cancel(name, at=ask.now, reason="reason.canceled")
    if not count:
        return _progress(store, name, spoken, first("broadcast.too_late", spoken), replace=True)
    audit(ask, store, what="broadcast", detail=f"{name} canceled, {count} messages not sent")
    return _progress(store, name, spoken, first("broadcast.canceled", spoken, count=count), replace=True)


def _progress(store: Store, name: str, spoken: Language, *head: Block, replace: bool = False) -> Reply:
    """How many of its messages are in which state, and a way to stop the rest."""
    counts = store.ledger.edition_counts(name)
    states = ", ".join(
        f"{say(f'status.state.{state.value}', spoken)} {counts[state]}"
        for state in DeliveryState
        if counts.get(state)
    )
    buttons: list[Button] = [button("broadcast.again", spoken, f"/broadcast {name}")]
    if counts.get(DeliveryState.PLANNED):
        buttons.append(button("broadcast.cancel", spoken, f"/broadcast {name} cancel", signed=True))
    if counts.get(DeliveryState.FAILED) or counts.get(DeliveryState.UNKNOWN):
        buttons.append(button("status.errors_button", spoken, "/errors"))
    line_ = told("broadcast.progress", spoken, name=name, states=states)
    return reply(spoken, *head, line_, buttons=tuple(buttons), replace=replace)
