"""Counting what is asked for, for /insights: what an answer was about, never who asked."""

from __future__ import annotations

from handlers.message import Ask, Reply
from store.bundle import Store


def count(ask: Ask, answered: Reply, store: Store) -> None:
    """Count an answer by what it was about, as its tags say."""
    tags = answered.tags
    for tag, kind in (("company", "company"), ("story", "story"), ("edition", "digest")):
        if name := tags.get(tag):
            store.ledger.note_asked(kind, name, at=ask.now)
            return
