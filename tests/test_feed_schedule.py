"""When a feed is read again, what becomes of one that fails, and what administrators are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, strategies as st

from handlers.feed_schedule import DEAD, GONE, LATEST, MOVED, SOONEST, Answered, Failed, after
from store.feeds import Feed, FeedState
from tests.build import NOON, a_feed

FEED = a_feed(id="1", added_at=NOON - timedelta(days=30), last_at=NOON, interval=timedelta(hours=2))


def waits(feed: Feed) -> timedelta:
    assert feed.next_at is not None
    return feed.next_at - NOON


def test_news_makes_it_come_sooner_and_silence_later() -> None:
    assert after(FEED, Answered(fresh=3), NOON).interval < FEED.interval
    assert after(FEED, Answered(), NOON).interval > FEED.interval


def test_the_interval_finds_how_often_a_source_changes() -> None:
    """One that changes every five hours is read some twice in that time, not ten times nor once a day."""
    feed, changed, now, reads = replace(FEED, interval=SOONEST), NOON, NOON, 0
    while now < NOON + timedelta(days=10):
        fresh = int((now - NOON) / timedelta(hours=5)) - int((changed - NOON) / timedelta(hours=5))
        feed, changed, reads = after(feed, Answered(fresh=fresh), now), now, reads + 1
        assert feed.next_at is not None
        now = feed.next_at
    assert 48 <= reads <= 150


def test_the_first_read_takes_the_pace_of_its_dates() -> None:
    new = replace(FEED, last_at=None)
    dates = [NOON - timedelta(hours=4 * each) for each in range(10)]
    assert after(new, Answered(fresh=10, dates=dates), NOON).interval == timedelta(hours=2)
    silent = [date - timedelta(days=60) for date in dates]
    assert after(new, Answered(fresh=10, dates=silent), NOON).interval == LATEST
    assert after(new, Answered(fresh=1), NOON).interval == FEED.interval


@given(st.integers(0, 10**9), st.integers(0, 50), st.timedeltas(SOONEST, LATEST))
def test_what_a_source_asks_is_obeyed_and_bounded(lifetime: int, fresh: int, interval: timedelta) -> None:
    feed = after(replace(FEED, interval=interval), Answered(fresh=fresh, lifetime=lifetime), NOON)
    assert SOONEST <= feed.interval <= LATEST
    asked = min(timedelta(seconds=lifetime), LATEST)
    assert max(feed.interval, asked) <= waits(feed) <= max(feed.interval, asked) * 1.1


def test_hours_in_which_it_sleeps_are_left_out() -> None:
    feed = after(replace(FEED, interval=SOONEST), Answered(fresh=1, skip_hours=(12, 13)), NOON)
    assert feed.next_at == NOON.replace(hour=14)
    assert waits(after(FEED, Answered(skip_hours=range(24)), NOON)) < LATEST


def test_many_feeds_do_not_stay_together() -> None:
    """And the same feed at the same time gets the same answer."""
    times = {after(replace(FEED, id=str(number)), Answered(), NOON).next_at for number in range(50)}
    assert len(times) == 50
    assert after(FEED, Answered(), NOON) == after(FEED, Answered(), NOON)


def test_failures_wait_longer_and_longer_but_a_day_at_most() -> None:
    feed, before = FEED, timedelta()
    for count in range(1, 15):
        feed = after(feed, Failed("error.fetch_timeout", (("url", "x"),)), NOON)
        assert before / 1.2 <= waits(feed) <= LATEST * 1.1
        assert feed.fails == count
        before = waits(feed)
    assert before >= LATEST
    assert (feed.last_error, feed.error_words) == ("error.fetch_timeout", (("url", "x"),))
    well = after(feed, Answered(), NOON)
    assert (well.fails, well.last_error, well.error_words) == (0, "", ())


def test_retry_after_is_obeyed_and_bounded() -> None:
    long = after(FEED, Failed("error.fetch_status", retry_after=40_000), NOON)
    assert waits(long) >= timedelta(seconds=40_000)
    assert waits(after(FEED, Failed("error.fetch_status", retry_after=10**12), NOON)) < timedelta(days=8)


def test_gone_is_the_end_and_told() -> None:
    feed = after(FEED, Failed("error.fetch_status", gone=True), NOON)
    assert (feed.state, feed.next_at, feed.notice) == (FeedState.GONE, None, GONE)


def test_dead_is_told_once_until_it_lives_again() -> None:
    feed = replace(FEED, last_at=NOON - timedelta(days=4), fails=4)
    feed = after(feed, Failed("error.fetch_timeout"), NOON)
    assert feed.notice == DEAD
    told = replace(feed, notice="", told=DEAD)
    assert after(told, Failed("error.fetch_timeout"), NOON).notice == ""
    well = after(told, Answered(), NOON)
    assert (well.notice, well.told) == ("", "")
    assert after(replace(FEED, fails=9), Failed("error.fetch_timeout"), NOON).notice == ""  # only hours


def test_a_permanent_address_is_followed_when_it_stays() -> None:
    there = Answered(moved_to="https://new.example/feed")
    feed = after(after(FEED, there, NOON), there, NOON)
    assert (feed.url, feed.moved) == (FEED.url, 2)
    assert after(feed, Answered(), NOON).moved == 0
    assert after(feed, Answered(moved_to="https://third.example/"), NOON).moved == 1
    moved = after(feed, there, NOON)
    assert (moved.url, moved.notice, moved.moved, moved.moved_to) == (there.moved_to, MOVED, 0, "")
    assert after(moved, Answered(), NOON).notice == MOVED  # until somebody was told


def test_what_to_remember_it_by_is_kept_as_it_came() -> None:
    feed = after(FEED, Answered(etag='W/"x"', modified="Mon", digest="ab"), NOON)
    assert (feed.etag, feed.modified, feed.digest) == ('W/"x"', "Mon", "ab")
    assert after(feed, Answered(), NOON).digest == "ab"  # not changed, and not said again


def test_a_title_that_a_person_gave_stays() -> None:
    assert after(FEED, Answered(title="other"), NOON).title == FEED.title
    assert after(replace(FEED, title=""), Answered(title="other"), NOON).title == "other"
