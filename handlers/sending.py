"""One send of one part: marked right before its first byte, and judged whatever the door does."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Literal, cast

from handlers.door import Announcer, Door, Outcome
from store.errors import StoreError
from store.ledger import Ledger
from store.model import Delivery

log = logging.getLogger(__name__)


class Held(Exception):
    """The platform asked us to wait, `until` then, since this request was decided upon."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


class Going:
    """The mark that a request is about to be written: made once, and never sent without. `until` tells
    until when nothing may go there, None = now it may; it is asked again right before every request,
    because an answer to another one may have come since this one was begun.
    """

    def __init__(self, ledger: Ledger, part: Delivery, until: Callable[[], datetime | None]) -> None:
        self._ledger = ledger
        self._part = part
        self._until = until
        self._kept: StoreError | Held | None = None
        self.marked = False

    def ready(self) -> None:
        """Raises Held where it has to wait, and what kept it from going before."""
        if self._kept is None and (until := self._until()) is not None:
            self._kept = Held(until)
        self.check()

    def went(self) -> None:
        self.ready()
        if not self.marked:
            try:
                self._ledger.mark_go(self._part)
            except StoreError as error:
                self._kept = error
                raise
            self.marked = True

    def check(self) -> None:
        """Raises what kept it from going, whatever the door made of it."""
        if self._kept is not None:
            raise self._kept


async def sent(door: Door, part: Delivery, first: str, going: Going, *, silent: bool) -> Outcome:
    """One send. A door that raises has broken its promise: nobody knows what it had sent, unless
    it had not begun. Raises Held when it has to wait, and did not go.
    """
    going.ready()
    try:
        if getattr(door, "announces", False):
            send = cast(Announcer, door).send
            return await send(part.chat, part.content, first=first, silent=silent, went=going.went)
        going.went()
        return await door.send(part.chat, part.content, first=first, silent=silent)
    except (StoreError, Held):
        raise
    except Exception as error:
        log.exception("the door to %s raised", part.chat.platform)
        kind: Literal["unknown", "not_sent"] = "unknown" if going.marked else "not_sent"
        return Outcome(kind, reason="reason.unanswered", detail=type(error).__name__)
