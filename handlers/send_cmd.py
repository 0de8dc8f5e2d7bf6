"""/send: an edition outside the weekly schedule, in two steps: first who would get it, then a
button that sends. The weekly slots stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.answer import arguments, excerpt
from handlers.chat_json import chat_from_text
from handlers.chat_settings import audit, button, reply
from handlers.editions import find_edition, newest
from handlers.errors import Refusal
from handlers.language import reply_language
from handlers.lookup import first, small, told
from handlers.message import Ask, Block, Button, Reply
from handlers.weekly import send_now
from handlers.words import say
from store.bundle import Store
from store.model import Chat, DeliveryState, Edition, Language, SubscriberState

_DRY = re.compile(r"\s*(?:--|—|–)dry-?run\b", re.IGNORECASE)
_PAGE = 1000
_NAMED = 5
_HAS = {DeliveryState.PLANNED, DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Sending:
    """Which edition goes where. `word` is what stands for the chats in the command; `have` are
    chats that have the edition already: left out of `chats` when it goes to all.
    """

    edition: Edition
    word: str
    chats: tuple[Chat, ...]
    have: tuple[Chat, ...]


async def send(ask: Ask, store: Store) -> Reply:
    """Show who would get an edition now; pressed on its own button, book it for them."""
    spoken = reply_language(ask, store)
    words = arguments(ask)
    dry = _DRY.search(words) is not None
    pieces = _DRY.sub(" ", words).rsplit(maxsplit=1)
    if len(pieces) != 2:
        raise Refusal("send.usage")
    sending = _sending(ask, store, _edition(pieces[0], store, ask), pieces[1])
    if not sending.chats:
        return _nobody(sending, spoken)
    if ask.signed and not dry:
        return _book(ask, store, sending, spoken)
    return _dry_run(sending, spoken, dry=dry)


def _edition(word: str, store: Store, ask: Ask) -> Edition:
    """The edition a word names; "latest" = the last one published, else the newest there is."""
    if word.lower() in {"latest", "newest", "최신", "최근", "最新"}:
        found = store.library.newest_published(until=ask.now) or newest(store)
        if found is None:
            raise Refusal("send.no_edition")
        return found
    edition = find_edition(word, store)
    if edition is None:
        raise Refusal("send.unknown_edition", found=excerpt(word))
    return edition


def _sending(ask: Ask, store: Store, edition: Edition, word: str) -> Sending:
    low = word.lower()
    if low in {"all", "모두", "전체", "全部", "所有"}:
        everybody = _active(store)
        have = tuple(chat for chat in everybody if _has(chat, edition, store))
        left_out = set(have)
        return Sending(edition, "all", tuple(c for c in everybody if c not in left_out), have)
    chat = ask.chat if low in {"here", "여기", "这里", "這裡"} else _chat(word, ask, store)
    return Sending(edition, str(chat), (chat,), (chat,) if _has(chat, edition, store) else ())


def _active(store: Store) -> tuple[Chat, ...]:
    found: list[Chat] = []
    while page := store.ledger.subscribers(state=SubscriberState.ACTIVE, offset=len(found), limit=_PAGE):
        found += [one.chat for one in page]
    return tuple(found)


def _chat(word: str, ask: Ask, store: Store) -> Chat:
    """The chat a word names in full: one with settings, or the one where it is typed."""
    try:
        chat = chat_from_text(word)
    except Refusal:
        raise Refusal("send.unknown_chat", found=excerpt(word)) from None
    if chat != ask.chat and store.ledger.subscriber(chat) is None:
        raise Refusal("send.unknown_chat", found=excerpt(word))
    return chat


def _has(chat: Chat, edition: Edition, store: Store) -> bool:
    """Whether a chat has the edition, may have it, or is being given it."""
    rows = store.ledger.deliveries(chat, limit=100)
    return any(row.edition == edition.id and row.state in _HAS for row in rows)


def _nobody(sending: Sending, spoken: Language) -> Reply:
    have = (told("send.left_out", spoken, count=len(sending.have)),) if sending.have else ()
    edition = sending.edition
    return reply(spoken, first("send.nobody", spoken, title=edition.title, edition=edition.id), *have)


def _dry_run(sending: Sending, spoken: Language, *, dry: bool) -> Reply:
    edition, count = sending.edition, len(sending.chats)
    blocks: list[Block] = [
        first("send.sure", spoken, title=edition.title, edition=edition.id, count=count),
        told("send.to", spoken, chats=_listed(sending.chats, spoken)),
        told("send.stories", spoken, count=len(edition.story_ids)),
    ]
    if sending.have:
        key = "send.left_out" if sending.word == "all" else "send.has_it"
        blocks.append(told(key, spoken, count=len(sending.have)))
    if edition.published_at is None:
        blocks.append(told("send.not_published", spoken))
    if dry:
        return reply(spoken, *blocks, small("send.dry_run", spoken))
    # The chat is named in full: pressed elsewhere, "here" would be another one.
    go = button("send.go", spoken, f"/send {edition.id} {sending.word}", signed=True, count=count)
    return reply(spoken, *blocks, buttons=(go, _see(spoken)))


def _book(ask: Ask, store: Store, sending: Sending, spoken: Language) -> Reply:
    """Book it for every chat; a chat that has this very booking already is not booked twice."""
    edition = sending.edition
    before = {chat: _rows(chat, edition, store) for chat in sending.chats}
    for chat in sending.chats:
        send_now(store, chat, edition, now=ask.now)
    booked = sum(1 for chat in sending.chats if _rows(chat, edition, store) > before[chat])
    if not booked:
        return reply(spoken, first("send.done_before", spoken), buttons=(_see(spoken),), replace=True)
    audit(ask, store, what="send", detail=f"{sending.word} {edition.id} to {booked} chats")
    return reply(
        spoken,
        first("send.booked", spoken, title=edition.title, edition=edition.id, count=booked),
        small("send.see", spoken),
        buttons=(_see(spoken),),
        replace=True,
    )


def _rows(chat: Chat, edition: Edition, store: Store) -> int:
    """How many pushes of an edition a chat has on record."""
    rows = store.ledger.deliveries(chat, limit=1000)
    return len({row.week for row in rows if row.edition == edition.id})


def _listed(chats: Sequence[Chat], spoken: Language) -> str:
    named = ", ".join(str(chat) for chat in chats[:_NAMED])
    left = len(chats) - _NAMED
    return say("send.and_more", spoken, chats=named, count=left) if left > 0 else named


def _see(spoken: Language) -> Button:
    return button("import.status_button", spoken, "/status")
