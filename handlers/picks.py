"""The pick of an ambiguous name: who chose between two companies is not asked again for a while."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from handlers.message import Ask
from store.bundle import Store
from store.catalogue import Look
from store.errors import StoreError
from store.spelling import squash

log = logging.getLogger(__name__)

FOR = timedelta(minutes=10)


def offered(ask: Ask, store: Store, name: str, ids: Sequence[str]) -> None:
    """This chat was asked which of these companies a name means."""
    _keep(ask, store, {"name": squash(name), "ids": list(ids), "pick": ""})


def note_pick(ask: Ask, store: Store, company: str) -> None:
    """A company was chosen by its id: when it answers the question, the answer is kept."""
    asked = _kept(ask, store)
    if asked is not None and company in asked["ids"] and asked["pick"] != company:
        _keep(ask, store, {**asked, "pick": company})


def settled(ask: Ask, store: Store, name: str, look: Look) -> Look:
    """The look-up of a name: an ambiguous one means what this chat chose within ten minutes."""
    if look.status != "ambiguous":
        return look
    asked = _kept(ask, store)
    if asked is None or asked["name"] != squash(name) or asked["pick"] not in look.ids:
        return look
    return Look(look.query, "found", (asked["pick"],))


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
