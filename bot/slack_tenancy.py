"""Tenancy: which workspaces are served, and how they come, stay and go.

A workspace's tokens lie sealed in the ledger and in the clear only in its client. One that is
refused stops its own workspace, is told to the administrators, and to who installed the app as long
as anything can be told there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.slack_inbound import GRANTED, Incoming
from bot.slack_oauth import NotGrantedError, OAuth, States, exchange, renew
from bot.slack_send import TROUBLE, judge, reason
from bot.slack_teams import teams_of
from bot.slack_workspace import Workspace, Workspaces
from handlers import workspaces
from handlers.door import Outcome
from handlers.errors import Refusal
from handlers.language import from_tag
from handlers.message import Reply, Text, line
from handlers.words import say
from store.bundle import Store
from store.errors import StoreError
from store.installation import Installation, InstallState
from store.model import Chat
from store.seal import Seal, SealError

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

log = logging.getLogger(__name__)

Alarm = Callable[[str, Mapping[str, str]], Awaitable[None]]
"""Tells the administrators: a words key and its words."""

LOST = frozenset({"token_revoked", "account_inactive"})
"""Codes after which a token never works again."""
NO_REFRESH = frozenset({"invalid_refresh_token", *LOST})
"""Codes after which a refresh token never works again."""
_GONE, _REFUSED = reason("uninstalled"), reason("token")
BACK = frozenset({_GONE, _REFUSED})
"""Reasons of a suspended chat that a new installation takes away."""
_SOON = timedelta(seconds=60)
_AT_ONCE = 4


async def no_alarm(key: str, words: Mapping[str, str]) -> None:
    """For where nobody is to be told."""
    del key, words


class Tenancy:
    """`client` makes a client with a token, or none; `spaces` is filled and emptied here."""

    def __init__(
        self,
        store: Store,
        spaces: Workspaces,
        *,
        oauth: OAuth,
        seal: Seal,
        client: Callable[[str | None], AsyncWebClient],
        clock: Callable[[], datetime],
        alarm: Alarm = no_alarm,
    ) -> None:
        self.spaces = spaces
        self.oauth = oauth
        self._store = store
        self._seal = seal
        self._client = client
        self._clock = clock
        self._alarm = alarm
        self._turns: dict[str, asyncio.Lock] = {}
        self._late: set[str] = set()  # those whose late refresh was told
        self._room = asyncio.Semaphore(_AT_ONCE)

    def load(self) -> None:
        """Serve what the ledger has. Refusal where no key opens a token: better no bot than one that
        is dead in places.
        """
        for installation in self._store.ledger.installations("slack"):
            if installation.state is InstallState.ACTIVE:
                self._serve(installation)

    def _serve(self, installation: Installation) -> None:
        try:
            token = self._seal.open(installation.access)
            if installation.refresh:
                self._seal.open(installation.refresh)
        except SealError as error:
            raise Refusal("slack.keys_wrong", tenant=installation.tenant) from error
        self.spaces.serve(installation.tenant, installation.bot, token, installation.expires_at)

    # coming

    def begin(self) -> tuple[str, str]:
        """Where to send somebody who wants to install, and the cookie to give along."""
        state, cookie = self._states().make(self._clock())
        return self.oauth.authorize_url(state), cookie

    async def finish(self, query: Mapping[str, str], cookie: str) -> tuple[str, tuple[Chat, ...]]:
        """Take what Slack sent the browser back with: the words key of what to show there, and the chats
        whose subscriptions are back. Never raises for what a visitor, Slack or the network does.
        """
        now = self._clock()
        try:
            name = self._states().name(query.get("state", ""), cookie, now)
            if name is None or not self._first_time(name, now):
                return "slack.install.stale", ()
            if query.get("error"):
                denied = query["error"] == "access_denied"
                return f"slack.install.{'denied' if denied else 'refused'}", ()
            return await self._exchanged(query.get("code", ""))
        except StoreError:
            log.exception("slack: an installation could not be kept")
            return "slack.install.not_kept", ()

    def _states(self) -> States:
        return States(self._store.ledger.secret("slack-install"))

    def _first_time(self, name: str, now: datetime) -> bool:
        key = f"install:{name}"
        new = self._store.ledger.receive(key, "", at=now)
        self._store.ledger.handled(key, at=now)
        return new

    async def _exchanged(self, code: str) -> tuple[str, tuple[Chat, ...]]:
        try:
            grant = await exchange(self._client(None), self.oauth, code)
        except NotGrantedError as error:
            log.warning("slack: an installation was not granted: %s", error)
            return "slack.install.refused", ()
        except TROUBLE as error:
            outcome = judge(error)
            log.warning("slack: oauth.v2.access: %s", outcome.detail)
            lost = outcome.kind in {"not_sent", "unknown", "wait"}
            return f"slack.install.{'unreachable' if lost else 'refused'}", ()
        now = self._clock()
        async with self._turn(grant.tenant):
            installation = Installation(
                "slack",
                grant.tenant,
                now,
                bot=grant.bot,
                installer=grant.installer,
                access=self._seal.close(grant.access),
                refresh=self._seal.close(grant.refresh) if grant.refresh else "",
                expires_at=now + grant.expires_in if grant.expires_in else None,
            )
            back = workspaces.installed(self._store, installation, now, back=BACK)
            self._serve(installation)
        return f"slack.install.{'back' if back else 'done'}", back

    # staying

    def next_look(self) -> datetime | None:
        """When something is to be done about an installation."""
        found = map(workspaces.next_look, self._store.ledger.installations("slack"))
        return min((at for at in found if at is not None), default=None)

    async def tend(self) -> None:
        """Refresh what ends soon, and end what could not be refreshed in time."""

        async def one(installation: Installation) -> None:
            async with self._room:
                await self._tended(installation.tenant)

        now = self._clock()
        every = self._store.ledger.installations("slack")
        due = [each for each in every if (at := workspaces.next_look(each)) is not None and at <= now]
        await asyncio.gather(*map(one, due))

    async def _tended(self, tenant: str) -> None:
        async with self._turn(tenant):
            now = self._clock()
            installation = self._store.ledger.installation("slack", tenant)
            if installation is None:
                return
            if (at := workspaces.refresh_at(installation)) is not None and at <= now:
                await self._refresh(installation)
            elif (ends := workspaces.ends_at(installation)) is not None and ends <= now:
                await self._stop(installation)

    async def fresh(self, workspace: Workspace) -> None:
        """Before a message goes out: a token that ends within a minute is refreshed first."""
        if workspace.expires_at is not None and workspace.expires_at - self._clock() <= _SOON:
            await self._tended(workspace.home)

    async def _refresh(self, installation: Installation) -> bool:
        """Renew the tokens. That it was begun is written down first: the refresh token is good once, and
        a kill between the answer and our own record of it leaves the old access token, until it ends,
        and the knowledge of what happened.
        """
        ledger, now = self._store.ledger, self._clock()
        begun = replace(installation, tried_at=now)
        ledger.put_installation(begun)
        try:
            grant = await renew(self._client(None), self.oauth, self._seal.open(installation.refresh))
            if grant.tenant != installation.tenant:
                raise NotGrantedError("tokens of another workspace")
        except TROUBLE as error:
            await self._not_refreshed(begun, judge(error))
            return False
        now = self._clock()
        renewed = replace(
            begun,
            access=self._seal.close(grant.access),
            refresh=self._seal.close(grant.refresh) if grant.refresh else "",
            expires_at=now + grant.expires_in if grant.expires_in else None,
            tried_at=None,
            fails=0,
        )
        ledger.put_installation(renewed)
        self._late.discard(renewed.tenant)
        self._serve(renewed)
        return True

    async def _not_refreshed(self, installation: Installation, outcome: Outcome) -> None:
        """Only what says that this very refresh token is no good is final: the rest may be the network,
        or a client secret that somebody mistyped.
        """
        tenant, code = installation.tenant, outcome.detail
        log.error("slack: %s was not refreshed: %s", tenant, code)
        ended = installation.expires_at is None or installation.expires_at <= self._clock()
        if code not in NO_REFRESH:
            self._store.ledger.put_installation(replace(installation, fails=installation.fails + 1))
            if (ended or outcome.kind == "refused") and tenant not in self._late:
                self._late.add(tenant)
                await self._alarm("slack.refresh_late", {"tenant": tenant, "code": code})
            return
        refused = replace(installation, reason=_REFUSED)
        self._store.ledger.put_installation(refused)
        await self._tell(refused, code)
        if ended:
            await self._stop(refused, told=True)

    # going

    async def dead(self, workspace: Workspace, outcome: Outcome) -> bool:
        """Slack refused the workspace's token for a message, which it did not take. True = there is a
        new token, send again; else what had to stop has stopped.
        """
        async with self._turn(workspace.home):
            installation = self._store.ledger.installation("slack", workspace.home)
            if installation is None or installation.state is not InstallState.ACTIVE:
                return False
            if outcome.detail == "token_expired":
                if installation.refresh and not installation.reason:
                    return await self._refresh(installation)
                await self._stop(installation)
            elif outcome.detail in LOST:
                await self._stop(installation)
        return False

    def knows(self, came: Incoming) -> bool:
        """Whether a removal is about an installation of ours, be it stopped already."""
        return self._installation(came) is not None

    async def removed(self, came: Incoming) -> None:
        """The app was uninstalled or its tokens were revoked; told late, twice, or in any order."""
        found = self._installation(came)
        if found is None:
            return
        async with self._turn(found.tenant):
            installation = self._store.ledger.installation("slack", found.tenant)
            if installation is None:
                return
            happened = datetime.fromtimestamp(came.at, UTC) if came.at else None
            verdict = workspaces.removal(installation, happened)
            if verdict == "gone" and installation.tenant == came.enterprise:
                verdict = "ask"  # one workspace may have left an organisation that stays
            if verdict == "ask" and await self._works(installation):
                verdict = "stale"
            if verdict == "stale":
                log.info("slack: a removal of %s is from before", installation.tenant)
                return
            workspaces.removed(self._store, installation, _GONE, self._clock())
            self.spaces.leave(installation.tenant)

    async def moved(self, came: Incoming, teams: Iterable[str]) -> tuple[Chat, ...]:
        """Workspaces of an organisation that keeps the app let it in or out: their chats alone stop, or go
        on; those that go on are returned. Told late, twice or in any order, so Slack is asked how it is
        now; where it cannot be asked, what was said before the newest installation is no news.
        """
        found, now = self._installation(came), self._clock()
        if found is None or found.tenant != came.enterprise or not found.access:
            return ()
        reached = await teams_of(self._client(self._seal.open(found.access)))
        happened = datetime.fromtimestamp(came.at, UTC) if came.at else None
        if reached is None and workspaces.removal(found, happened) == "stale":
            return ()
        back: list[Chat] = []
        for team in teams:
            tenant = f"{found.tenant}/{team}"
            if came.name == GRANTED if reached is None else team in reached:
                back += workspaces.resumed(self._store, "slack", tenant, now, back=frozenset({_GONE}))
            else:
                workspaces.stop_chats(self._store, "slack", tenant, _GONE, now)
        return tuple(back)

    def _installation(self, came: Incoming) -> Installation | None:
        """Of the workspace itself, else of its organisation; not every payload names that."""
        ledger = self._store.ledger
        names = [f"{came.enterprise}/{came.team}", came.enterprise] if came.enterprise else [came.team]
        for name in names:
            if name and (found := ledger.installation("slack", name)):
                return found
        if came.enterprise or not came.team:
            return None
        every = ledger.installations("slack")
        return next((each for each in every if each.tenant.endswith(f"/{came.team}")), None)

    async def _works(self, installation: Installation) -> bool:
        """Whether Slack still takes the token on record; taken to be so where it cannot be reached."""
        if not installation.access:
            return False
        try:
            await self._client(self._seal.open(installation.access)).auth_test()
        except TROUBLE as error:
            return judge(error).kind != "dead"
        return True

    async def _stop(self, installation: Installation, *, told: bool = False) -> None:
        count = workspaces.stopped(self._store, installation, _REFUSED, self._clock())
        self.spaces.leave(installation.tenant)
        log.error("slack: %s refuses its token; %d chats stopped", installation.tenant, count)
        if not told:
            await self._alarm("slack.stopped", {"tenant": installation.tenant, "count": str(count)})

    async def _tell(self, installation: Installation, code: str) -> None:
        """The administrators, and in the workspace who installed the app, while its old token is good."""
        words = {"tenant": installation.tenant, "code": code, "link": self.oauth.install_url}
        await self._alarm("slack.refresh_refused", words)
        workspace = self.spaces.any_of(installation.tenant)
        if workspace is None or not installation.installer:
            return
        person = await workspace.people.person(installation.installer)
        language = from_tag(person.locale) or self._store.defaults.language
        notice = Reply((Text(line(say("slack.reinstall", language, **words))),), language)
        if not await workspace.write_to(installation.installer, notice):
            log.warning("slack: who installed the app in %s could not be told", installation.tenant)

    def _turn(self, tenant: str) -> asyncio.Lock:
        return self._turns.setdefault(tenant, asyncio.Lock())
