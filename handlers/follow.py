"""Companies that a chat follows (first in its digest) or mutes (left out): /follow, /unfollow,
/following, /mute, /unmute.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from handlers.answer import arguments, excerpt
from handlers.chat_json import NAMES_LIMIT
from handlers.chat_settings import button, keep, reply, settings_of
from handlers.errors import Refusal
from handlers.language import reply_language
from handlers.lookup import first, small, told
from handlers.message import Ask, Block, Button, Reply
from handlers.words import say
from store.bundle import Store
from store.catalogue import Catalogue, Look
from store.model import Company, Language, Subscriber

Verb = Literal["follow", "unfollow", "mute", "unmute"]

_UNDO: dict[Verb, Verb] = {"follow": "unfollow", "unfollow": "follow", "mute": "unmute", "unmute": "mute"}
_BETWEEN = re.compile(r"[,、，;；\n]+")
_SHOWN = 20
"""Buttons under one message."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a list of names means: ids in the order they were typed, and what needs an answer."""

    ids: tuple[str, ...]
    unclear: tuple[Look, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """What a command did: `done` now so, `same` so before, `moved` no longer on the other list,
    `left` no longer fitting.
    """

    subscriber: Subscriber
    done: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


async def follow(ask: Ask, store: Store) -> Reply:
    """Put companies first in this chat's digest."""
    return await _change(ask, store, "follow")


async def unfollow(ask: Ask, store: Store) -> Reply:
    """Stop putting companies first."""
    return await _change(ask, store, "unfollow")


async def mute(ask: Ask, store: Store) -> Reply:
    """Leave companies out of this chat's digest."""
    return await _change(ask, store, "mute")


async def unmute(ask: Ask, store: Store) -> Reply:
    """Let companies in again."""
    return await _change(ask, store, "unmute")


async def following(ask: Ask, store: Store) -> Reply:
    """What this chat follows and mutes, with a button to take each off."""
    language = reply_language(ask, store)
    subscriber = settings_of(ask, store)
    if not subscriber.follows and not subscriber.mutes:
        return reply(
            language,
            first("follow.none", language),
            small("follow.how_to", language),
            replace=ask.pressed,
        )
    blocks: list[Block] = []
    buttons: list[Button] = []
    lists: tuple[tuple[tuple[str, ...], str, Verb], ...] = (
        (subscriber.follows, "follow.list", "unfollow"),
        (subscriber.mutes, "mute.list", "unmute"),
    )
    for ids, key, verb in lists:
        if ids:
            names = _names(store.catalogue, ids, language)
            blocks.append(first(key, language, count=len(ids), names=names))
            buttons += _buttons(store.catalogue, ids, verb, language)
    return reply(
        language,
        *blocks,
        small("follow.how_to_change", language),
        buttons=tuple(buttons[:_SHOWN]),
        replace=ask.pressed,
    )


def read_names(text: str, catalogue: Catalogue) -> Named:
    """The companies in "메이투안, 디디": the whole text as one name first, then between commas,
    then word by word where every word is a company.
    """
    looks = _looks(text, catalogue)
    ids = tuple(dict.fromkeys(look.ids[0] for look in looks if look.status == "found"))
    return Named(ids, tuple(look for look in looks if look.status != "found"))


def added(subscriber: Subscriber, verb: Literal["follow", "mute"], ids: Iterable[str]) -> Changed:
    """Follow or mute these: at the end of the list, and off the other one."""
    here, there = _lists(subscriber, verb)
    wanted = tuple(ids)
    new = tuple(company for company in wanted if company not in here)
    fits = new[: max(0, NAMES_LIMIT - len(here))]
    return Changed(
        _with_lists(subscriber, verb, (*here, *fits), tuple(c for c in there if c not in fits)),
        done=fits,
        same=tuple(company for company in wanted if company in here),
        moved=tuple(company for company in fits if company in there),
        left=new[len(fits) :],
    )


def removed(subscriber: Subscriber, verb: Literal["follow", "mute"], ids: Iterable[str]) -> Changed:
    """Take these off the list of what is followed or muted."""
    here, there = _lists(subscriber, verb)
    wanted = tuple(ids)
    return Changed(
        _with_lists(subscriber, verb, tuple(company for company in here if company not in wanted), there),
        done=tuple(company for company in wanted if company in here),
        same=tuple(company for company in wanted if company not in here),
    )


async def _change(ask: Ask, store: Store, verb: Verb) -> Reply:
    language = reply_language(ask, store)
    before = settings_of(ask, store)
    words = arguments(ask)
    if not words:
        return _usage(ask, store, verb, before, language)
    named = read_names(words, store.catalogue)
    changed = _changed(before, verb, named.ids)
    if changed.subscriber != before:
        keep(ask, store, changed.subscriber, what=verb, detail=" ".join(changed.done))
    for look in named.unclear:
        if look.status == "none":
            store.ledger.note_miss(look.query, at=ask.now)
    if not named.ids and len(named.unclear) == 1:
        return _unclear_reply(named.unclear[0], verb, store.catalogue, language)
    return _changed_reply(store, verb, changed, named, language)


def _changed(before: Subscriber, verb: Verb, ids: tuple[str, ...]) -> Changed:
    if verb == "follow" or verb == "mute":  # noqa: PLR1714  # mypy narrows no `in`
        return added(before, verb, ids)
    return removed(before, "follow" if verb == "unfollow" else "mute", ids)


def _usage(ask: Ask, store: Store, verb: Verb, before: Subscriber, language: Language) -> Reply:
    """The command without a name: how to write it, and for taking off, what there is."""
    listed: tuple[str, ...] = {"unfollow": before.follows, "unmute": before.mutes}.get(verb, ())
    return reply(
        language,
        first(f"{verb}.which", language),
        small(f"{verb}.example", language),
        buttons=tuple(_buttons(store.catalogue, listed, verb, language)[:_SHOWN]),
        replace=ask.pressed,
    )


def _changed_reply(store: Store, verb: Verb, changed: Changed, named: Named, language: Language) -> Reply:
    def names(ids: tuple[str, ...]) -> str:
        return _names(store.catalogue, ids, language)

    blocks: list[Block] = []
    if changed.done:
        blocks.append(first(f"{verb}.done", language, names=names(changed.done)))
    if changed.same:
        blocks.append(first(f"{verb}.same", language, names=names(changed.same)))
    if changed.moved:
        blocks.append(told(f"{verb}.moved", language, names=names(changed.moved)))
    if changed.left:
        blocks.append(first(f"{verb}.too_many", language, names=names(changed.left), limit=NAMES_LIMIT))
    buttons = _buttons(store.catalogue, changed.done, _UNDO[verb], language)
    for look in named.unclear:
        blocks.append(_unclear_text(look, language))
        buttons += _buttons(store.catalogue, look.ids or look.suggestions, verb, language)
    buttons.append(button("follow.list_button", language, "/following"))
    return reply(language, *blocks, buttons=tuple(buttons[-_SHOWN:]))


def _unclear_reply(look: Look, verb: Verb, catalogue: Catalogue, language: Language) -> Reply:
    """One name that names no company, or several."""
    choices = look.ids or look.suggestions
    if not choices:
        raise Refusal("follow.unknown", name=excerpt(look.query), verb=verb)
    return reply(
        language,
        _unclear_text(look, language),
        buttons=tuple(_buttons(catalogue, choices, verb, language)[:_SHOWN]),
    )


def _unclear_text(look: Look, language: Language) -> Block:
    if look.status == "ambiguous":
        return first("follow.ambiguous", language, name=excerpt(look.query))
    key = "follow.did_you_mean" if look.suggestions else "follow.unknown_one"
    return first(key, language, name=excerpt(look.query))


def _looks(text: str, catalogue: Catalogue) -> tuple[Look, ...]:
    whole = catalogue.find(text)
    if whole.status != "none":
        return (whole,)
    looks: list[Look] = []
    for piece in (found.strip() for found in _BETWEEN.split(text)):
        if piece:
            looks += _looks_of_piece(piece, catalogue)
    return tuple(looks) or (whole,)


def _looks_of_piece(piece: str, catalogue: Catalogue) -> tuple[Look, ...]:
    look = catalogue.find(piece)
    words = piece.split()
    if look.status == "none" and len(words) > 1:
        each = tuple(catalogue.find(word) for word in words)
        if all(found.status != "none" for found in each):
            return each
    return (look,)


def _lists(
    subscriber: Subscriber, verb: Literal["follow", "mute"]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if verb == "follow":
        return subscriber.follows, subscriber.mutes
    return subscriber.mutes, subscriber.follows


def _with_lists(
    subscriber: Subscriber, verb: Literal["follow", "mute"], here: tuple[str, ...], there: tuple[str, ...]
) -> Subscriber:
    if verb == "follow":
        return replace(subscriber, follows=here, mutes=there)
    return replace(subscriber, mutes=here, follows=there)


def _name(catalogue: Catalogue, company_id: str, language: Language) -> str:
    company: Company | None = catalogue.get(company_id)
    return company.name(language) if company else company_id


def _names(catalogue: Catalogue, ids: tuple[str, ...], language: Language) -> str:
    between = "、" if language == "zh" else ", "
    return between.join(_name(catalogue, company_id, language) for company_id in ids)


def _buttons(catalogue: Catalogue, ids: Iterable[str], verb: Verb, language: Language) -> list[Button]:
    """A button for each company: "Follow 메이투안"."""
    return [
        Button(
            say(f"{verb}.button", language, name=_name(catalogue, company_id, language)),
            f"/{verb} id:{company_id}",
        )
        for company_id in ids
    ]
