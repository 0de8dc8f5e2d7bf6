"""Installation: one workspace that let the app in, with its tokens as sealed text."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from store.model import Platform


class InstallState(StrEnum):
    """ACTIVE may be used; SUSPENDED's tokens are refused; REMOVED was uninstalled and holds none."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Installation:
    """`tenant` is "ENTERPRISE/TEAM", "TEAM", or "ENTERPRISE" where a whole organisation installed.

    `access` and `refresh` are sealed (store/seal.py), "" where there is none. `expires_at` None =
    the access token does not expire. `tried_at` is when a refresh was begun whose answer is not
    in yet: after a kill it says that the refresh token may be spent. `fails` counts refreshes that
    got no answer. `reason` (a words key) of an ACTIVE one is trouble that was told already.
    """

    platform: Platform
    tenant: str
    installed_at: datetime
    bot: str = ""
    installer: str = ""
    access: str = field(default="", repr=False)
    refresh: str = field(default="", repr=False)
    expires_at: datetime | None = None
    tried_at: datetime | None = None
    fails: int = 0
    state: InstallState = InstallState.ACTIVE
    reason: str = ""
