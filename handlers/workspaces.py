"""Workspaces that let the app in: when tokens are refreshed, what a removal means, who comes back.

Decisions are pure; what they change is the ledger's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from handlers.chats import refused, returned
from store.bundle import Store
from store.installation import Installation, InstallState
from store.ledger import AuditLine
from store.model import Chat, Platform, Subscriber, SubscriberState

EARLY = timedelta(hours=2)
"""An access token is refreshed so long before it ends: twelve hours of Slack's become ten."""
_FIRST, _LONGEST = timedelta(minutes=1), timedelta(minutes=30)
_NEAR = timedelta(seconds=90)  # two clocks, and whole seconds: an order within that is anybody's guess
_PAGE = 500


def refresh_at(installation: Installation) -> datetime | None:
    """When the access token is to be refreshed; None = never (it does not end, or cannot be)."""
    ends = installation.expires_at
    if not _usable(installation) or not installation.refresh or installation.reason or ends is None:
        return None
    due = ends - EARLY
    if installation.fails and installation.tried_at is not None:
        again = min(_FIRST * 2 ** min(installation.fails - 1, 10), _LONGEST)
        due = max(due, installation.tried_at + again)
    return due


def ends_at(installation: Installation) -> datetime | None:
    """When a workspace whose refresh was refused stops working for good; None = it does not."""
    refusing = _usable(installation) and bool(installation.reason)
    return installation.expires_at if refusing else None


def next_look(installation: Installation) -> datetime | None:
    """When there is something to be done about an installation."""
    return refresh_at(installation) or ends_at(installation)


def _usable(installation: Installation) -> bool:
    return installation.state is InstallState.ACTIVE


def removal(installation: Installation, happened: datetime | None) -> Literal["gone", "stale", "ask"]:
    """What "the app was removed", said to have happened then, means for what is on record: it is so;
    it was before the newest installation; or only the platform can tell.
    """
    if installation.state is InstallState.REMOVED:
        return "stale"
    if happened is None or abs(happened - installation.installed_at) <= _NEAR:
        return "ask"
    return "gone" if happened > installation.installed_at else "stale"


def installed(
    store: Store, installation: Installation, now: datetime, *, back: frozenset[str]
) -> tuple[Chat, ...]:
    """Record it, and let the subscriptions that stopped for one of the reasons `back` go on with their
    next slot. Returns their chats.
    """
    store.ledger.put_installation(installation)
    _note(store, installation, "installed", now)
    return resumed(store, installation.platform, installation.tenant, now, back=back)


def resumed(
    store: Store, platform: Platform, tenant: str, now: datetime, *, back: frozenset[str]
) -> tuple[Chat, ...]:
    """Let the subscriptions of a tenant that stopped for one of the reasons `back` go on with their next
    slot. Returns their chats.
    """
    found = _chats(store, platform, tenant, SubscriberState.SUSPENDED)
    stopped = [chat for chat, why in found if why in back]
    return tuple(chat for chat in stopped if returned(store, chat, now))


def stopped(store: Store, installation: Installation, reason: str, now: datetime) -> int:
    """Its tokens are refused: nothing is pushed to its chats until it is installed again, settings are
    kept. The tokens that no longer open anything are erased. Returns how many chats stopped.
    """
    return _end(store, installation, InstallState.SUSPENDED, reason, now)


def removed(store: Store, installation: Installation, reason: str, now: datetime) -> int:
    """The app was removed there: the tokens and who installed it are erased, pushes stop, settings are
    kept until somebody erases them. Returns how many chats stopped.
    """
    return _end(store, replace(installation, installer=""), InstallState.REMOVED, reason, now)


def _end(store: Store, installation: Installation, state: InstallState, reason: str, now: datetime) -> int:
    """Tokens first: a kill in between leaves chats that the next push suspends by itself."""
    ended = replace(
        installation,
        access="",
        refresh="",
        expires_at=None,
        tried_at=None,
        fails=0,
        state=state,
        reason=reason,
    )
    store.ledger.put_installation(ended)
    _note(store, installation, state.value, now)
    return stop_chats(store, installation.platform, installation.tenant, reason, now)


def stop_chats(store: Store, platform: Platform, tenant: str, reason: str, now: datetime) -> int:
    """Suspend every active chat of a tenant, of an organisation those of all its workspaces."""
    chats = [chat for chat, _ in _chats(store, platform, tenant, SubscriberState.ACTIVE)]
    return sum(refused(store, chat, reason, now) for chat in chats)


def _chats(store: Store, platform: Platform, tenant: str, state: SubscriberState) -> list[tuple[Chat, str]]:
    """Chats in that state, each with the reason that stands there."""
    return [
        (subscriber.chat, subscriber.reason)
        for subscriber in _subscribers(store, state)
        if subscriber.chat.platform == platform and _within(subscriber.chat.tenant, tenant)
    ]


def _within(tenant: str, whole: str) -> bool:
    return tenant == whole or tenant.startswith(f"{whole}/")


def _subscribers(store: Store, state: SubscriberState) -> Iterator[Subscriber]:
    offset = 0
    while page := store.ledger.subscribers(state=state, offset=offset, limit=_PAGE):
        yield from page
        offset += len(page)


def _note(store: Store, installation: Installation, what: str, now: datetime) -> None:
    who = f"{installation.platform}:{installation.tenant}/"
    store.ledger.note(AuditLine(at=now, who=who, what=what, detail=""))
