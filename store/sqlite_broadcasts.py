"""The ledger's broadcasts, in SQLite."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from store.model import DeliveryState
from store.sqlite_file import File
from store.sqlite_rows import micros


class SqliteBroadcasts(File):
    """store.broadcasts.Broadcasts, all of it."""

    def edition_counts(self, edition: str) -> Mapping[DeliveryState, int]:
        with self._reading():
            rows = self._rows(
                "SELECT state, count(*) AS n FROM deliveries WHERE edition = ? GROUP BY state", edition
            )
            return {DeliveryState(row["state"]): row["n"] for row in rows}

    def unsent(self, prefix: str) -> Mapping[str, int]:
        with self._reading():
            rows = self._rows(
                "SELECT edition, count(*) AS n FROM deliveries WHERE edition >= ? AND edition < ?"
                " AND state IN ('planned', 'sending') GROUP BY edition",
                prefix,
                f"{prefix}\U0010ffff",
            )
            return {row["edition"]: row["n"] for row in rows}

    def cancel(self, edition: str, *, at: datetime, reason: str) -> int:
        with self._writing() as db:
            done = db.execute(
                "UPDATE deliveries SET updated_at = ?,"
                " state = CASE reason WHEN 'reason.again' THEN 'unknown' ELSE 'skipped' END,"
                " reason = CASE reason WHEN 'reason.again' THEN 'reason.unanswered' ELSE ? END"
                " WHERE edition = ? AND state = 'planned'",
                (micros(at), reason, edition),
            )
            return done.rowcount
