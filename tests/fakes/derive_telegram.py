"""Derive telegram_methods.json from a description of the Bot API.

Usage: python tests/fakes/derive_telegram.py ../shared/specs/telegram/api.json

Keeps facts only: names of methods and parameters, their types, and whether they are required.
Of the API it keeps the methods that the fake answers, and the object types that those take.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

METHODS = (
    "getMe",
    "getUpdates",
    "deleteWebhook",
    "setWebhook",
    "sendMessage",
    "sendDocument",
    "sendPhoto",
    "editMessageText",
    "editMessageReplyMarkup",
    "answerCallbackQuery",
    "setMyCommands",
    "getMyCommands",
    "deleteMyCommands",
    "getChat",
    "getChatMember",
    "getFile",
    "sendChatAction",
    "answerInlineQuery",
    "sendRichMessage",
    "setMyDescription",
    "getMyDescription",
    "setMyShortDescription",
    "getMyShortDescription",
)
TYPES = (
    "InlineKeyboardMarkup",
    "InlineKeyboardButton",
    "LinkPreviewOptions",
    "ReplyParameters",
    "BotCommand",
    "BotCommandScopeDefault",
    "BotCommandScopeAllPrivateChats",
    "BotCommandScopeAllGroupChats",
    "BotCommandScopeAllChatAdministrators",
    "BotCommandScopeChat",
    "ForceReply",
    "InlineQueryResultArticle",
    "InlineQueryResultsButton",
    "InputRichMessage",
    "InputTextMessageContent",
)

Fields = dict[str, dict[str, Any]]


def fields(thing: dict[str, Any]) -> Fields:
    return {f["name"]: {"types": f["types"], "required": f["required"]} for f in thing.get("fields", ())}


def derive(api: dict[str, Any]) -> dict[str, Any]:
    """{"version", "methods": {name: {parameter: {"types", "required"}}}, "types": the same}."""
    return {
        "version": api["version"],
        "methods": {name: fields(api["methods"][name]) for name in METHODS},
        "types": {name: fields(api["types"][name]) for name in TYPES},
    }


def dumps(facts: dict[str, Any]) -> str:
    return json.dumps(facts, indent=1, sort_keys=True) + "\n"


def main() -> None:
    api = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    Path(__file__).with_name("telegram_methods.json").write_text(dumps(derive(api)), encoding="utf-8")


if __name__ == "__main__":
    main()
