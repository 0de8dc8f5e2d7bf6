"""The labelled entries as feeds bring them: for tests of the newsroom."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.newsroom import labelled
from handlers.newsroom.desk import Desk
from store.bundle import Defaults, Store
from store.catalogue import load
from store.feeds import Entry
from store.sqlite import open_ledger
from store.tiny import open_library
from store.tiny_feeds import open_feeds

SUNDAY = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
"""After the last entry of the "tuned" part; the slot it is for is Monday 09:00 in Seoul."""

DUE = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
"""An hour before that slot."""


def a_desk(folder: Path, *entries: Entry, **defaults: Any) -> Desk:
    """A desk on real files that has read these entries."""
    store = Store(
        open_library(folder), open_ledger(folder), load(), Defaults(**defaults), feeds=open_feeds(folder)
    )
    desk = Desk(store)
    bring(desk, *entries)
    return desk


def bring(desk: Desk, *entries: Entry) -> None:
    """Let a feed bring these entries, and the desk read them."""
    assert desk.store.feeds is not None
    desk.store.feeds.put((), [replace(entry, id="") for entry in entries])
    last = max((entry.seen_at for entry in entries), default=SUNDAY)
    while desk.step(last, limit=50):
        pass


def wire(part: str = "tuned") -> tuple[Entry, ...]:
    """The labelled entries as a feed brings them: not understood yet."""
    return tuple(
        replace(entry, guid=f"guid-{entry.id}", language="", mentions=(), figures=())
        for entry in labelled(part).entries
    )


def reported(number: int, outlet: str, title: str, text: str, *, hours: int = 0, **fields: Any) -> Entry:
    """An entry of an outlet, `hours` after Saturday noon."""
    url = f"https://{outlet}.example/{number}"
    at = SUNDAY - timedelta(days=1) + timedelta(hours=hours)
    entry = Entry("", "1", f"guid-{number}", url, url, title, text, at, published=at)
    return replace(entry, **fields)
