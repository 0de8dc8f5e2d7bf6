"""The manifest: what Slack accepts, and never behind the commands or the code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from bot.slack_events import _BACK, _GONE
from bot.slack_manifest import EVENTS, SCOPES, manifest, umbrella
from handlers.commands import COMMANDS
from store.model import LANGUAGES, Language

# docs.slack.dev/reference/methods: what each method that we call needs.
NEEDS = {
    "auth_test": set[str](),
    "apps_connections_open": set[str](),
    "chat_postEphemeral": {"chat:write"},
    "chat_postMessage": {"chat:write"},
    "chat_update": {"chat:write"},
    "conversations_history": {"channels:history", "groups:history", "im:history", "mpim:history"},
    "conversations_info": {"channels:read", "groups:read", "im:read", "mpim:read"},
    "conversations_join": {"channels:join"},
    "conversations_open": {"im:write"},
    "conversations_replies": {"channels:history", "groups:history", "im:history", "mpim:history"},
    "files_upload_v2": {"files:write"},
    "users_info": {"users:read"},
    "views_publish": set[str](),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("socket_mode", [True, False])
def test_every_registered_command_and_the_umbrella_are_there_within_slacks_limits(
    language: Language, socket_mode: bool
) -> None:
    made = manifest(
        "Jianbao", socket_mode=socket_mode, request_url="https://bot.example/slack/events", language=language
    )
    commands = made["features"]["slash_commands"]
    assert [c["command"] for c in commands] == [*(f"/{c.name}" for c in COMMANDS if c.slack), "/jianbao"]
    assert {"/company", "/digest", "/subscribe"} <= {c["command"] for c in commands}
    assert all(re.fullmatch(r"/[a-z0-9_-]{1,31}", c["command"]) for c in commands)
    assert all(1 <= len(c["description"]) <= 2000 and len(c.get("usage_hint", "")) <= 1000 for c in commands)
    shown = made["display_information"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 174 <= len(shown["long_description"]) <= 4000
    assert made["settings"]["socket_mode_enabled"] is socket_mode


def test_by_http_every_place_has_the_address_and_by_socket_mode_none() -> None:
    url = "https://bot.example/slack/events"
    http = manifest("Jianbao", socket_mode=False, request_url=url)
    assert {c["url"] for c in http["features"]["slash_commands"]} == {url}
    assert http["settings"]["event_subscriptions"]["request_url"] == url
    assert http["settings"]["interactivity"] == {"is_enabled": True, "request_url": url}
    assert url not in str(manifest("Jianbao", socket_mode=True, request_url=url))


@pytest.mark.parametrize("url", ["", "http://bot.example/slack/events"])
def test_http_without_a_secure_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        manifest("Jianbao", socket_mode=False, request_url=url)


@pytest.mark.parametrize(
    ("name", "command"),
    [("Jianbao", "/jianbao"), ("간보", "/jianbao"), ("My Bot 2", "/mybot2"), ("X" * 60, "/" + "x" * 31)],
)
def test_the_umbrella_is_named_after_the_bot(name: str, command: str) -> None:
    assert umbrella(name) == command


def test_the_scopes_are_those_that_our_calls_need_and_no_more() -> None:
    called: set[str] = set()
    for path in (Path(__file__).parents[1] / "bot").glob("slack*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and re.match(
                r"(auth|chat|conversations|files|users|views)_[a-z]", node.attr
            ):
                called.add(node.attr)
    assert called <= set(NEEDS), called - set(NEEDS)
    needed = set().union(*(NEEDS[method] for method in called))
    assert set(SCOPES) == needed | {"commands", "app_mentions:read", "files:read"}


def test_every_event_that_we_act_on_is_subscribed_to() -> None:
    acted = {
        *_GONE,
        *_BACK,
        "app_mention",
        "message.im",
        "member_joined_channel",
        "app_home_opened",
        "app_uninstalled",
        "tokens_revoked",
    }
    assert set(EVENTS) == acted
