"""A large push is planned in slices, the next ones while those before are being sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from handlers.weekly import plan
from store.bundle import Store

SLICE = 100  # bookings at a time: some 0.2 ms each, and answers come between
_TURN = timedelta(seconds=2)  # of a large push, then what else is due has its turn


def ahead(store: Store, clock: Callable[[], datetime]) -> Callable[[], bool]:
    """For drain(): books the next slice of what is due, until the push has had its turn; whether there
    was any.
    """
    until = clock() + _TURN

    def book() -> bool:
        now = clock()
        return now < until and bool(plan(store, now=now, limit=SLICE).booked)

    return book
