"""The neutral Reply as JSON, for `jianbao ask --json`: each block an object with a `type`."""

from __future__ import annotations

import base64
from dataclasses import fields, is_dataclass
from typing import Any

from handlers.message import Reply


def as_json(reply: Reply) -> dict[str, Any]:
    """language, blocks, summary, and the flags and file that are set; lines are lists of runs."""
    body: dict[str, Any] = {"language": reply.language, "blocks": [_value(b) for b in reply.blocks]}
    if reply.summary:
        body["summary"] = [_value(block) for block in reply.summary]
    for flag in ("replace", "whisper", "silent", "rich"):
        if getattr(reply, flag):
            body[flag] = True
    for name in ("link", "source", "asks"):
        if getattr(reply, name):
            body[name] = getattr(reply, name)
    if reply.file is not None:
        body["file"] = {
            "name": reply.file.name,
            "content_type": reply.file.content_type,
            **({"alt": reply.file.alt} if reply.file.alt else {}),
            "data": base64.b64encode(reply.file.data).decode("ascii"),
        }
    if reply.tags:
        body["tags"] = reply.tags
    return body


def _value(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        named = {f.name: _value(getattr(value, f.name)) for f in fields(value)}
        kept = {name: v for name, v in named.items() if v not in ("", False, [], None)}
        return {"type": type(value).__name__.lower(), **kept}
    if isinstance(value, tuple):
        return [_value(item) for item in value]
    return value
