"""When a feed is read again, and what becomes of it when it fails: pure decisions over an outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2s
from itertools import pairwise

from store.feeds import Feed, FeedState

SOONEST, LATEST = timedelta(minutes=15), timedelta(days=1)
_RETRY_LATEST = timedelta(days=7)  # the longest that a source's own Retry-After is obeyed
_FIRST_RETRY = timedelta(minutes=15)
_STEADY = 3  # reads in a row that must name the same permanent address before it is followed
_DEAD_AFTER, _DEAD_FAILS = timedelta(days=3), 5
_SHORTER, _LONGER = 0.7, 1.25  # an interval is right when about half of the reads bring something

DEAD, GONE, MOVED = "dead", "gone", "moved"
"""What administrators are told of a feed, once each."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A source answered with a feed, or that nothing changed.

    `etag`, `modified` and `digest` are what to remember it by. `fresh` counts entries that were not
    known, `dates` are those of its entries. `lifetime` is how many seconds the source asks to be left
    alone, `skip_hours` hours of UTC in which it does. `moved_to` is the address that only permanent
    redirects led to.
    """

    fresh: int = 0
    etag: str = ""
    modified: str = ""
    digest: str = ""
    title: str = ""
    site: str = ""
    language: str = ""
    dates: Sequence[datetime] = ()
    lifetime: int = 0
    skip_hours: Sequence[int] = ()
    moved_to: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """A source could not be read. `key` and `words` say why; `gone` = it said that it is no more.

    `retry_after` is how many seconds it asks to be left alone.
    """

    key: str
    words: tuple[tuple[str, str], ...] = ()
    retry_after: int = 0
    gone: bool = False


def after(feed: Feed, outcome: Answered | Failed, now: datetime) -> Feed:
    """The feed after a read."""
    return _failed(feed, outcome, now) if isinstance(outcome, Failed) else _answered(feed, outcome, now)


def _answered(feed: Feed, got: Answered, now: datetime) -> Feed:
    interval = _interval(feed, got, now)
    wait = max(interval, timedelta(seconds=min(got.lifetime, LATEST.total_seconds())))
    at = _outside(now + wait + _spread(feed, wait, now), got.skip_hours)
    read = replace(
        feed,
        title=feed.title or got.title,
        site=got.site or feed.site,
        language=feed.language or got.language,
        etag=got.etag,
        modified=got.modified,
        digest=got.digest or feed.digest,
        interval=interval,
        next_at=at,
        last_at=now,
        new_at=now if got.fresh else feed.new_at,
        fails=0,
        last_error="",
        error_words=(),
        told=feed.told if feed.told == MOVED else "",
        notice=feed.notice if feed.notice == MOVED else "",
    )
    return _moved(read, got.moved_to)


def _moved(feed: Feed, address: str) -> Feed:
    """Follow a permanent redirect that has led to the same place often enough."""
    if not address or address == feed.url:
        return replace(feed, moved_to="", moved=0)
    count = feed.moved + 1 if address == feed.moved_to else 1
    if count < _STEADY:
        return replace(feed, moved_to=address, moved=count)
    return replace(feed, url=address, moved_to="", moved=0, notice=MOVED)


def _failed(feed: Feed, failed: Failed, now: datetime) -> Feed:
    fails = feed.fails + 1
    wait = min(LATEST, _FIRST_RETRY * 2 ** min(fails - 1, 10))
    asked = timedelta(seconds=min(failed.retry_after, _RETRY_LATEST.total_seconds()))
    wait = max(wait, asked)
    kept = replace(
        feed,
        fails=fails,
        last_error=failed.key,
        error_words=failed.words,
        next_at=now + wait + _spread(feed, wait, now),
        moved_to="",
        moved=0,
    )
    if failed.gone:
        return replace(kept, state=FeedState.GONE, next_at=None, notice=GONE)
    since = feed.last_at or feed.added_at or now
    dead = fails >= _DEAD_FAILS and now - since >= _DEAD_AFTER
    return replace(kept, notice=DEAD) if dead and feed.told != DEAD else kept


def _interval(feed: Feed, got: Answered, now: datetime) -> timedelta:
    if feed.last_at is None:  # the first read: what its dates say
        dates = sorted(date for date in got.dates if date <= now)[-20:]
        gaps = sorted(later - sooner for sooner, later in pairwise(dates))
        found = gaps[len(gaps) // 2] / 2 if gaps else feed.interval
        if dates:
            found = max(found, (now - dates[-1]) / 10)  # it has been silent
    else:
        found = feed.interval * (_SHORTER if got.fresh else _LONGER)
    return min(max(found, SOONEST), LATEST)


def _outside(at: datetime, hours: Sequence[int]) -> datetime:
    """The next moment outside hours that a source asked to be left alone in."""
    if len(set(hours)) >= 24:
        return at
    while at.astimezone(UTC).hour in hours:
        at = at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return at


def _spread(feed: Feed, wait: timedelta, now: datetime) -> timedelta:
    """Up to a tenth of the wait, never at random: many feeds of one hour do not stay together."""
    digest = blake2s(f"{feed.id}\n{feed.url}\n{now:%Y-%m-%d %H}".encode(), digest_size=4).digest()
    return wait / 10 * (int.from_bytes(digest, "big") / 2**32)
