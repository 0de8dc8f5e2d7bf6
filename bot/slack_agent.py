"""The app as an agent in Slack's messages tab: prompts to begin with, and a sign that it is at work.

This is the agent view of 2026 (docs.slack.dev/ai/developing-agents): a conversation is one direct
channel, every message of a person's begins a thread, and `app_home_opened` says which tab is looked
at. Where a workspace does not offer it, the calls are refused and nothing else changes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.slack_send import TROUBLE, judge
from bot.slack_text import one_line
from handlers.words import say
from store.model import Language

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

log = logging.getLogger(__name__)

PROMPTS = ("latest", "company", "question", "subscribe")
"""What is suggested: words keys below slack.agent, at most four."""

TITLE = 60  # characters of a thread's title: our own limit
_PATIENCE = 1.5  # seconds: a sign of work must not be longer in coming than the work
_REST = timedelta(hours=1)  # how long we do not try again where it was refused


def prompts(language: Language) -> list[dict[str, str]]:
    """What to ask, as Slack takes it."""
    return [
        {
            "title": say(f"slack.agent.{name}.title", language),
            "message": say(f"slack.agent.{name}.message", language),
        }
        for name in PROMPTS
    ]


@dataclass(slots=True)
class Agent:
    """One workspace's agent."""

    client: AsyncWebClient
    clock: Callable[[], datetime]
    _until: datetime | None = field(default=None, init=False)

    async def opened(self, channel: str, language: Language) -> None:
        """The messages tab is looked at: suggest what to ask."""
        title = say("slack.agent.title", language)
        await self._call("setSuggestedPrompts", channel_id=channel, title=title, prompts=prompts(language))

    async def looking(self, channel: str, thread: str, language: Language) -> None:
        """Say "… is looking"; Slack takes it away when the answer comes."""
        status = say("slack.agent.status", language)
        await self._call("setStatus", channel_id=channel, thread_ts=thread, status=status)

    async def silent(self, channel: str, thread: str) -> None:
        """Nothing will be answered."""
        await self._call("setStatus", channel_id=channel, thread_ts=thread, status="")

    async def titled(self, channel: str, thread: str, text: str) -> None:
        """Name a thread after what was asked."""
        title = one_line(text, TITLE)
        if title:
            await self._call("setTitle", channel_id=channel, thread_ts=thread, title=title)

    async def _call(self, method: str, **arguments: Any) -> None:
        if self._until is not None and self.clock() < self._until:
            return
        call = getattr(self.client, f"assistant_threads_{method}")
        try:
            async with asyncio.timeout(_PATIENCE):
                await call(**arguments)
        except TROUBLE as error:
            outcome = judge(error)
            log.info("slack: assistant.threads.%s: %s", method, outcome.detail)
            if outcome.kind in {"dead", "refused"}:
                self._until = self.clock() + _REST
