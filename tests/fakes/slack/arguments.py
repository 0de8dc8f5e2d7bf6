"""Arguments of a Web API call, from JSON, a form, a multipart form or the query, read strictly."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.fakes.slack.refusals import Refused

Json = dict[str, Any]

ARGUMENTS: Mapping[str, Mapping[str, str]] = json.loads(
    (Path(__file__).parents[1] / "slack_methods.json").read_text("utf-8")
)


async def given(request: web.Request) -> tuple[Json, str]:
    """The arguments as sent, and the token (header, or argument of that name)."""
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        body = json.loads(await request.read() or b"{}")
        if not isinstance(body, dict):
            raise Refused("json_not_object")
        args.update(body)
    elif request.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        args.update({name: str(value) for name, value in (await request.post()).items()})
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token if scheme == "Bearer" else ""
    return args, str(args.pop("token", "") or token)


def checked(method: str, args: Json) -> Json:
    """The arguments with their types, or Refused: an unknown or missing one, a wrong type."""
    known = ARGUMENTS[method]
    unknown = sorted(set(args) - set(known))
    if unknown:
        raise Refused("invalid_arguments", f"{method} has no {', '.join(unknown)}")
    for name, kind in known.items():
        if kind.endswith("!") and args.get(name) in (None, ""):
            raise Refused("invalid_arguments", f"{method} needs {name}")
    return {name: _READ[known[name].rstrip("!")](name, value) for name, value in args.items()}


def _string(name: str, value: object) -> object:
    if not isinstance(value, str):
        raise Refused("invalid_arguments", f"{name} is no string")
    return value


def _boolean(name: str, value: object) -> object:
    if isinstance(value, bool):
        return value
    if value in ("0", "1", "true", "false"):
        return value in ("1", "true")
    raise Refused("invalid_arguments", f"{name} is no boolean")


def _integer(name: str, value: object) -> object:
    if isinstance(value, bool) or not str(value).isdecimal():
        raise Refused("invalid_arguments", f"{name} is no integer")
    return int(str(value))


def _number(name: str, value: object) -> object:
    try:
        float(str(value))
    except ValueError:
        raise Refused("invalid_arguments", f"{name} is no number") from None
    return str(value)


def _structure(kind: type) -> Callable[[str, object], object]:
    def read(name: str, value: object) -> object:
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                raise Refused("invalid_arguments", f"{name} is no JSON") from None
        if not isinstance(value, kind):
            raise Refused("invalid_arguments", f"{name} is no {kind.__name__}")
        return value

    return read


def _either(name: str, value: object) -> object:
    """The description of 2021 calls some booleans strings."""
    return value if isinstance(value, bool) else _string(name, value)


_READ: dict[str, Callable[[str, object], object]] = {
    "string": _either,
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
    "array": _structure(list),
    "object": _structure(dict),
}
