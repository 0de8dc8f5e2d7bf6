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
    """The platform asked us to wait since this request was decided upon."""


class Going:
    """The mark that a request is about to be written: made once, and never sent without. `until` tells
    until when nothing may go there, None = now it may; it is asked again right before every request,
    because an answer to another one may have come since this one was begun.
    """

    def __init__(self, ledger: Ledger, part: Delivery, until: Callable[[], datetime | None]) -> None:
        self._ledger = ledger
        self._part = part
        self._until = until
        self._failed: StoreError | None = None
        self.marked = False
        self.held: datetime | None = None

    def may_go(self) -> bool:
        """Whether it need not wait; `held` is until when it has to."""
        self.held = self._until()
        return self.held is None

    def went(self) -> None:
        if self._failed is not None:
            raise self._failed
        if not self.may_go():
            raise Held
        if not self.marked:
            try:
                self._ledger.mark_go(self._part)
            except StoreError as error:
                self._failed = error
                raise
            self.marked = True

    def check(self) -> None:
        """Raises what kept the mark from being made, whatever the door made of it."""
        if self._failed is not None:
            raise self._failed


async def sent(door: Door, part: Delivery, first: str, going: Going, *, silent: bool) -> Outcome:
    """One send. A door that raises has broken its promise: nobody knows what it had sent, unless
    it had not begun. `going.held` is set when it has to wait, and did not go.
    """
    if not going.may_go():
        return Outcome("not_sent")
    try:
        if getattr(door, "announces", False):
            send = cast(Announcer, door).send
            return await send(part.chat, part.content, first=first, silent=silent, went=going.went)
        going.went()
        return await door.send(part.chat, part.content, first=first, silent=silent)
    except StoreError:
        raise
    except Held:
        return Outcome("not_sent")
    except Exception as error:
        log.exception("the door to %s raised", part.chat.platform)
        kind: Literal["unknown", "not_sent"] = "unknown" if going.marked else "not_sent"
        return Outcome(kind, reason="reason.unanswered", detail=type(error).__name__)
