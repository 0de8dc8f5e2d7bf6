"""What a Ledger promises to broadcasts: how far one is, and that what has not gone need not go.

A part of store.ledger.Ledger, and under its rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from store.model import DeliveryState


class Broadcasts(Protocol):
    """Rows that share an `edition`."""

    def edition_counts(self, edition: str) -> Mapping[DeliveryState, int]:
        """The parts of an edition, or their bookings, by state; empty when it went nowhere."""
        ...

    def unsent(self, prefix: str) -> Mapping[str, int]:
        """How many PLANNED and SENDING rows there are of each edition whose name begins so."""
        ...

    def cancel(self, edition: str, *, at: datetime, reason: str) -> int:
        """Every PLANNED row of an edition is SKIPPED for `reason`, in one transaction; how many. One
        whose first copy may have arrived is UNKNOWN instead.
        """
        ...
