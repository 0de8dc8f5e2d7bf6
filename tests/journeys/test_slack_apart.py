"""Five workspaces do at random what workspaces do; nothing of one is ever seen in another."""

from __future__ import annotations

import asyncio
import re
import tempfile
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from store.installation import InstallState
from store.model import Chat, SubscriberState
from tests.build import a_week
from tests.fakes.slack import BOT, People
from tests.journeys.slack_tenants import Tenants, tenants

TEAMS = ("TA", "TB", "TC", "TD", "TE")
ORGANISED = {"TD": "E1", "TE": "E1"}
_MARK = re.compile(r"canary(T[A-E])")

teams = st.sampled_from(TEAMS)


def tenant_of(team: str) -> str:
    return f"{ORGANISED[team]}/{team}" if team in ORGANISED else team


class Apart(RuleBasedStateMachine):
    """The model is who has installed and who has subscribed; the rest is looked up in the fake."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.live: dict[str, bool] = dict.fromkeys(TEAMS, False)
        self.weeks = 0

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    @initialize()
    def begin(self) -> None:
        async def opened() -> Tenants:
            folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
            return await self.stack.enter_async_context(tenants(folder))

        self.many: Tenants = self.run(opened())
        self.people: dict[str, People] = {
            team: self.many.workspace(team, ORGANISED.get(team, "")) for team in TEAMS
        }
        for team in TEAMS[1:]:
            self.install(team)

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.runner.close()

    async def moved_on(self, **how_long: float) -> None:
        self.many.stage.time.now += timedelta(**how_long)
        await self.many.tended()

    # what workspaces do

    @rule(team=teams)
    def installs(self, team: str) -> None:
        self.install(team)

    def install(self, team: str) -> None:
        async def done() -> None:
            await self.moved_on(minutes=2)
            page = await self.many.install(team, ORGANISED.get(team, ""))
            assert page.status == 200

        self.run(done())
        self.live[team] = True

    @rule(team=teams, told=st.lists(st.sampled_from(("app_uninstalled", "tokens_revoked")), max_size=3))
    def uninstall(self, team: str, told: list[str]) -> None:
        """Slack may tell of it twice, in any order, or not at all."""

        async def done() -> None:
            await self.moved_on(minutes=2)
            self.many.stage.slack.grants.uninstall(team)
            for name in told:
                tokens = {"tokens": {"bot": [BOT]}} if name == "tokens_revoked" else {}
                await self.people[team].event({"type": name, **tokens})
            await self.many.stage.door.settled()

        self.run(done())
        self.live[team] = False

    @rule(team=teams)
    def late_removal(self, team: str) -> None:
        """A removal of last year is delivered once more."""

        async def done() -> None:
            await self.people[team].event({"type": "app_uninstalled"}, event_time=1_400_000_000)
            await self.many.stage.door.settled()

        before = self.many.installation(tenant_of(team))
        self.run(done())
        assert self.many.installation(tenant_of(team)) == before

    @rule(team=teams, words=st.sampled_from(("/subscribe", "/unsubscribe", "/follow canary{}")))
    def command(self, team: str, words: str) -> None:
        """In a channel that every workspace has one of the same name of."""

        async def done() -> None:
            command, _, text = words.format(team).partition(" ")
            await self.people[team].command(command, text, channel="C1", user="U1")
            await self.many.stage.door.settled()

        before = self.state_in(team)
        self.run(done())
        if self.works(team) and words != "/follow canary{}":  # /unsubscribe only asks
            expected = SubscriberState.ACTIVE if words == "/subscribe" else before
            assert self.state_in(team) is expected

    def state_in(self, team: str) -> SubscriberState:
        kept = self.many.stage.store.ledger.subscriber(Chat("slack", tenant_of(team), "C1"))
        return kept.state if kept else SubscriberState.NONE

    @rule(team=teams)
    def mention(self, team: str) -> None:
        """Where the bot is let in, it is answered there and nowhere else."""

        async def done() -> None:
            self.many.stage.time.now += timedelta(seconds=2)
            await self.people[team].mention(f"company canary{team}", channel="C1", user="U1")
            await self.many.stage.door.settled()

        before, works = self.said(), self.works(team)
        self.run(done())
        more = {name for name, count in self.said().items() if count > before[name]}
        assert more == ({team} if works else set())

    def works(self, team: str) -> bool:
        """Whether the app is in there, with a token that has not ended."""
        kept = self.many.installation(tenant_of(team))
        return self.live[team] and kept is not None and bool(kept.access)

    def said(self) -> dict[str, int]:
        return {team: len(self.many.stage.slack.said_in(team)) for team in TEAMS}

    @rule(team=teams)
    def refresh_is_void(self, team: str) -> None:
        self.many.stage.slack.grants.forget_refreshes(team)

    @rule(hours=st.sampled_from((1.0, 6.0, 13.0)))
    def time_goes_by(self, hours: float) -> None:
        self.run(self.moved_on(hours=hours))

    @rule()
    def a_week_is_pushed(self) -> None:
        async def done() -> None:
            self.weeks += 1
            self.many.stage.publish(*a_week(f"2017-W{46 + min(self.weeks, 6)}", 1))
            await self.moved_on(days=7)
            await self.many.stage.drained()

        self.run(done())

    # what never happens

    @invariant()
    def no_words_of_one_are_said_in_another(self) -> None:
        for team in TEAMS if hasattr(self, "many") else ():
            for message in self.many.stage.slack.said_in(team):
                assert set(_MARK.findall(f"{message.text}{message.blocks}")) <= {team}
                assert message.channel in self.many.stage.slack.worlds[team].channels

    @invariant()
    def every_chat_is_of_a_workspace(self) -> None:
        for subscriber in self.many.stage.store.ledger.subscribers() if hasattr(self, "many") else ():
            assert subscriber.chat.tenant in {tenant_of(team) for team in TEAMS}

    @invariant()
    def who_holds_no_token_is_pushed_nothing(self) -> None:
        if not hasattr(self, "many"):
            return
        installations = self.many.stage.store.ledger.installations("slack")
        for each in installations:
            assert bool(each.access) == (each.state is InstallState.ACTIVE)
        served = {each.tenant for each in installations if each.access}
        for subscriber in self.many.stage.store.ledger.subscribers(state=SubscriberState.ACTIVE):
            assert subscriber.chat.tenant in served
        assert self.many.stage.slack.violations == []


TestApart = Apart.TestCase
TestApart.settings = settings(
    max_examples=12,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
