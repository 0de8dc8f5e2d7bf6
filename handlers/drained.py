"""What one round of delivering came to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from store.model import Platform


@dataclass(frozen=True, slots=True)
class Drained:
    """What a drain did: parts `sent`, `failed`, `unknown`, `skipped` now; `waiting` still planned.

    `next_at` = when more may be sent or is due (None = nothing known of). `stopped` are (platform,
    tenant) that refuse our credentials. `paused` are the platforms and workspaces ("slack:T1") that are
    held because too many chats refuse, `held` is why all of them are (a words key): nothing is sent until
    somebody has looked (Ledger.release).
    """

    sent: int = 0
    failed: int = 0
    unknown: int = 0
    skipped: int = 0
    waiting: int = 0
    next_at: datetime | None = None
    stopped: tuple[tuple[Platform, str], ...] = ()
    paused: tuple[str, ...] = ()
    held: str = ""

    def plus(self, later: Drained) -> Drained:
        """Both together: counts add up, the rest is as `later` found it."""
        return replace(
            later,
            sent=self.sent + later.sent,
            failed=self.failed + later.failed,
            unknown=self.unknown + later.unknown,
            skipped=self.skipped + later.skipped,
            stopped=tuple(dict.fromkeys((*self.stopped, *later.stopped))),
            paused=tuple(dict.fromkeys((*self.paused, *later.paused))),
        )
