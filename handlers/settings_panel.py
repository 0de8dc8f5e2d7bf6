"""The panel of /settings: every setting of a chat with its value, and buttons to change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from handlers.chat_settings import button, coming_block, reply, settings_of
from handlers.dates import moment_text
from handlers.language import reply_language
from handlers.language_choice import OWN_NAMES
from handlers.lookup import first, small
from handlers.message import Ask, Block, Bullets, Button, Heading, Line, Reply, line
from handlers.schedule import schedule_text
from handlers.words import say
from store.bundle import Store
from store.model import Chat, Language, Subscriber, SubscriberState


@dataclass(frozen=True, slots=True)
class Choice:
    """A setting with a few values."""

    field: Literal["length", "silent", "managers", "policy", "layout"]
    values: tuple[str | bool, ...]


CHOICES = {
    "length": Choice("length", ("short", "full")),
    "silent": Choice("silent", (True, False)),
    "managers": Choice("managers", ("admins", "everyone")),
    "policy": Choice("policy", ("at_most_once", "at_least_once")),
    "layout": Choice("layout", ("classic", "rich")),
}


def panel(ask: Ask, store: Store, *notice: Block) -> Reply:
    """What was changed, if anything was; then every setting with its value. Edits the pressed message."""
    spoken = reply_language(ask, store)
    chat = settings_of(ask, store)
    coming = coming_block(chat, ask.now, spoken) if chat.state is SubscriberState.ACTIVE else ()
    return reply(
        spoken,
        *notice,
        Heading(say("settings.title", spoken)),
        Bullets(_rows(ask, store, chat, spoken)),
        *coming,
        small("settings.how_to_change", spoken),
        buttons=_buttons(ask, store, chat, spoken),
        replace=True,
    )


def choices(ask: Ask, name: str, chat: Subscriber, spoken: Language) -> Reply:
    """What each value of one setting means, and a button for each."""
    values = [code(value) for value in CHOICES[name].values]
    head = first(
        "settings.now", spoken, setting=say(f"settings.{name}.name", spoken), value=shown(name, chat, spoken)
    )
    return reply(
        spoken,
        head,
        Bullets(tuple(line(say(f"settings.{name}.{value}.means", spoken)) for value in values)),
        buttons=(*(_button(name, value, spoken) for value in values), back(spoken)),
        replace=ask.pressed,
    )


def back(spoken: Language) -> Button:
    """To the panel."""
    return button("settings.back", spoken, "/settings")


def code(value: str | bool) -> str:
    """A value as it is typed: True is "on"."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return value


def shown(name: str, chat: Subscriber, spoken: Language) -> str:
    """The value of a setting of few values, in words."""
    value = code(getattr(chat, CHOICES[name].field))
    return say(f"settings.{name}.{value}.value", spoken)


def quiet_text(chat: Subscriber, spoken: Language) -> str:
    """The quiet hours in words."""
    return chat.quiet.replace("-", "–") or say("settings.quiet.none", spoken)


def topic_text(chat: Chat, spoken: Language) -> str:
    """Which part of a conversation a chat is, in words."""
    return say(f"settings.topic.{'one' if chat.thread else 'whole'}", spoken, number=chat.thread)


def offered(ask: Ask) -> tuple[str, ...]:
    """The settings of few values that mean something where this was asked."""
    return tuple(name for name in CHOICES if name != "layout" or ask.rich)


def _divided(ask: Ask, store: Store) -> bool:
    """Whether this conversation has topics that could be pushed to, each for itself."""
    return bool(ask.chat.thread) or len(store.ledger.conversation(ask.chat)) > 1


def _rows(ask: Ask, store: Store, chat: Subscriber, spoken: Language) -> tuple[Line, ...]:
    own = say("language.follows_client", spoken) if chat.language is None else OWN_NAMES[chat.language]
    counts = say("settings.follows.value", spoken, follows=len(chat.follows), mutes=len(chat.mutes))
    rows = {
        "language": own,
        "schedule": schedule_text(chat.schedule, spoken),
        "state": state_text(chat, spoken),
        **{name: shown(name, chat, spoken) for name in offered(ask)},
        "quiet": quiet_text(chat, spoken),
        "follows": counts,
    }
    if _divided(ask, store):
        rows["topic"] = topic_text(ask.chat, spoken)
    return tuple(
        line(say("settings.row", spoken, setting=say(f"settings.{name}.name", spoken), value=value))
        for name, value in rows.items()
    )


def _buttons(ask: Ask, store: Store, chat: Subscriber, spoken: Language) -> tuple[Button, ...]:
    """The other value of what has two and needs no explanation; for the rest a panel of its own."""
    main = {
        SubscriberState.NONE: button("subscribe.button", spoken, "/subscribe"),
        SubscriberState.ACTIVE: button("unsubscribe.button", spoken, "/unsubscribe"),
    }.get(chat.state, button("resume.button", spoken, "/resume"))
    topic = (button("settings.topic.change", spoken, "/settings topic"),) if _divided(ask, store) else ()
    layout = (button("settings.layout.change", spoken, "/settings layout"),) if ask.rich else ()
    return (
        button("settings.language.change", spoken, "/settings language"),
        button("settings.day_button", spoken, "/settings day"),
        button("settings.time_button", spoken, "/settings time"),
        button("settings.zone_button", spoken, "/settings zone"),
        _button("length", "full" if chat.length == "short" else "short", spoken),
        _button("silent", "off" if chat.silent else "on", spoken),
        button("settings.quiet.change", spoken, "/settings quiet"),
        *topic,
        button("settings.managers.change", spoken, "/settings managers"),
        button("settings.policy.change", spoken, "/settings policy"),
        *layout,
        button("follow.list_button", spoken, "/following"),
        main,
    )


def _button(name: str, value: str, spoken: Language) -> Button:
    return button(f"settings.{name}.{value}.button", spoken, f"/settings {name} {value}")


def state_text(chat: Subscriber, spoken: Language) -> str:
    """Whether the chat is pushed to, in a few words."""
    if chat.state is SubscriberState.PAUSED and chat.paused_until is not None:
        until = moment_text(chat.paused_until, spoken, chat.schedule.zone)
        return say("state.short.paused_until", spoken, moment=until)
    return say(f"state.short.{chat.state.value}", spoken)
