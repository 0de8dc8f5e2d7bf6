"""Check the parameters of a call against the facts of the Bot API: names, types, required."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

Fields = dict[str, dict[str, Any]]


class Refused(Exception):
    """An answer that is not ok: an HTTP status, the API's words, and its parameters."""

    def __init__(self, status: int, words: str, **parameters: int) -> None:
        self.status, self.words, self.parameters = status, words, parameters
        super().__init__(f"{status} {words}")


def bad(words: str) -> Refused:
    return Refused(400, f"Bad Request: {words}")


@cache
def facts() -> dict[str, dict[str, Fields]]:
    """{"methods": {name: fields}, "types": {name: fields}}."""
    path = Path(__file__).parents[1] / "telegram_methods.json"
    loaded: dict[str, dict[str, Fields]] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def method_named(name: str) -> str | None:
    """The method's own spelling; names do not mind case."""
    return next((known for known in facts()["methods"] if known.lower() == name.lower()), None)


def checked(method: str, given: dict[str, Any]) -> dict[str, Any]:
    """The parameters as Python values; Refused for one unknown, missing or of a wrong type.

    The real server ignores a parameter it does not know; here that is a mistake of ours.
    """
    fields = facts()["methods"][method]
    values = {name: _from_form(method, name, value, fields) for name, value in given.items()}
    _required(method, fields, values)
    return values


def _from_form(method: str, name: str, value: Any, fields: Fields) -> Any:
    if name not in fields:
        raise bad(f"{method} has no parameter {name}")
    types = fields[name]["types"]
    if not isinstance(value, str):
        return _typed(f"{method}.{name}", value, types)
    for kind in types:
        found, parsed = _parsed(value, kind)
        if found:
            return parsed if isinstance(parsed, str | bytes) else _typed(f"{method}.{name}", parsed, types)
    raise bad(f"{method}.{name} is no {' or '.join(types)}: {value[:40]}")


def _parsed(text: str, kind: str) -> tuple[bool, Any]:
    """Whether a form value reads as `kind`, and what it is."""
    if kind == "Integer":
        digits = text.removeprefix("-")
        return (True, int(text)) if digits.isascii() and digits.isdigit() else (False, None)
    if kind == "Boolean":
        known = {"true": True, "True": True, "1": True, "false": False, "False": False, "0": False}
        return text in known, known.get(text)
    if kind in {"String", "InputFile"}:
        return True, text
    try:
        return True, json.loads(text)
    except ValueError:
        return False, None


def _typed(where: str, value: Any, types: list[str]) -> Any:
    if not any(_fits(where, value, kind) for kind in types):
        raise bad(f"{where} is no {' or '.join(types)}")
    return value


def _fits(where: str, value: Any, kind: str) -> bool:
    if kind.startswith("Array of "):
        inner = kind.removeprefix("Array of ")
        return isinstance(value, list) and all(_fits(where, item, inner) for item in value)
    plain = {"Integer": int, "Boolean": bool, "String": str, "Float": float}
    if kind in plain:
        return isinstance(value, plain[kind]) and not (kind == "Integer" and isinstance(value, bool))
    if kind == "InputFile":
        return isinstance(value, tuple)
    if isinstance(value, dict) and kind in _MARKUPS and _MARKUPS[kind] not in value:
        return False
    return isinstance(value, dict) and _object(where, value, kind)


_MARKUPS = {
    "InlineKeyboardMarkup": "inline_keyboard",
    "ReplyKeyboardMarkup": "keyboard",
    "ReplyKeyboardRemove": "remove_keyboard",
    "ForceReply": "force_reply",
}
"""What tells one kind of reply_markup from another."""


def _object(where: str, value: dict[str, Any], kind: str) -> bool:
    if kind == "BotCommandScope":
        words = "".join(word.title() for word in str(value.get("type", "")).split("_"))
        kind = f"BotCommandScope{words}"
    kind = {
        "InlineQueryResult": "InlineQueryResultArticle",
        "InputMessageContent": "InputTextMessageContent",
    }.get(kind, kind)
    fields = facts()["types"].get(kind)
    if fields is None:
        raise bad(f"{where}: the type {kind} is not known here")
    for name, inner in value.items():
        if name not in fields:
            raise bad(f"{where}: {kind} has no field {name}")
        _typed(f"{where}.{name}", inner, fields[name]["types"])
    _required(where, fields, value)
    return True


def _required(where: str, fields: Fields, values: dict[str, Any]) -> None:
    for name, fact in fields.items():
        if fact["required"] and name not in values:
            words = {"text": "message text is empty", "chat_id": "chat_id is empty"}
            missing = f"{where} lacks {name}"
            raise bad(missing if "." in where else words.get(name, missing))
