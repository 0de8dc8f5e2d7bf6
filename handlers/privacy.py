"""What is kept about a chat: /privacy, /export, /forget."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from handlers.answer import arguments
from handlers.chat_json import export_as_json
from handlers.chat_settings import button, reply, settings_of
from handlers.language import reply_language
from handlers.lookup import first, small, told
from handlers.message import Ask, Block, Bullets, Buttons, File, Reply, line
from handlers.words import say
from store.bundle import Store
from store.ledger import AuditLine
from store.model import Chat, Delivery, Subscriber

_ALL = 1_000_000
_KEPT = ("settings", "deliveries", "inbox", "audit", "keepers", "misses", "workspace", "never")


@dataclass(frozen=True, slots=True)
class Kept:
    """What the ledger holds on a chat, and on its threads when the chat itself is asked about."""

    subscribers: tuple[Subscriber, ...]
    deliveries: tuple[Delivery, ...]
    audit: tuple[AuditLine, ...]

    def __bool__(self) -> bool:
        return bool(self.subscribers or self.deliveries or self.audit)

    @property
    def names(self) -> int:
        """How many companies are followed and muted."""
        return sum(len(one.follows) + len(one.mutes) for one in self.subscribers)


async def privacy(ask: Ask, store: Store) -> Reply:
    """What is kept, how long, and how to see and erase it."""
    spoken = reply_language(ask, store)
    return reply(
        spoken,
        first("privacy.head", spoken),
        Bullets(tuple(line(say(f"privacy.{kept}", spoken)) for kept in _KEPT)),
        small("privacy.rights", spoken),
        buttons=(
            button("privacy.export_button", spoken, "/export"),
            button("privacy.forget_button", spoken, "/forget"),
        ),
    )


async def export(ask: Ask, store: Store) -> Reply:
    """Everything about this chat (and thread) as a JSON file that can be imported again."""
    spoken = reply_language(ask, store)
    deliveries = store.ledger.deliveries(ask.chat, limit=_ALL)
    audit = _audit_of(ask.chat, store)
    if store.ledger.subscriber(ask.chat) is None and not deliveries and not audit:
        return Reply((first("export.nothing", spoken),), spoken, whisper=True)
    if not ask.private:  # who changed a group's settings is those people's business
        audit = tuple(replace(found, who="") for found in audit)
    data = export_as_json(settings_of(ask, store), deliveries, audit, _looked_after(ask, store))
    text = json.dumps(data, ensure_ascii=False) + "\n"
    return Reply(
        (first("export.done", spoken), small("export.how_to_import", spoken)),
        spoken,
        whisper=True,
        file=File("jianbao-chat.jsonl", text.encode()),
    )


def _looked_after(ask: Ask, store: Store) -> tuple[Chat, ...]:
    """The chats that the person whose private chat this is looks after."""
    if not ask.private or ask.chat.thread:
        return ()
    return store.ledger.kept_by(ask.chat.platform, ask.chat.tenant, ask.chat.id)


async def forget(ask: Ask, store: Store) -> Reply:
    """Ask once, by a button; then erase everything about this chat."""
    spoken = reply_language(ask, store)
    kept = what_is_kept(ask.chat, store)
    word = arguments(ask).lower()
    if word == "no":
        return reply(spoken, first("forget.kept", spoken), replace=True)
    if not kept:
        return reply(spoken, first("forget.nothing", spoken), replace=ask.pressed)
    counts = {"names": kept.names, "deliveries": len(kept.deliveries)}
    thread: tuple[Block, ...] = (small("forget.thread_only", spoken),) if ask.chat.thread else ()
    if word != "yes" or not ask.signed:
        yes = button("forget.yes", spoken, "/forget yes", signed=True)
        no = button("forget.no", spoken, "/forget no")
        return reply(
            spoken,
            first("forget.sure", spoken),
            told("forget.what_goes", spoken, **counts),
            *thread,
            buttons=(yes, no),
        )
    store.ledger.forget(ask.chat)
    if store.names is not None and not ask.chat.thread:
        store.names.forget(_person(ask.chat))
    store.ledger.note(_audited(ask))
    return Reply(
        (
            first("forget.done", spoken, **counts),
            small("forget.after", spoken),
            Buttons((button("subscribe.button", spoken, "/subscribe"),)),
        ),
        spoken,
        replace=True,
    )


def what_is_kept(chat: Chat, store: Store) -> Kept:
    """The rows that Ledger.forget erases: of one thread, else of the chat with all its threads."""
    chats = [chat] if chat.thread else [chat, *_threads(chat, store)]
    subscribers = tuple(one for each in chats if (one := store.ledger.subscriber(each)) is not None)
    deliveries = tuple(row for each in chats for row in store.ledger.deliveries(each, limit=_ALL))
    audit = tuple(found for each in chats for found in _audit_of(each, store))
    return Kept(subscribers, deliveries, audit)


def _audit_of(chat: Chat, store: Store) -> tuple[AuditLine, ...]:
    """What was changed in a chat, and what the person did whose private chat it is."""
    person = _person(chat)
    return tuple(
        found
        for found in store.ledger.audit(limit=_ALL)
        if str(chat) in found.detail.split() or (found.who == person and not chat.thread)
    )


def _person(chat: Chat) -> str:
    """Whose private chat it is, as an AuditLine names people."""
    return f"{chat.platform}:{chat.tenant}/{chat.id}"


def _threads(chat: Chat, store: Store) -> list[Chat]:
    """The threads of a chat that have settings."""
    found: list[Chat] = []
    offset = 0
    while page := store.ledger.subscribers(offset=offset, limit=1000):
        found += [
            one.chat
            for one in page
            if one.chat.thread
            and (one.chat.platform, one.chat.tenant, one.chat.id) == (chat.platform, chat.tenant, chat.id)
        ]
        offset += len(page)
    return found


def _audited(ask: Ask) -> AuditLine:
    """That something was erased: without the chat, and without the person in a private chat,
    who would otherwise be kept by having asked to be forgotten.
    """
    user = "" if ask.private else ask.user
    return AuditLine(ask.now, f"{ask.chat.platform}:{ask.chat.tenant}/{user}", "forget", "")
