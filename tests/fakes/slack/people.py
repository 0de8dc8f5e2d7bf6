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
from urllib.parse import urlencode, urlsplit

import aiohttp

from tests.fakes.slack.blocks import problems_of_view
from tests.fakes.slack.inputs import state
from tests.fakes.slack.server import SECRET, FakeSlack
from tests.fakes.slack.world import BOT, Message, View, World

Json = dict[str, Any]


@dataclass(frozen=True)
class Acked:
    """How the app acknowledged: an HTTP status and body; over a socket 200, or 0 for not at all."""

    status: int
    body: str = ""


@dataclass
class People:
    """The people of one workspace (`team`, "" = the first); `address` empty = Socket Mode, else where
    events are posted.
    """

    slack: FakeSlack
    address: str = ""
    team: str = ""

    @property
    def world(self) -> World:
        return self.slack.worlds[self.team or self.slack.team]

    async def command(self, command: str, text: str = "", *, channel: str, user: str, **other: Any) -> Acked:
        """Type a slash command."""
        body = self.command_body(command, text, channel=channel, user=user, **other)
        return await self._deliver("slash_commands", body, urlencode(body))

    def command_body(self, command: str, text: str, *, channel: str, user: str, **other: Any) -> Json:
        world = self.world
        name = "directmessage" if channel.startswith("D") else channel.lower()
        return {
            "token": "legacy", "team_id": world.team, "team_domain": "fake", "channel_id": channel,
            "channel_name": name, "user_id": user, "user_name": user.lower(), "command": command,
            "text": text, "api_app_id": "A1", "is_enterprise_install": "false",
            "response_url": f"{self.slack.base}/hooks/{world.hook(channel, user)}",
            "trigger_id": world.trigger(user), **other,
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
        world = self.world
        file_id = f"F{world.number()}"
        world.files[file_id] = (name, data)
        url = f"{self.slack.base}/files/{file_id}"
        return {"id": file_id, "name": name, "size": len(data), "mimetype": "text/plain",
                "url_private_download": url, **facts}  # fmt: skip

    async def direct(self, text: str, *, user: str, files: Sequence[Json] = (), **other: Any) -> Acked:
        """Write to the bot in their direct conversation, perhaps with files."""
        channel = self.world.direct(user).id
        message = self.write(text, channel=channel, user=user)
        return await self.event(
            {"type": "message", "channel_type": "im", "user": user, "text": message.text,
             "ts": message.ts, "channel": channel, "event_ts": message.ts,
             **({"subtype": "file_share", "files": list(files)} if files else {})},
            **other,
        )  # fmt: skip

    def write(self, text: str, *, channel: str, user: str, thread: str = "") -> Message:
        """A message of a person's, which the app is told nothing of."""
        world = self.world
        return world.add(Message(channel, world.stamp(), user, text, [], thread, via="person"))

    async def event(self, event: Json, **other: Any) -> Acked:
        """An event of the Events API."""
        return await self.again(self.event_body(event, **other))

    def event_body(self, event: Json, **other: Any) -> Json:
        world = self.world
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
        return await self.again_pressed(self.press_body(message, label, user=user, **other))

    async def again_pressed(self, body: Json) -> Acked:
        """Deliver a press; the same button may be pressed twice."""
        return await self._interact(body)

    def press_body(self, message: Message, label: str, *, user: str, **other: Any) -> Json:
        world, button = self.world, message.buttons()[label]
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
            "trigger_id": world.trigger(user),
            "response_url": f"{self.slack.base}/hooks/{world.hook(message.channel, user, message)}",
            "actions": [{"type": "button", "block_id": "x", "action_ts": world.stamp(), **button}],
            **other,
        }  # fmt: skip

    async def _interact(self, body: Json) -> Acked:
        """An interaction of whatever kind."""
        return await self._deliver("interactive", body, urlencode({"payload": json.dumps(body)}))

    def _interaction(self, kind: str, user: str) -> Json:
        world = self.world
        return {
            "type": kind, "token": "legacy", "api_app_id": "A1",
            "user": {"id": user, "username": user.lower(), "team_id": world.users[user].team},
            "team": {"id": world.team, "domain": "fake"},
            "enterprise": {"id": world.enterprise} if world.enterprise else None,
            "trigger_id": world.trigger(user),
        }  # fmt: skip

    async def look_at_home(self, user: str, *, tab: str = "home") -> Acked:
        """Open the app's Home or Messages tab."""
        channel = self.world.direct(user).id
        return await self.event({"type": "app_home_opened", "user": user, "channel": channel, "tab": tab})

    async def in_view(
        self, view: Json, action_id: str, value: str = "", *, user: str, nth: int = 0, view_id: str = "VH"
    ) -> Acked:
        """Press the (n-th) button, send the field or pick the conversation of this action_id in a view."""
        element = [e for e in _elements(view) if e["action_id"] == action_id][nth]
        kind = element["type"]
        held = "selected_conversation" if kind == "conversations_select" else "value"
        said = value or element.get("value", "")
        done = {"type": kind, "action_id": action_id, "block_id": "x", held: said}
        body = self._interaction("block_actions", user)
        shown = {"id": view_id, **view}
        container = {"type": "view", "view_id": view_id}
        return await self._interact({**body, "container": container, "view": shown, "actions": [done]})

    async def submit(self, view: View, *, user: str = "", **values: str) -> Acked:
        """Fill in fields of a modal (by block id, without "@…") and send it; what was there stays. An
        acknowledgement without a word closes it, one with a view shows that.
        """
        body = {**self._interaction("view_submission", user or view.user), "response_urls": []}
        shown = {"id": view.id, "hash": "h", **view.body, "state": state(view.body, values)}
        acked = await self._interact({**body, "view": shown})
        answer = json.loads(acked.body) if acked.body.strip('"') else {}
        if answer.get("response_action") == "update":
            if found := problems_of_view(answer["view"]):
                self.slack.violations.append(f"response_action update: {found}")
            view.body = answer["view"]
        elif acked.status == 200 and not answer and view in self.world.modals:
            self.world.modals.remove(view)
        named = {block.get("block_id") for block in view.body["blocks"]}
        if not set(answer.get("errors", {})) <= named:
            self.slack.violations.append("errors beside no field")
        return acked

    async def shortcut(self, callback_id: str, *, user: str, message: Message | None = None) -> Acked:
        """Use a shortcut: of a message, or of everywhere."""
        body = self._interaction("message_action" if message else "shortcut", user) | {
            "callback_id": callback_id, "action_ts": self.world.stamp(),
        }  # fmt: skip
        if message is not None:
            thread = {"thread_ts": message.thread_ts} if message.thread_ts else {}
            hook = self.world.hook(message.channel, user)
            body |= {
                "channel": {"id": message.channel, "name": message.channel.lower()},
                "message_ts": message.ts, "response_url": f"{self.slack.base}/hooks/{hook}",
                "message": {"type": "message", "user": message.user, "ts": message.ts,
                            "text": message.text, **thread},
            }  # fmt: skip
        return await self._interact(body)

    async def share_links(self, *urls: str, channel: str, user: str, composing: bool = False) -> Acked:
        """Write a message with links to our domain; `composing` = while it is still being written."""
        world = self.world
        message = self.write(" ".join(urls), channel=channel, user=user)
        unfurl_id = f"{channel}.{message.ts}"
        world.links[unfurl_id if composing else message.ts] = list(urls)
        return await self.event(
            {"type": "link_shared", "channel": "COMPOSER" if composing else channel, "user": user,
             "message_ts": unfurl_id if composing else message.ts, "is_bot_user_member": True,
             **({"unfurl_id": unfurl_id, "source": "composer"} if composing else {}),
             "links": [{"domain": urlsplit(url).hostname, "url": url} for url in urls]}
        )  # fmt: skip

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


def _elements(view: Json) -> list[Json]:
    """Everything in a view that a person can act on."""
    found: list[Json] = []
    for block in view["blocks"]:
        found += block.get("elements", []) if block["type"] == "actions" else []
        found += [block[place] for place in ("accessory", "element") if place in block]
    return found
