"""The pick of an ambiguous name: who chose between two companies is not asked again for a while."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from handlers.message import Ask, Button, Buttons, Reply
from store.bundle import Store
from store.errors import StoreError
from store.model import Language
from store.spelling import squash

log = logging.getLogger(__name__)

FOR = timedelta(minutes=10)
_COMMANDS = frozenset({"company", "figures"})


@dataclass(frozen=True, slots=True)
class Pick:
    """What a name was taken for: `given` the arguments that say so, `others` what else it may mean."""

    name: str
    company: str
    given: str
    others: tuple[str, ...]


def picked(command: str, given: str, reply: Reply, ask: Ask, store: Store) -> Pick | None:
    """What this chat chose within ten minutes for the name that the arguments begin with, where `reply`
    finds that it may be two.
    """
    if command not in _COMMANDS or reply.tags.get("status") != "ambiguous":
        return None
    asked = _kept(ask, store)
    if asked is None or not asked["pick"]:
        return None
    head, _, tail = given.rpartition(" ")
    for name, rest in ((given, ""), (head, f" {tail}")):
        if name and squash(name) == asked["name"]:
            others = tuple(one for one in asked["ids"] if one != asked["pick"])
            return Pick(name, asked["pick"], f"id:{asked['pick']}{rest}", others)
    return None


def as_picked(reply: Reply, pick: Pick, store: Store, language: Language) -> Reply:
    """The answer, with what the name was taken for, and the way to the others it may mean."""
    from handlers.answer import excerpt
    from handlers.cards import names_line
    from handlers.lookup import small

    company = store.catalogue.get(pick.company)
    name = company.name(language) if company else pick.company
    said = small("company.as_picked", language, name=excerpt(pick.name), company=name)
    others = (store.catalogue.get(one) for one in pick.others)
    buttons = tuple(Button(names_line(one, language), f"/company id:{one.id}") for one in others if one)
    return replace(reply, blocks=(*reply.blocks[:1], said, *reply.blocks[1:], Buttons(buttons)))


def remember(command: str, given: str, reply: Reply, ask: Ask, store: Store) -> None:
    """After an answer: a name that may be two is asked about from now on; a company chosen by its id,
    when it answers the question, is the pick.
    """
    if command not in _COMMANDS:
        return
    if reply.tags.get("status") == "ambiguous":
        ids = reply.tags["ids"].split()
        _keep(ask, store, {"name": squash(reply.tags["name"]), "ids": ids, "pick": ""})
    elif given.startswith("id:"):
        company = given[3:].partition(" ")[0]
        asked = _kept(ask, store)
        if asked is not None and company in asked["ids"] and asked["pick"] != company:
            _keep(ask, store, {**asked, "pick": company})


def _draft(ask: Ask) -> str:
    return f"which:{ask.chat}"


def _kept(ask: Ask, store: Store) -> dict[str, Any] | None:
    body = store.ledger.draft(_draft(ask))
    asked: dict[str, Any] | None = json.loads(body) if body else None
    if asked is None or ask.now - datetime.fromisoformat(asked["at"]) > FOR:
        return None
    return asked


def _keep(ask: Ask, store: Store, asked: dict[str, Any]) -> None:
    try:
        body = json.dumps({**asked, "at": ask.now.isoformat()}, ensure_ascii=False)
        store.ledger.keep_draft(_draft(ask), body, at=ask.now)
    except StoreError:  # a store that only reads does without
        log.debug("a pick was not kept", exc_info=True)
