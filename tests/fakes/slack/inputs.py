"""The fields of forms: what Slack accepts as an input block, and what it makes of their values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

Json = dict[str, Any]
Check = Callable[[Any, int], Iterator[str]]

_CONVERSATIONS = {"im", "mpim", "private", "public"}
_TRIGGERS = {"on_enter_pressed", "on_character_entered"}

PROPERTIES: dict[str, set[str]] = {
    "plain_text_input": {
        "initial_value", "multiline", "min_length", "max_length", "dispatch_action_config",
        "focus_on_load", "placeholder",
    },
    "static_select": {
        "options", "option_groups", "initial_option", "confirm", "focus_on_load", "placeholder",
    },
    "conversations_select": {
        "initial_conversation", "default_to_current_conversation", "confirm", "response_url_enabled",
        "filter", "focus_on_load", "placeholder",
    },
    "timepicker": {"initial_time", "timezone", "confirm", "focus_on_load", "placeholder"},
}  # fmt: skip


def problems(element: Json, limits: Json, text: Check) -> Iterator[str]:
    """What is wrong with the element of an input block, its names looked at already."""
    if "placeholder" in element:
        yield from text(element["placeholder"], limits["select"]["placeholder"]["max_length"])
    yield from _OWN[element["type"]](element, limits, text)


def _text_input(element: Json, limits: Json, text: Check) -> Iterator[str]:
    most = limits["plain_text_input"]["max_length"]["max"]
    length = element.get("max_length", most)
    if not 0 < length <= most or len(element.get("initial_value", "")) > length:
        yield "plain_text_input.max_length"
    if "dispatch_action_config" in element:
        config = element["dispatch_action_config"]
        if set(config) != {"trigger_actions_on"} or not set(config["trigger_actions_on"]) <= _TRIGGERS:
            yield "dispatch_action_config"


def _select(element: Json, limits: Json, text: Check) -> Iterator[str]:
    options = element.get("options", [])
    if not 0 < len(options) <= limits["select"]["options"]["max_items"]:
        yield "static_select.options"
    for option in options:
        if not set(option) <= {"text", "value", "description"}:
            yield "option has an unknown property"
        yield from text(option.get("text"), limits["option"]["text"]["max_length"])
        if not 0 < len(option.get("value", "")) <= limits["option"]["value"]["max_length"]:
            yield "option.value"
    if len({option.get("value") for option in options}) < len(options):
        yield "option.value twice"
    if "initial_option" in element and element["initial_option"] not in options:
        yield "initial_option is none of the options"


def _conversations(element: Json, limits: Json, text: Check) -> Iterator[str]:
    wanted = element.get("filter", {"include": ["public"]})
    known = {"include", "exclude_external_shared_channels", "exclude_bot_users"}
    if not wanted or not set(wanted) <= known:
        yield "conversations_select.filter"
    include = wanted.get("include", ["public"])
    if not include or not set(include) <= _CONVERSATIONS:
        yield "conversations_select.filter.include"


def _time(element: Json, limits: Json, text: Check) -> Iterator[str]:
    if not re.fullmatch(r"(?:[01]\d|2[0-3]):[0-5]\d", element.get("initial_time", "00:00")):
        yield "timepicker.initial_time"


_OWN = {
    "plain_text_input": _text_input,
    "static_select": _select,
    "conversations_select": _conversations,
    "timepicker": _time,
}


def state(view: Json, given: dict[str, str]) -> Json:
    """`view.state.values` as it is when a person has set `given` (block ids without "@…" to values)."""
    values: Json = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element, name = block["element"], block["block_id"]
        value = given.get(name.partition("@")[0])
        values[name] = {element["action_id"]: _held(element, value)}
    return {"values": values}


def _held(element: Json, value: str | None) -> Json:
    kind = element["type"]
    if kind == "static_select":
        chosen = element.get("initial_option")
        if value is not None:
            chosen = next(option for option in element["options"] if option["value"] == value)
        return {"type": kind, "selected_option": chosen}
    names = {
        "plain_text_input": ("value", "initial_value"),
        "timepicker": ("selected_time", "initial_time"),
        "conversations_select": ("selected_conversation", "initial_conversation"),
    }
    name, initial = names[kind]
    return {"type": kind, name: value if value is not None else element.get(initial)}
