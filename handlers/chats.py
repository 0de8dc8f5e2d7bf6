"""What platforms tell us about chats: moved, refusing, back. Told twice is told once."""

from __future__ import annotations

from datetime import datetime

from handlers.subscription import activate, suspend
from store.bundle import Store
from store.ledger import AuditLine
from store.model import Chat, Subscriber, SubscriberState

_PAGE = 500


def moved(store: Store, old: Chat, new_id: str, now: datetime) -> int:
    """The chat `old` has the id `new_id` now: everything of it, with all its threads, follows.

    Returns how many chats moved; 0 when it is already done (told twice, from either side).
    """
    count = store.ledger.move_chat(old, new_id, at=now)
    if count:
        _note(store, old, "moved", new_id, now)
    return count


def refused(store: Store, chat: Chat, reason: str, now: datetime) -> bool:
    """The platform will not take messages for `chat` (`reason` is a words key): stop pushing to it,
    keep its settings. A paused chat stays paused. True when a subscription was suspended.
    """
    before = store.ledger.subscriber(chat)
    if before is None or before.state is not SubscriberState.ACTIVE:
        return False
    store.ledger.put_subscriber(suspend(before, reason))
    _note(store, chat, "suspended", reason, now)
    return True


def returned(store: Store, chat: Chat, now: datetime, *, threads: bool = False) -> bool:
    """`chat` can be written to again: a suspended subscription goes on with its next slot.

    True = say welcome back. `threads` = the whole conversation came back (the bot was let in
    again), so its threads' subscriptions go on as well.
    """
    own = store.ledger.subscriber(chat)
    suspended = _suspended_threads(store, chat) if threads else ([own] if own is not None else [])
    woken = False
    for before in suspended:
        if before.state is SubscriberState.SUSPENDED:
            store.ledger.put_subscriber(activate(before, before.schedule, now))
            _note(store, before.chat, "returned", "", now)
            woken = True
    return woken


def _suspended_threads(store: Store, chat: Chat) -> list[Subscriber]:
    """Every suspended subscriber of the conversation, whatever its thread."""
    found: list[Subscriber] = []
    offset = 0
    while True:
        page = store.ledger.subscribers(state=SubscriberState.SUSPENDED, offset=offset, limit=_PAGE)
        found += [s for s in page if _conversation(s.chat) == _conversation(chat)]
        if len(page) < _PAGE:
            return found
        offset += _PAGE


def _conversation(chat: Chat) -> tuple[str, str, str]:
    return chat.platform, chat.tenant, chat.id


def _note(store: Store, chat: Chat, what: str, detail: str, now: datetime) -> None:
    who = f"{chat.platform}:{chat.tenant}/"
    store.ledger.note(AuditLine(at=now, who=who, what=what, detail=f"{chat} {detail}".strip()))
