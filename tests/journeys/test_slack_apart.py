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
from store.model import SubscriberState
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

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.runner.close()

    async def moved_on(self, **how_long: float) -> None:
        self.many.stage.time.now += timedelta(**how_long)
        await self.many.tended()

    # what workspaces do

    @rule(team=teams)
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

    @rule(
        team=teams, words=st.sampled_from(("/subscribe", "/unsubscribe", "/company", "/follow", "/settings"))
    )
    def command(self, team: str, words: str) -> None:
        async def done() -> None:
            channel, user = f"C{team}", f"U{team}"
            await self.people[team].command(words, f"canary{team}", channel=channel, user=user)
            await self.many.stage.door.settled()

        self.run(done())

    @rule(team=teams, other=teams)
    def mention_by_a_stranger(self, team: str, other: str) -> None:
        """Somebody of another workspace, in a channel that both share by name alone."""

        async def done() -> None:
            text = f"company canary{team}"
            await self.people[team].mention(text, channel=f"C{team}", user=f"U{other}")
            await self.many.stage.door.settled()

        self.run(done())

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
    def every_chat_is_of_the_workspace_that_it_is_in(self) -> None:
        for subscriber in self.many.stage.store.ledger.subscribers() if hasattr(self, "many") else ():
            team = subscriber.chat.id.removeprefix("C")
            assert subscriber.chat.tenant == tenant_of(team)

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
    max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
