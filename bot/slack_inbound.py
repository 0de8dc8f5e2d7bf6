"""What Slack delivered, read into one shape. Pure, and imports nothing of Slack's.

Bodies are what slack-bolt hands on: a slash command's form, an interaction's payload, or the
envelope of the Events API. They were verified before; what is missing in them is "".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2s
from typing import Any, Literal

from bot.slack_files import Upload, upload_of
from bot.slack_text import unescape
from handlers.commands import named

Body = Mapping[str, Any]

_DROPPED = {"token", "message", "state", "view"}

SHARE = frozenset({"share", "공유", "分享"})

_MARK = re.compile(r"<(?P<kind>[@#!]?)(?P<target>[^<>|]*)(?:\|(?P<label>[^<>]*))?>")


@dataclass(frozen=True, slots=True)
class Incoming:
    """One delivery. `key` is the same when Slack delivers it again.

    `text` is command text for "command", "mention" and "press", as typed for "direct".
    `thread` is the ts of the thread it came from. `share` = the answer is for everybody there.
    For an "event", `name` is its type, `event` the event itself, and `at` when it happened (Unix
    seconds, 0 = not said).
    """

    kind: Literal["command", "mention", "direct", "press", "event"]
    key: str
    team: str
    enterprise: str = ""
    channel: str = ""
    user: str = ""
    text: str = ""
    thread: str = ""
    message_ts: str = ""
    response_url: str = ""
    ephemeral: bool = False
    share: bool = False
    upload: Upload | None = None
    name: str = ""
    event: Mapping[str, Any] = field(default_factory=dict)
    at: int = 0


def read(body: Body) -> Incoming | None:
    """The delivery in a body; None for what this bot has no use for."""
    if body.get("command"):
        return _command(body)
    if body.get("type") == "block_actions":
        return _press(body)
    if body.get("type") == "event_callback" and isinstance(body.get("event"), Mapping):
        return _event(body, body["event"])
    return None


def kept(body: Body) -> Body:
    """What of a body is kept until it is handled: no legacy token, and nothing of the pressed
    message but its thread.
    """
    message = _map(body, "message")
    thread = {"message": {"thread_ts": message["thread_ts"]}} if message.get("thread_ts") else {}
    return {name: value for name, value in body.items() if name not in _DROPPED} | thread


def command_text(text: str) -> str:
    """What was said to the bot as a command: "company 메이투안" becomes "/company 메이투안"."""
    text = text.strip()
    return text if text.startswith(("/", "／")) else f"/{text or 'help'}"


def typed(text: str, bot: str = "") -> str:
    """What a person typed: Slack's marks taken back, the bot's own mention left out."""

    def back(match: re.Match[str]) -> str:
        kind, target, label = match["kind"], match["target"], match["label"] or ""
        if kind == "@" and target == bot:
            return " "
        if not kind:
            return label or target.removeprefix("mailto:")
        return f"{'#' if kind == '#' else '@'}{(label or target).lstrip('@#')}"

    return unescape(_MARK.sub(back, text)).strip()


def _command(body: Body) -> Incoming:
    word, text = str(body["command"]).lstrip("/"), typed(_text(body, "text"))
    text = f"/{word} {text}".strip() if named(word) else command_text(text)
    words = text.split()
    share = len(words) > 2 and words[-1].lower() in SHARE
    if share:
        text = text[: -len(words[-1])].rstrip()
    return Incoming(
        "command",
        _key(body, "c", _text(body, "trigger_id")),
        _text(body, "team_id"),
        _text(body, "enterprise_id"),
        _text(body, "channel_id"),
        _text(body, "user_id"),
        text,
        response_url=_text(body, "response_url"),
        share=share,
    )


def _press(body: Body) -> Incoming | None:
    """A pressed button with something behind it; links are pressed, too, and mean nothing."""
    actions = body.get("actions")
    action = actions[0] if isinstance(actions, list) and actions else {}
    container = _map(body, "container")
    if not isinstance(action, Mapping) or not action.get("value") or not container.get("channel_id"):
        return None
    return Incoming(
        "press",
        _key(body, "p", _text(body, "trigger_id")),
        _text(_map(body, "team"), "id"),
        _text(_map(body, "enterprise"), "id"),
        _text(container, "channel_id"),
        _text(_map(body, "user"), "id"),
        str(action["value"]),
        thread=_text(container, "thread_ts") or _text(_map(body, "message"), "thread_ts"),
        message_ts=_text(container, "message_ts"),
        response_url=_text(body, "response_url"),
        ephemeral=bool(container.get("is_ephemeral")),
    )


def _event(body: Body, event: Mapping[str, Any]) -> Incoming | None:
    granted = body.get("authorizations")
    own = granted[0] if isinstance(granted, list) and granted and isinstance(granted[0], Mapping) else {}
    kind: Literal["mention", "direct", "event"] = "event"
    name = _text(event, "type")
    if name == "app_mention":
        kind = "mention"
    elif name == "message":
        said = event.get("subtype") in {None, "file_share"}
        if event.get("channel_type") != "im" or event.get("bot_id") or not said:
            return None
        kind = "direct"
    if kind != "event" and not _text(event, "user"):
        return None
    text = typed(_text(event, "text"), _text(own, "user_id"))
    return Incoming(
        kind,
        _key(body, "e", _text(body, "event_id")),
        _text(own, "team_id") or _text(body, "team_id"),
        _text(own, "enterprise_id") or _text(body, "enterprise_id"),
        _text(event, "channel"),
        _text(event, "user"),
        command_text(text) if kind == "mention" else text,
        thread=_text(event, "thread_ts"),
        message_ts=_text(event, "ts"),
        upload=upload_of(event) if kind != "event" else None,
        name=name,
        event=event,
        at=_seconds(body.get("event_time")),
    )


def removal(came: Incoming) -> bool:
    """Whether this says that the app, or the bot's token, is no longer welcome in a workspace."""
    tokens = came.event.get("tokens")
    revoked = came.name == "tokens_revoked" and isinstance(tokens, Mapping) and bool(tokens.get("bot"))
    return came.kind == "event" and (came.name == "app_uninstalled" or revoked)


def _key(body: Body, kind: str, own: str) -> str:
    """What names a delivery: Slack's id of it, or a digest of the whole where it has none."""
    return f"slack:{kind}:{own or blake2s(repr(sorted(body.items())).encode(), digest_size=12).hexdigest()}"


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _map(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = values.get(name)
    return value if isinstance(value, Mapping) else {}


def _seconds(value: object) -> int:
    """A moment of ours; 0 for anything else."""
    return value if type(value) is int and 0 < value < 1 << 33 else 0
