"""The manifest: what Slack accepts, and never behind the commands or the code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from bot.slack_events import _BACK, _GONE
from bot.slack_inbound import IN_MESSAGE, LOOK_UP, read
from bot.slack_manifest import EVENTS, SCOPES, manifest, umbrella
from handlers.commands import COMMANDS
from store.model import LANGUAGES, Language

# docs.slack.dev/reference/methods: what each method that we call needs.
NEEDS = {
    "auth_test": set[str](),
    "auth_teams_list": set[str](),
    "apps_connections_open": set[str](),
    "chat_postEphemeral": {"chat:write"},
    "chat_postMessage": {"chat:write"},
    "chat_unfurl": {"links:write"},
    "chat_update": {"chat:write"},
    "conversations_history": {"channels:history", "groups:history", "im:history", "mpim:history"},
    "conversations_info": {"channels:read", "groups:read", "im:read", "mpim:read"},
    "conversations_join": {"channels:join"},
    "conversations_open": {"im:write"},
    "conversations_replies": {"channels:history", "groups:history", "im:history", "mpim:history"},
    "files_upload_v2": {"files:write"},
    "users_conversations": {"channels:read", "groups:read"},
    "users_info": {"users:read"},
    "views_open": set[str](),
    "views_publish": set[str](),
    "views_push": set[str](),
    "views_update": set[str](),
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
    events = {"app_mentions:read", "links:read"}
    assert set(SCOPES) == needed | events | {"commands", "files:read", "assistant:write"}


def test_every_event_that_we_act_on_is_subscribed_to() -> None:
    acted = {
        *_GONE,
        *_BACK,
        "app_mention",
        "message.im",
        "member_joined_channel",
        "app_home_opened",
        "link_shared",
        "app_uninstalled",
        "team_access_granted",
        "team_access_revoked",
        "tokens_revoked",
    }
    assert set(EVENTS) == acted


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_shortcut_has_its_words_and_is_one_that_we_read(language: Language) -> None:
    features = manifest("Jianbao", socket_mode=True, language=language)["features"]
    shortcuts = {one["callback_id"]: one for one in features["shortcuts"]}
    assert {name: one["type"] for name, one in shortcuts.items()} == {
        IN_MESSAGE: "message",
        LOOK_UP: "global",
    }
    for name, one in shortcuts.items():
        assert 0 < len(one["name"]) <= 24
        assert 0 < len(one["description"]) <= 150
        kind = "message_action" if one["type"] == "message" else "shortcut"
        came = read({"type": kind, "callback_id": name, "message": {"text": "메이투안"}})
        assert came is not None
        assert came.kind == "shortcut"
    assert read({"type": "message_action", "callback_id": "another", "message": {"text": "메이투안"}}) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_agent_suggests_what_the_bot_answers(language: Language) -> None:
    features = manifest("Jianbao", socket_mode=True, language=language)["features"]
    assert "assistant_view" not in features
    agent = features["agent_view"]
    assert 20 < len(agent["agent_description"]) <= 300
    prompts = agent["suggested_prompts"]
    assert 0 < len(prompts) <= 4
    for prompt in prompts:
        message = prompt["message"]
        assert prompt["title"]
        assert not message.startswith("/")  # Slack would take it for a command of its own
    assert features["app_home"]["messages_tab_enabled"]


@pytest.mark.parametrize(
    ("address", "domains"),
    [
        ("", None),
        ("https://news.example/archive", ["news.example"]),
        ("http://127.0.0.1:8080", None),
        ("http://localhost:8080", None),
    ],
)
def test_only_a_domain_by_name_is_unfurled(address: str, domains: list[str] | None) -> None:
    features = manifest("Jianbao", socket_mode=True, public_url=address)["features"]
    assert features.get("unfurl_domains") == domains
