"""What Slack delivered, read into one shape. Pure, and imports nothing of Slack's.

Bodies are what slack_transport hands on: a slash command's form, an interaction's payload, or the
envelope of the Events API. They were verified before; what is missing in them is "".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2s
from typing import Any, Literal

from bot.slack_files import Upload, upload_of
from bot.slack_text import unescape
from handlers.commands import named

Body = Mapping[str, Any]

_DROPPED = {"token", "message", "state", "view"}
_OF_VIEW = ("id", "type", "callback_id", "private_metadata", "state")
_MOST_TEXT = 3_500  # characters of a message that somebody wants its companies of

SHARE_ID = "share."
FORM_ID = "form."
"""What the action_id begins with: of a button that shows an answer to everybody (a name that is used
once follows), and of one that opens a form (its name follows; the value is the channel).
"""

IN_MESSAGE = "companies_in_message"
LOOK_UP = "look_up"
"""The callback ids of the shortcuts on a message and of everywhere."""

GRANTED, REVOKED = "team_access_granted", "team_access_revoked"

SHARE = frozenset({"share", "공유", "分享"})

_MARK = re.compile(r"<(?P<kind>[@#!]?)(?P<target>[^<>|]*)(?:\|(?P<label>[^<>]*))?>")


Kind = Literal[
    "command", "mention", "direct", "press", "typed", "form", "pick", "submit", "shortcut", "event"
]


@dataclass(frozen=True, slots=True)
class Incoming:
    """One delivery. `key` is the same when Slack delivers it again.

    `text` is command text for "command", "mention", "press" and "shortcut" (none for the one of
    everywhere), as typed for "direct" and "typed" (a field of a view), a conversation for "pick".
    `thread` is the ts of the thread it came from. `share` = the answer is for everybody there.
    `trigger` opens a view, for three seconds. `view` is the id of the view it came from, `home` =
    that is the Home tab; `seal` is what our view was sent with, for its `channel`, `form` its name.
    `name` is the form that "form" opens, in the channel of `values`; "submit" has those of the
    fields. Of a "command", `name` is the word that was typed; of an "event" its type, `event` the
    event itself, and `at` when it happened (Unix seconds, 0 = not said).
    """

    kind: Kind
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
    trigger: str = ""
    view: str = ""
    home: bool = False
    seal: str = ""
    form: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


def read(body: Body) -> Incoming | None:
    """The delivery in a body; None for what this bot has no use for."""
    if body.get("command"):
        return _command(body)
    if body.get("type") == "block_actions":
        return _press(body)
    if body.get("type") == "event_callback" and isinstance(body.get("event"), Mapping):
        return _event(body, body["event"])
    if body.get("type") == "view_submission":
        return _submitted(body)
    if body.get("type") in {"message_action", "shortcut"}:
        return _shortcut(body)
    return None


def kept(body: Body) -> Body:
    """What of a body is kept until it is handled: no legacy token, of a pressed message its thread
    alone, of a message whose companies are wanted its text, of a view what our own code reads.
    """
    kept: dict[str, Any] = {name: value for name, value in body.items() if name not in _DROPPED}
    message, view = _map(body, "message"), _map(body, "view")
    if body.get("type") == "message_action":
        kept["message"] = {"text": _text(message, "text")[:_MOST_TEXT], "ts": _text(message, "ts")}
    if message.get("thread_ts"):
        kept["message"] = {**kept.get("message", {}), "thread_ts": message["thread_ts"]}
    if view:
        kept["view"] = {name: view[name] for name in _OF_VIEW if name in view}
    return kept


def command_text(text: str) -> str:
    """What was said to the bot as a command: "company 메이투안" becomes "/company 메이투안"."""
    text = text.strip()
    return text if text.startswith(("/", "／")) else f"/{text or 'help'}"


def direct_text(text: str) -> str:
    """What was said to the bot alone. Slack keeps "/" for itself, so a command's word by itself is
    that command, and one about subscribing also with more behind it: "구독", "subscribe fri 18:30".
    """
    word, _, rest = text.partition(" ")
    command = named(word) if word else None
    if command is None or command.needs != "manager" or (rest and command.group != "subscribe"):
        return text
    return text if rest and command.name != word.lower() else f"/{text}"


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
        name=_text(body, "command"),
        trigger=_text(body, "trigger_id"),
    )


def _press(body: Body) -> Incoming | None:
    """A pressed button with something behind it; links are pressed, too, and mean nothing."""
    actions = body.get("actions")
    action = actions[0] if isinstance(actions, list) and actions else {}
    container = _map(body, "container")
    if not isinstance(action, Mapping):
        return None
    if _map(body, "view"):
        return _acted(body, action)
    if not action.get("value") or not container.get("channel_id"):
        return None
    name = _text(action, "action_id")
    share = name.startswith(SHARE_ID)
    return Incoming(
        "press",
        _key(body, "o", name) if share else _key(body, "p", _text(body, "trigger_id")),
        *_tenant(body),
        _text(container, "channel_id"),
        _text(_map(body, "user"), "id"),
        str(action["value"]),
        thread=_text(container, "thread_ts") or _text(_map(body, "message"), "thread_ts"),
        message_ts=_text(container, "message_ts"),
        response_url=_text(body, "response_url"),
        ephemeral=bool(container.get("is_ephemeral")),
        share=share,
        trigger=_text(body, "trigger_id"),
    )


def _acted(body: Body, action: Mapping[str, Any]) -> Incoming | None:
    """Something done in a view of ours: a button pressed, a field sent, a conversation picked."""
    came = _in_view(body, "press")
    kind, name, value = _text(action, "type"), _text(action, "action_id"), _text(action, "value").strip()
    if kind == "conversations_select":
        return replace(came, kind="pick", text=_text(action, "selected_conversation"))
    if not value:
        return None
    if kind == "plain_text_input":
        return replace(came, kind="typed", text=value)
    if name.startswith(FORM_ID):
        return replace(came, kind="form", name=name.removeprefix(FORM_ID), values={"channel": value})
    return replace(came, text=value)


def _submitted(body: Body) -> Incoming:
    view = _map(body, "view")
    values = {
        str(block).partition("@")[0]: next((_value(state) for state in held.values()), "")
        for block, held in _map(_map(view, "state"), "values").items()
        if isinstance(held, Mapping)
    }
    return replace(_in_view(body, "submit"), values=values)


def _value(state: Any) -> str:
    """What one field of a view holds, of whatever kind it is."""
    if not isinstance(state, Mapping):
        return ""
    option = _text(_map(state, "selected_option"), "value")
    others = (_text(state, name) for name in ("value", "selected_time", "selected_conversation"))
    return option or next(filter(None, others), "")


def _in_view(body: Body, kind: Literal["press", "submit"]) -> Incoming:
    view = _map(body, "view")
    channel, _, seal = _text(view, "private_metadata").partition(" ")
    return Incoming(
        kind,
        _key(body, "v", _text(body, "trigger_id")),
        *_tenant(body),
        channel,
        _text(_map(body, "user"), "id"),
        trigger=_text(body, "trigger_id"),
        view=_text(view, "id"),
        home=view.get("type") == "home",
        seal=seal,
        form=_text(view, "callback_id"),
    )


def _shortcut(body: Body) -> Incoming | None:
    """One of our shortcuts: that on a message asks for its companies."""
    message, name = _map(body, "message"), _text(body, "callback_id")
    if name not in {IN_MESSAGE, LOOK_UP}:
        return None
    text = f"/mentions {typed(_text(message, 'text'))}" if name == IN_MESSAGE else ""
    return Incoming(
        "shortcut",
        _key(body, "k", _text(body, "trigger_id")),
        *_tenant(body),
        _text(_map(body, "channel"), "id"),
        _text(_map(body, "user"), "id"),
        text.strip(),
        thread=_text(message, "thread_ts"),
        message_ts=_text(message, "ts"),
        response_url=_text(body, "response_url"),
        name=name,
        trigger=_text(body, "trigger_id"),
    )


def _tenant(body: Body) -> tuple[str, str]:
    """Team and enterprise of an interaction; in an organisation's view the team is the person's own."""
    team = _text(_map(body, "team"), "id") or _text(_map(body, "user"), "team_id")
    return team, _text(_map(body, "enterprise"), "id")


def _event(body: Body, event: Mapping[str, Any]) -> Incoming | None:
    inner = _map(event, "event")
    if inner and not event.get("type"):  # as Slack documents what is said of several workspaces
        body, event = {**event, **body, "enterprise_id": _text(event, "enterprise_id")}, inner
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
    thread = _text(event, "thread_ts")
    if kind == "direct" and not thread:
        thread = _text(event, "ts")  # with an agent, every message of a person begins a thread
    return Incoming(
        kind,
        _key(body, "e", _text(body, "event_id")),
        _text(own, "team_id") or _text(body, "team_id"),
        _text(own, "enterprise_id") or _text(body, "enterprise_id"),
        _text(event, "channel"),
        _text(event, "user"),
        _TEXTS[kind](text),
        thread=thread,
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


def access(came: Incoming) -> tuple[str, ...]:
    """The workspaces that an organisation's installation may, or may no longer, act in, said by this; () =
    none.
    """
    teams = came.event.get("team_ids")
    if came.kind != "event" or came.name not in {GRANTED, REVOKED} or not isinstance(teams, list):
        return ()
    return tuple(team for team in teams if isinstance(team, str) and team)


_TEXTS: Mapping[Kind, Callable[[str], str]] = {"mention": command_text, "direct": direct_text, "event": str}


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
