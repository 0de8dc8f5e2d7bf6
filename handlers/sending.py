"""One send of one part: marked right before its first byte, and judged whatever the door does."""

from __future__ import annotations

import logging
from typing import Literal, cast

from handlers.door import Announcer, Door, Outcome
from store.errors import StoreError
from store.ledger import Ledger
from store.model import Delivery

log = logging.getLogger(__name__)


class Going:
    """The mark that a request is about to be written: made once, and never sent without."""

    def __init__(self, ledger: Ledger, part: Delivery) -> None:
        self._ledger = ledger
        self._part = part
        self._failed: StoreError | None = None
        self.marked = False

    def went(self) -> None:
        if self._failed is not None:
            raise self._failed
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
    it had not begun.
    """
    try:
        if getattr(door, "announces", False):
            send = cast(Announcer, door).send
            return await send(part.chat, part.content, first=first, silent=silent, went=going.went)
        going.went()
        return await door.send(part.chat, part.content, first=first, silent=silent)
    except StoreError:
        raise
    except Exception as error:
        log.exception("the door to %s raised", part.chat.platform)
        kind: Literal["unknown", "not_sent"] = "unknown" if going.marked else "not_sent"
        return Outcome(kind, reason="reason.unanswered", detail=type(error).__name__)
