"""Who asks, and where: what Slack knows of users and channels, asked live and kept for a while."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from bot.slack_send import TROUBLE, judge

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

log = logging.getLogger(__name__)

FRESH = timedelta(seconds=60)  # how old a fact may be that permits something
KEPT = timedelta(minutes=10)  # how old any other fact may be
_MOST = 4096
_PAGES = 3  # of a person's channels

Place = Literal["inside", "open", "closed"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Person:
    """`locale` is a BCP 47 tag ("" = not known). `full` = a full member of this workspace."""

    locale: str = ""
    full: bool = False


class People:
    """Facts of one workspace (`team`, in `enterprise` or ""), at most 4,096 of a kind remembered."""

    def __init__(
        self, client: AsyncWebClient, clock: Callable[[], datetime], *, team: str, enterprise: str
    ) -> None:
        self._client = client
        self._clock = clock
        self._team = team
        self._enterprise = enterprise
        self._persons: _Kept[Person] = _Kept(clock)
        self._places: _Kept[Place] = _Kept(clock)

    async def person(self, user: str, *, fresh: bool = False) -> Person:
        """What Slack says of a user; nobody in particular when it does not answer."""
        found = self._persons.get(user, FRESH if fresh else KEPT)
        if found is not None:
            return found
        try:
            answer = await self._client.users_info(user=user, include_locale=True)
            facts: dict[str, Any] = answer["user"]
        except TROUBLE as error:
            log.info("slack: users.info: %s", judge(error).detail)
            return Person()
        return self._persons.put(user, Person(str(facts.get("locale", "")), self._full(facts)))

    async def may_manage(self, user: str) -> bool:
        """Whether this user may change a channel's settings: Slack's custom is that every full
        member of the workspace may; guests, bots and members of other workspaces may not.
        """
        return bool(user) and (await self.person(user, fresh=True)).full

    async def inside(self, channel: str) -> bool:
        """Whether the bot is in this conversation. A conversation it cannot see, it is not in;
        where Slack does not answer it is taken to be.
        """
        return await self.place(channel) == "inside"

    async def place(self, channel: str) -> Place:
        """Where the bot stands: "inside", before an "open" channel that it may join, or a "closed" one."""
        found = self._places.get(channel, KEPT)
        if found is not None:
            return found
        try:
            answer = await self._client.conversations_info(channel=channel)
            facts: dict[str, Any] = answer["channel"]
        except TROUBLE as error:
            outcome = judge(error)
            return self._places.put(channel, "closed") if outcome.kind == "gone" else "inside"
        if facts.get("is_im") or facts.get("is_member"):
            return self._places.put(channel, "inside")
        shut = facts.get("is_private") or facts.get("is_archived")
        return self._places.put(channel, "closed" if shut else "open")

    def moved(self, channel: str, *, inside: bool) -> None:
        """The bot was let into a channel, or left it."""
        if inside:
            self._places.put(channel, "inside")
        else:
            self._places.forget(channel)

    async def channels(self, user: str) -> list[str]:
        """The channels that this person and the bot both know of, at most a few hundred; empty when
        Slack does not say.
        """
        found: list[str] = []
        cursor = None
        for _ in range(_PAGES):
            try:
                answer = await self._client.users_conversations(
                    user=user, types="public_channel,private_channel", exclude_archived=True, limit=200,
                    cursor=cursor,
                )  # fmt: skip
                found += [str(channel["id"]) for channel in answer["channels"]]
                cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            except TROUBLE as error:
                log.info("slack: users.conversations: %s", judge(error).detail)
                break
            if not cursor:
                break
        return found

    def _full(self, facts: dict[str, Any]) -> bool:
        less = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger")
        return not any(facts.get(name) for name in less) and self._ours(facts)

    def _ours(self, facts: dict[str, Any]) -> bool:
        """In an Enterprise organisation a member's home workspace may be another one of it."""
        teams = (facts.get("enterprise_user") or {}).get("teams") or []
        return facts.get("team_id") == self._team or bool(self._enterprise and self._team in teams)


class _Kept(Generic[T]):
    """The last facts learnt, with when."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._facts: OrderedDict[str, tuple[datetime, T]] = OrderedDict()

    def get(self, name: str, oldest: timedelta) -> T | None:
        kept = self._facts.get(name)
        return kept[1] if kept is not None and self._clock() - kept[0] <= oldest else None

    def put(self, name: str, value: T) -> T:
        self._facts[name] = (self._clock(), value)
        self._facts.move_to_end(name)
        if len(self._facts) > _MOST:
            self._facts.popitem(last=False)
        return value

    def forget(self, name: str) -> None:
        self._facts.pop(name, None)
