"""The ledger's installations, in SQLite. Text that was replaced leaves the file at once."""

# ruff: noqa: S608 (queries are put together from constants of this package, values are bound)

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from store.installation import Installation, InstallState
from store.model import Platform
from store.sqlite_file import File
from store.sqlite_rows import maybe_micros, maybe_moment, micros, moment

_TOKENS = "access, refresh"
_COLUMNS = (
    f"platform, tenant, installed_at, bot, installer, {_TOKENS}, expires_at, tried_at, fails, state, reason"
)
_PUT = f"INSERT OR REPLACE INTO installations ({_COLUMNS}) VALUES (?{', ?' * _COLUMNS.count(',')})"


class Installs(File):
    """The part of store.ledger.Ledger that is about installations."""

    def installation(self, platform: Platform, tenant: str) -> Installation | None:
        with self._reading():
            row = self._row(
                f"SELECT {_COLUMNS} FROM installations WHERE platform = ? AND tenant = ?", platform, tenant
            )
            return None if row is None else _installation(row)

    def installations(self, platform: Platform) -> tuple[Installation, ...]:
        with self._reading():
            rows = self._rows(
                f"SELECT {_COLUMNS} FROM installations WHERE platform = ? ORDER BY tenant", platform
            )
            return tuple(_installation(row) for row in rows)

    def put_installation(self, installation: Installation) -> None:
        before = self.installation(installation.platform, installation.tenant)
        with self._writing() as db:
            db.execute(_PUT, _values(installation))
        if before is not None and (before.access, before.refresh) != (
            installation.access,
            installation.refresh,
        ):
            self._move_log(all_of_it=True)

    def reseal(self, again: Callable[[str], str]) -> int:
        count = 0
        with self._writing() as db:
            rows = db.execute(f"SELECT platform, tenant, {_TOKENS} FROM installations").fetchall()
            for row in rows:
                sealed = [again(row[name]) if row[name] else "" for name in _TOKENS.split(", ")]
                count += sum(map(bool, sealed))
                db.execute(
                    "UPDATE installations SET access = ?, refresh = ? WHERE platform = ? AND tenant = ?",
                    (*sealed, row["platform"], row["tenant"]),
                )
        if count:
            self._rows("VACUUM")  # as in forget(): what moved may have left a copy
            self._move_log(all_of_it=True)
        return count


def _installation(row: sqlite3.Row) -> Installation:
    return Installation(
        platform=row["platform"],
        tenant=row["tenant"],
        installed_at=moment(row["installed_at"]),
        bot=row["bot"],
        installer=row["installer"],
        access=row["access"],
        refresh=row["refresh"],
        expires_at=maybe_moment(row["expires_at"]),
        tried_at=maybe_moment(row["tried_at"]),
        fails=row["fails"],
        state=InstallState(row["state"]),
        reason=row["reason"],
    )


def _values(installation: Installation) -> tuple[object, ...]:
    return (
        installation.platform,
        installation.tenant,
        micros(installation.installed_at),
        installation.bot,
        installation.installer,
        installation.access,
        installation.refresh,
        maybe_micros(installation.expires_at),
        maybe_micros(installation.tried_at),
        installation.fails,
        installation.state.value,
        installation.reason,
    )
