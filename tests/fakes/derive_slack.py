"""Derive tests/fakes/slack_methods.json and slack_limits.json from the specifications.

    python tests/fakes/derive_slack.py ../shared/specs

The OpenAPI description is of 2021; what Slack added since is named in NEWER, after
docs.slack.dev/reference/methods and the arguments of slack_sdk 3.47. Names, types and numbers
only.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

METHODS = (
    "auth.test",
    "chat.delete",
    "chat.getPermalink",
    "chat.postEphemeral",
    "chat.postMessage",
    "chat.unfurl",
    "chat.update",
    "conversations.history",
    "conversations.info",
    "conversations.join",
    "conversations.members",
    "conversations.open",
    "conversations.replies",
    "users.conversations",
    "users.info",
    "views.open",
    "views.publish",
    "views.push",
    "views.update",
)

NEWER: dict[str, dict[str, str]] = {
    "apps.connections.open": {},
    "auth.teams.list": {"cursor": "string", "include_icon": "boolean", "limit": "integer"},
    "chat.postMessage": {"metadata": "object", "markdown_text": "string", "client_msg_id": "string"},
    "chat.postEphemeral": {"markdown_text": "string"},
    "chat.update": {"metadata": "object", "markdown_text": "string", "reply_broadcast": "boolean"},
    "conversations.history": {"include_all_metadata": "boolean"},
    "conversations.replies": {"include_all_metadata": "boolean"},
    "conversations.open": {"prevent_creation": "boolean"},
    "files.completeUploadExternal": {
        "files": "array!",
        "channel_id": "string",
        "channels": "string",
        "initial_comment": "string",
        "thread_ts": "string",
        "blocks": "array",
    },
    "files.getUploadURLExternal": {
        "filename": "string!",
        "length": "integer!",
        "alt_txt": "string",
        "snippet_type": "string",
    },
    # The agent view of 2026: suggested prompts stand above the tab, without a thread.
    "assistant.threads.setStatus": {"channel_id": "string!", "thread_ts": "string!", "status": "string"},
    "assistant.threads.setSuggestedPrompts": {
        "channel_id": "string!",
        "thread_ts": "string",
        "title": "string",
        "prompts": "array!",
    },
    "assistant.threads.setTitle": {
        "channel_id": "string!",
        "thread_ts": "string!",
        "title": "string!",
    },
    "chat.unfurl": {
        "channel": "string",
        "ts": "string",
        "source": "string",
        "unfurl_id": "string",
        "unfurls": "object",
    },
    "oauth.v2.access": {
        "code": "string",
        "redirect_uri": "string",
        "grant_type": "string",
        "refresh_token": "string",
    },
    "views.publish": {"user_id": "string!", "view": "object!", "hash": "string"},
}

# Documented as required where the description of 2021 leaves it open.
REQUIRED = {
    "conversations.history": ("channel",),
    "conversations.info": ("channel",),
    "conversations.join": ("channel",),
    "conversations.members": ("channel",),
    "conversations.replies": ("channel", "ts"),
    "users.info": ("user",),
    "chat.delete": ("channel", "ts"),
}

# The description has these as strings of JSON; a JSON body may hold the thing itself.
STRUCTURED = {"blocks": "array", "attachments": "array", "view": "object"}

MESSAGE = {
    "blocks": {"max_items": 50},  # docs.slack.dev/reference/block-kit/blocks
    "total": {"max_length": 13_000},  # not documented: bolt-js #2509 saw it refuse at about 13,200
    "text": {"max_length": 40_000},  # chat.postMessage: truncated beyond
    "fallback": {"max_length": 4_000},  # chat.postMessage: the recommended length
    "metadata": {"max_length": 8_000},
}

WITHIN = {"table": {"rows": {"max_items": 100}, "columns": {"max_items": 20}}}


def methods(spec: dict[str, Any]) -> dict[str, dict[str, str]]:
    """{method: {argument: type}}, the type with a "!" where the argument is required."""
    found: dict[str, dict[str, str]] = {}
    for method in METHODS:
        arguments: dict[str, str] = {}
        for parameter in next(iter(spec["paths"][f"/{method}"].values()))["parameters"]:
            name = parameter["name"]
            required = parameter.get("required") or name in REQUIRED.get(method, ())
            if name != "token":
                arguments[name] = STRUCTURED.get(name, parameter["type"]) + ("!" if required else "")
        found[method] = arguments
    for method, arguments in NEWER.items():
        found.setdefault(method, {}).update(arguments)
    return found


def main(specs: Path, target: Path) -> None:
    openapi = json.loads(
        (specs / "slack-openapi/slack_web_openapi_v2_without_examples.json").read_text("utf-8")
    )
    limits = json.loads((specs / "slack-blockkit-slackblocks/limits.json").read_text("utf-8"))
    for name, value in (
        ("slack_methods.json", methods(openapi)),
        ("slack_limits.json", {**limits, **WITHIN, "message": MESSAGE}),
    ):
        (target / name).write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).parent)
