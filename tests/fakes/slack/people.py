"""What people do in the fake workspace: type commands, mention the bot, write to it, press.

Each is delivered as Slack delivers it, over Socket Mode or signed to the app's address; the
answer is the app's acknowledgement.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import aiohttp

from tests.fakes.slack.server import SECRET, FakeSlack
from tests.fakes.slack.world import BOT, Message

Json = dict[str, Any]


@dataclass(frozen=True)
class Acked:
    """How the app acknowledged: an HTTP status and body; over a socket 200, or 0 for not at all."""

    status: int
    body: str = ""


@dataclass
class People:
    """The people of one workspace; `address` empty = Socket Mode, else where events are posted."""

    slack: FakeSlack
    address: str = ""

    async def command(self, command: str, text: str = "", *, channel: str, user: str, **other: Any) -> Acked:
        """Type a slash command."""
        body = self.command_body(command, text, channel=channel, user=user, **other)
        return await self._deliver("slash_commands", body, urlencode(body))

    def command_body(self, command: str, text: str, *, channel: str, user: str, **other: Any) -> Json:
        world = self.slack.world
        name = "directmessage" if channel.startswith("D") else channel.lower()
        return {
            "token": "legacy", "team_id": world.team, "team_domain": "fake", "channel_id": channel,
            "channel_name": name, "user_id": user, "user_name": user.lower(), "command": command,
            "text": text, "api_app_id": "A1", "is_enterprise_install": "false",
            "response_url": f"{self.slack.base}/hooks/{world.hook(channel, user)}",
            "trigger_id": f"{world.number()}.1", **other,
            **({"enterprise_id": world.enterprise} if world.enterprise else {}),
        }  # fmt: skip

    async def mention(self, text: str, *, channel: str, user: str, thread: str = "", **other: Any) -> Acked:
        """Write "@Jianbao text" in a channel, or in a thread of it."""
        message = self.write(f"<@{BOT}> {text}", channel=channel, user=user, thread=thread)
        event = {"type": "app_mention", "user": user, "text": message.text, "ts": message.ts,
                 "channel": channel, "event_ts": message.ts}  # fmt: skip
        return await self.event({**event, **({"thread_ts": thread} if thread else {})}, **other)

    def file(self, name: str, data: bytes, **facts: Any) -> Json:
        """A file that a person has uploaded, as a message's event names it."""
        world = self.slack.world
        file_id = f"F{world.number()}"
        world.files[file_id] = (name, data)
        url = f"{self.slack.base}/files/{file_id}"
        return {"id": file_id, "name": name, "size": len(data), "mimetype": "text/plain",
                "url_private_download": url, **facts}  # fmt: skip

    async def direct(self, text: str, *, user: str, files: Sequence[Json] = (), **other: Any) -> Acked:
        """Write to the bot in their direct conversation, perhaps with files."""
        channel = self.slack.world.direct(user).id
        message = self.write(text, channel=channel, user=user)
        return await self.event(
            {"type": "message", "channel_type": "im", "user": user, "text": message.text,
             "ts": message.ts, "channel": channel, "event_ts": message.ts,
             **({"subtype": "file_share", "files": list(files)} if files else {})},
            **other,
        )  # fmt: skip

    def write(self, text: str, *, channel: str, user: str, thread: str = "") -> Message:
        """A message of a person's, which the app is told nothing of."""
        world = self.slack.world
        return world.add(Message(channel, world.stamp(), user, text, [], thread, via="person"))

    async def event(self, event: Json, **other: Any) -> Acked:
        """An event of the Events API."""
        return await self.again(self.event_body(event, **other))

    def event_body(self, event: Json, **other: Any) -> Json:
        world = self.slack.world
        return {
            "token": "legacy", "team_id": world.team, "api_app_id": "A1", "type": "event_callback",
            "event": event, "event_id": f"Ev{world.number()}", "event_time": int(world.clock().timestamp()),
            "authorizations": [{"enterprise_id": world.enterprise or None, "team_id": world.team,
                                "user_id": BOT, "is_bot": True, "is_enterprise_install": False}],
            **other,
        }  # fmt: skip

    async def again(self, body: Json, retry: int = 0, *, seconds: float = 5) -> Acked:
        """Deliver an event body, as Slack does again when it was not acknowledged in time."""
        return await self._deliver("events_api", body, json.dumps(body), retry=retry, seconds=seconds)

    async def press(self, message: Message, label: str, *, user: str, **other: Any) -> Acked:
        """Press the button of this label."""
        body = self.press_body(message, label, user=user, **other)
        return await self._deliver("interactive", body, urlencode({"payload": json.dumps(body)}))

    def press_body(self, message: Message, label: str, *, user: str, **other: Any) -> Json:
        world, button = self.slack.world, message.buttons()[label]
        thread = {"thread_ts": message.thread_ts} if message.thread_ts else {}
        return {
            "type": "block_actions", "token": "legacy", "api_app_id": "A1",
            "user": {"id": user, "username": user.lower(), "team_id": world.users[user].team},
            "team": {"id": world.team, "domain": "fake"},
            "enterprise": {"id": world.enterprise} if world.enterprise else None,
            "container": {"type": "message", "message_ts": message.ts, "channel_id": message.channel,
                          "is_ephemeral": bool(message.to), **thread},
            "channel": {"id": message.channel, "name": message.channel.lower()},
            **({} if message.to else {"message": {"ts": message.ts, **thread}}),
            "trigger_id": f"{world.number()}.2",
            "response_url": f"{self.slack.base}/hooks/{world.hook(message.channel, user, message)}",
            "actions": [{"type": "button", "block_id": "x", "action_ts": world.stamp(), **button}],
            **other,
        }  # fmt: skip

    async def _deliver(
        self, kind: str, payload: Json, body: str, *, retry: int = 0, seconds: float = 5
    ) -> Acked:
        if not self.address:
            ack = await self.slack.envelope(kind, payload, retry=retry, seconds=seconds)
            return Acked(0 if ack is None else 200, json.dumps((ack or {}).get("payload", "")))
        form = kind != "events_api"
        headers = {"Content-Type": f"application/{'x-www-form-urlencoded' if form else 'json'}"}
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"}
        return await self.post(body, {**headers, **self.signed(body)})

    def signed(self, body: str, *, at: int | None = None, secret: str = SECRET) -> dict[str, str]:
        """The headers that sign a body at a time (Unix seconds; now when not said)."""
        stamp = str(at if at is not None else int(self.slack.clock().timestamp()))
        digest = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}

    async def post(self, body: str | bytes, headers: Mapping[str, str]) -> Acked:
        """Post anything to the app's address."""
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.address, data=body, headers=headers) as answer,
        ):
            return Acked(answer.status, await answer.text())
