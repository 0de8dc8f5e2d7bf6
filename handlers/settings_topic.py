"""The part of /settings about where in a divided chat the digest comes: a forum has topics."""

from __future__ import annotations

from dataclasses import replace

from handlers.answer import excerpt
from handlers.chat_settings import audit, button, keep, reply, settings_of
from handlers.errors import Refusal
from handlers.language import reply_language
from handlers.lookup import first, small, told
from handlers.message import Ask, Bullets, Reply, line
from handlers.schedule import schedule_text
from handlers.settings_panel import back, panel, topic_text
from handlers.subscription import activate, deactivate
from handlers.words import say
from store.bundle import Store
from store.model import Chat, Subscriber, SubscriberState

_HERE = frozenset(["here", "여기", "여기로", "이곳", "这里", "這裡", "此处", "本话题"])


def set_topic(ask: Ask, store: Store, word: str) -> Reply:
    """Show which topics of this chat get the digest, or let it come to this one alone."""
    spoken = reply_language(ask, store)
    others = subscribed_elsewhere(ask.chat, store)
    if word.casefold() in _HERE:
        _move_here(ask, store, others)
        return panel(ask, store, told("settings.topic.moved", spoken))
    if word:
        raise Refusal("settings.topic.bad", found=excerpt(word), example="/settings topic here")
    rows = tuple(
        line(
            say(
                "settings.row",
                spoken,
                setting=topic_text(other.chat, spoken),
                value=schedule_text(other.schedule, spoken),
            )
        )
        for other in others
    )
    here = (button("settings.topic.here_button", spoken, "/settings topic here"),) if others else ()
    return reply(
        spoken,
        first("settings.topic.now", spoken, topic=topic_text(ask.chat, spoken)),
        *((told("settings.topic.others", spoken), Bullets(rows)) if others else ()),
        small("settings.topic.example", spoken),
        buttons=(*here, back(spoken)),
        replace=ask.pressed,
    )


def subscribed_elsewhere(chat: Chat, store: Store) -> tuple[Subscriber, ...]:
    """The other topics of this conversation that are pushed to."""
    known = store.ledger.conversation(chat)
    return tuple(one for one in known if one.chat != chat and one.state is SubscriberState.ACTIVE)


def _move_here(ask: Ask, store: Store, others: tuple[Subscriber, ...]) -> None:
    """The digest comes here, as it came elsewhere unless it already came here; a week that any of
    them had stays had.
    """
    own = settings_of(ask, store)
    if own.state is not SubscriberState.ACTIVE and others:
        own = replace(others[0], chat=ask.chat)
    every = (own, *others)
    own = replace(
        own,
        last_week=max(one.last_week for one in every),
        last_edition=max(one.last_edition for one in every),
    )
    fresh = activate(replace(own, state=SubscriberState.NONE), own.schedule, ask.now)
    keep(ask, store, fresh, what="settings", detail="topic here")
    for other in others:
        store.ledger.put_subscriber(deactivate(other))
        audit(ask, store, what="settings", detail=f"{other.chat} topic elsewhere")
