"""The webhook: one delivery of Telegram's, verified by bot/web.py, kept before it is acknowledged.

The library's own acknowledges after putting an update into a queue in memory; a kill loses what is
in it. Here the same desk takes the update that would have taken it from a poll: it is in the inbox
when Telegram is told so, and one that came both ways has one effect.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any, NoReturn

from store.errors import StoreError

if TYPE_CHECKING:
    from bot.telegram_desk import Desk

log = logging.getLogger(__name__)

Answered = tuple[int, str, bytes]
"""Status, content type and body."""

_TAKEN: Answered = (200, "text/plain", b"")
_UNREADABLE: Answered = (400, "text/plain", b"not an update")
_LATER: Answered = (503, "text/plain", b"later")
_LARGEST_ID = 1 << 63


class Webhook:
    """Where deliveries go: to `desk`, or nowhere while there is none (Telegram comes again)."""

    def __init__(self) -> None:
        self.desk: Desk | None = None

    async def deliver(self, body: bytes) -> Answered:
        """200 once the update is kept (or was, before); 400 for what is none; 503 when it cannot be
        kept now: Telegram delivers it again.
        """
        raw = update_of(body)
        if raw is None:
            return _UNREADABLE
        desk = self.desk
        if desk is None or desk.full:
            return _LATER
        try:
            await desk.take(raw)
        except StoreError as error:
            log.error("an update cannot be kept and is left with Telegram: %s", error)  # noqa: TRY400
            return _LATER
        return _TAKEN


def update_of(body: bytes) -> dict[str, Any] | None:
    """The update that a body holds: a JSON object with an id; None for anything else."""
    try:
        raw = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None
    number = raw.get("update_id") if isinstance(raw, dict) else None
    fits = isinstance(number, int) and not isinstance(number, bool) and 0 <= number < _LARGEST_ID
    return raw if fits else None


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)
