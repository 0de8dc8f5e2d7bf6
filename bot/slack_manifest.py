"""The Slack app's manifest, made from the commands and the words, so that it cannot fall behind."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from bot.slack_agent import prompts
from bot.slack_inbound import IN_MESSAGE, LOOK_UP
from bot.slack_words import UMBRELLA
from handlers.commands import COMMANDS
from handlers.words import say
from store.model import Language

SCOPES = (
    "app_mentions:read",
    "assistant:write",  # suggested prompts, "is looking …"
    "channels:history",  # to find our own message again when its fate is unknown
    "channels:join",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",  # an issue that an editor sends
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "links:read",
    "links:write",
    "mpim:history",
    "mpim:read",
    "users:read",
)

SHORTCUTS = ((IN_MESSAGE, "message", "message"), (LOOK_UP, "global", "look_up"))
"""Callback id, Slack's kind, words key below slack.shortcut."""

EVENTS = (
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "channel_archive",
    "channel_deleted",
    "channel_left",
    "channel_unarchive",
    "group_archive",
    "group_deleted",
    "group_left",
    "group_unarchive",
    "link_shared",
    "member_joined_channel",
    "message.im",
    "team_access_granted",
    "team_access_revoked",
    "tokens_revoked",
)


def umbrella(name: str) -> str:
    """The command that takes every command, from the bot's name: "/jianbao". At most 32 characters."""
    return f"/{re.sub(r'[^a-z0-9_-]', '', name.lower())[:31] or UMBRELLA[1:]}"


def manifest(
    name: str,
    *,
    socket_mode: bool,
    request_url: str = "",
    redirect_url: str = "",
    public_url: str = "",
    language: Language = "ko",
) -> dict[str, Any]:
    """The manifest as JSON: by Socket Mode, or by signed HTTP at `request_url` (".../slack/events").
    Links to the host of `public_url` are ours to unfurl.

    With `redirect_url`, many workspaces may install it, and its tokens are renewed. ValueError when
    neither way is given. Texts are in `language`: a manifest has one for all.
    """
    if not socket_mode and not request_url.startswith("https://"):
        raise ValueError("without Socket Mode a request_url that begins with https:// is needed")
    address = {} if socket_mode else {"url": request_url}
    events = {} if socket_mode else {"request_url": request_url}
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": name[:35],
            "description": say("slack.manifest.description", language)[:140],
            "long_description": say("slack.manifest.long", language)[:4000],
            "background_color": "#1d3b53",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "agent_view": {
                "agent_description": say("slack.agent.what", language)[:300],
                "suggested_prompts": prompts(language),
            },
            "shortcuts": [_shortcut(*shortcut, language) for shortcut in SHORTCUTS],
            **_unfurled(public_url),
            "bot_user": {"display_name": name[:80], "always_online": True},
            "slash_commands": [
                *(_own(command.name, language) | address for command in COMMANDS if command.slack),
                _umbrella(name, language) | address,
            ],
        },
        "oauth_config": {
            **({"redirect_urls": [redirect_url]} if redirect_url else {}),
            "scopes": {"bot": list(SCOPES)},
        },
        "settings": {
            "event_subscriptions": {**events, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **events},
            "org_deploy_enabled": bool(redirect_url),
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": bool(redirect_url),
        },
    }


def _shortcut(callback_id: str, kind: str, words: str, language: Language) -> dict[str, Any]:
    return {
        "name": say(f"slack.shortcut.{words}", language)[:24],
        "type": kind,
        "callback_id": callback_id,
        "description": say(f"slack.shortcut.{words}_what", language)[:150],
    }


def _unfurled(public_url: str) -> dict[str, Any]:
    """The domain whose links Slack tells us of; Slack takes names, no addresses and no ports."""
    host = urlsplit(public_url).hostname or ""
    named = "." in host and not host.replace(".", "").isdigit()
    return {"unfurl_domains": [host]} if named else {}


def _own(name: str, language: Language) -> dict[str, Any]:
    """A command of its own name; the hint is its usage without the command word."""
    hint = say(f"command.{name}.usage", language).partition(" ")[2]
    return {
        "command": f"/{name}",
        "description": say(f"command.{name}.menu", language)[:2000],
        **({"usage_hint": hint[:1000]} if hint else {}),
        "should_escape": False,
    }


def _umbrella(name: str, language: Language) -> dict[str, Any]:
    return {
        "command": umbrella(name),
        "description": say("slack.manifest.umbrella", language),
        "usage_hint": say("slack.manifest.umbrella_hint", language),
        "should_escape": False,
    }
