"""What Slack accepts as Block Kit, for the block types that a bot like this one posts.

Every property is named: an unknown property, block or element is a problem, as is anything
beyond slack_limits.json. Block types of Slack's that are not modelled here are refused by name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.slack import inputs

Json = dict[str, Any]

LIMITS: Json = json.loads((Path(__file__).parents[1] / "slack_limits.json").read_text("utf-8"))

NOT_MODELLED = {"alert", "card", "carousel", "container", "context_actions", "data_table"}
NOT_MODELLED |= {"data_visualization", "file", "plan", "task_card", "video"}
STYLES = frozenset({"bold", "italic", "strike", "code", "underline"})


def problems_of_message(message: Mapping[str, Any]) -> list[str]:
    """Why Slack would refuse this `text` and these `blocks`, as Slack's error codes with a place."""
    blocks = message.get("blocks") or []
    if not blocks and not message.get("text"):
        return ["no_text"]
    if not isinstance(blocks, list):
        return ["invalid_blocks_format"]
    return list(_all(blocks, most=LIMITS["message"]["blocks"]["max_items"]))


_OF_VIEW = {"type", "blocks", "private_metadata", "callback_id", "external_id"}
_OF_MODAL = {"title", "submit", "close", "clear_on_close", "notify_on_close", "submit_disabled"}


def problems_of_view(view: Mapping[str, Any]) -> list[str]:
    """Why Slack would refuse this Home view or modal."""
    modal = view.get("type") == "modal"
    unknown = set(view) - _OF_VIEW - (_OF_MODAL if modal else set())
    found = [f"invalid_arguments: view has {name}" for name in sorted(unknown)]
    if view.get("type") not in {"home", "modal"}:
        found.append("invalid_arguments: view.type")
    blocks = view.get("blocks")
    if not isinstance(blocks, list) or not blocks:
        return [*found, "invalid_arguments: view.blocks"]
    found.extend(
        f"invalid_arguments: view.{name} too long"
        for name in ("private_metadata", "callback_id")
        if len(view.get(name, "")) > LIMITS["view"][name]["max_length"]
    )
    if modal:
        for name in ("title", "submit", "close"):
            if name in view or name == "title":
                most = LIMITS["view"][name]["max_length"]
                found += [f"view.{name}: {p}" for p in _text(view.get(name), most, kinds={"plain_text"})]
        if "submit" not in view and any(block.get("type") == "input" for block in blocks):
            found.append("view.submit is missing where there are inputs")
    return [*found, *_all(blocks, most=LIMITS["view"]["blocks"]["max_items"], in_view=True)]


def _all(blocks: list[Any], *, most: int, in_view: bool = False) -> Iterator[str]:
    if not in_view and any(isinstance(block, dict) and block.get("type") == "input" for block in blocks):
        yield "invalid_blocks: an input in a message"
    if len(blocks) > most:
        yield f"invalid_blocks: {len(blocks)} blocks"
    if (
        len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")))
        > LIMITS["message"]["total"]["max_length"]
    ):
        yield "msg_blocks_too_long"
    block_ids = [b["block_id"] for b in blocks if isinstance(b, dict) and "block_id" in b]
    if len(set(block_ids)) < len(block_ids):
        yield "invalid_blocks: block_id twice"
    for number, block in enumerate(blocks):
        yield from (f"invalid_blocks: blocks[{number}] {problem}" for problem in _block(block))
    actions = [
        e.get("action_id")
        for b in blocks
        if isinstance(b, dict) and b.get("type") == "actions"
        for e in b.get("elements", ())
    ]
    if len(set(actions)) < len(actions):
        yield "invalid_blocks: action_id twice"


def _block(block: Any) -> Iterator[str]:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind not in _BLOCKS:
        yield f"{kind} is not modelled" if kind in NOT_MODELLED else f"unknown type {kind!r}"
        return
    check, names = _BLOCKS[kind]
    yield from _names(block, {"type", "block_id", *names})
    yield from _length(block, "block_id", LIMITS["block_id"]["max_length"])
    yield from check(block)


def _section(block: Json) -> Iterator[str]:
    if "text" not in block and not block.get("fields"):
        yield "section has neither text nor fields"
    if "text" in block:
        yield from _text(block["text"], LIMITS["section"]["text"]["max_length"])
    fields = block.get("fields", [])
    if len(fields) > LIMITS["section"]["fields"]["max_items"]:
        yield "too many fields"
    for field in fields:
        yield from _text(field, LIMITS["section"]["fields"]["item_max_length"])
    if "accessory" in block:
        yield from _element(block["accessory"], {"button", "image"})


def _header(block: Json) -> Iterator[str]:
    yield from _text(block.get("text"), LIMITS["header"]["text"]["max_length"], kinds={"plain_text"})


def _context(block: Json) -> Iterator[str]:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 0 < len(elements) <= LIMITS["context"]["elements"]["max_items"]:
        yield "context.elements"
        return
    for element in elements:
        if isinstance(element, dict) and element.get("type") == "image":
            yield from _element(element, {"image"})
        else:
            yield from _text(element, LIMITS["text"]["max_length"])


def _actions(block: Json) -> Iterator[str]:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 0 < len(elements) <= LIMITS["actions"]["elements"]["max_items"]:
        yield "actions.elements"
        return
    for element in elements:
        yield from _element(element, {"button"})


def _input(block: Json) -> Iterator[str]:
    yield from _text(block.get("label"), LIMITS["input"]["label"]["max_length"], kinds={"plain_text"})
    if "hint" in block:
        yield from _text(block["hint"], LIMITS["input"]["hint"]["max_length"], kinds={"plain_text"})
    element = block.get("element")
    if not isinstance(element, dict) or element.get("type") not in inputs.PROPERTIES:
        yield "input.element"
        return
    yield from _names(element, {"type", "action_id", *inputs.PROPERTIES[element["type"]]})
    yield from _length(element, "action_id", LIMITS["action_id"]["max_length"])
    yield from inputs.problems(element, LIMITS, lambda text, most: _text(text, most, kinds={"plain_text"}))


def _image(block: Json) -> Iterator[str]:
    if ("image_url" in block) == ("slack_file" in block):
        yield "image needs image_url or slack_file"
    if "image_url" in block:
        yield from _address(block["image_url"], LIMITS["image"]["image_url"]["max_length"])
    alt = block.get("alt_text")
    if not isinstance(alt, str) or len(alt) > LIMITS["image"]["alt_text"]["max_length"]:
        yield "alt_text"
    if "title" in block:
        yield from _text(block["title"], LIMITS["image"]["alt_text"]["max_length"], kinds={"plain_text"})


def _markdown(block: Json) -> Iterator[str]:
    text = block.get("text")
    limit = LIMITS["markdown"]["text"]
    if not isinstance(text, str) or not limit["min_length"] <= len(text) <= limit["max_length"]:
        yield "markdown.text"


def _table(block: Json) -> Iterator[str]:
    rows = block.get("rows")
    if not isinstance(rows, list) or not 0 < len(rows) <= LIMITS["table"]["rows"]["max_items"]:
        yield "table.rows"
        return
    width = len(rows[0])
    if width > LIMITS["table"]["columns"]["max_items"] or any(len(row) != width for row in rows):
        yield "table.row_shape"
    if len(block.get("column_settings", [])) not in {0, width}:
        yield "table.column_settings"


def _rich_text(block: Json) -> Iterator[str]:
    elements = block.get("elements")
    if not isinstance(elements, list) or not elements:
        yield "rich_text.elements"
        return
    for element in elements:
        yield from _rich_part(element)


def _rich_part(part: Any) -> Iterator[str]:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind == "rich_text_list":
        yield from _names(part, {"type", "elements", "style", "indent", "border", "offset"})
        if part.get("style") not in {"bullet", "ordered"} or not part.get("elements"):
            yield "rich_text_list"
        for item in part.get("elements", ()):
            yield from (
                _rich_part(item) if item.get("type") == "rich_text_section" else ["rich_text_list item"]
            )
    elif kind in {"rich_text_section", "rich_text_quote", "rich_text_preformatted"}:
        yield from _names(part, {"type", "elements", "border", "language"})
        if not part.get("elements"):
            yield f"{kind} is empty"
        for element in part.get("elements", ()):
            yield from _rich_element(element)
    else:
        yield f"unknown rich_text part {kind!r}"


_RICH: dict[str, tuple[set[str], set[str]]] = {  # required and optional properties
    "text": ({"text"}, {"style"}),
    "link": ({"url"}, {"text", "style", "unsafe"}),
    "user": ({"user_id"}, {"style"}),
    "usergroup": ({"usergroup_id"}, {"style"}),
    "channel": ({"channel_id"}, {"style"}),
    "emoji": ({"name"}, {"unicode", "style", "skin_tone"}),
    "broadcast": ({"range"}, {"style"}),
    "color": ({"value"}, set()),
    "date": ({"timestamp", "format"}, {"url", "fallback", "style"}),
}


def _rich_element(element: Any) -> Iterator[str]:
    kind = element.get("type") if isinstance(element, dict) else None
    if kind not in _RICH:
        yield f"unknown rich_text element {kind!r}"
        return
    needs, may = _RICH[kind]
    yield from _names(element, {"type", *needs, *may})
    for name in needs:
        if not element.get(name):
            yield f"{kind}.{name} is empty"
    if "text" in element and not element["text"]:
        yield f"{kind}.text is empty"
    if kind == "link":
        yield from _address(element.get("url"), LIMITS["button"]["url"]["max_length"])
    style = element.get("style", {})
    if not isinstance(style, dict) or not set(style) <= STYLES:
        yield f"{kind}.style"


def _element(element: Any, kinds: set[str]) -> Iterator[str]:
    kind = element.get("type") if isinstance(element, dict) else None
    if kind not in kinds:
        yield f"element {kind!r} here"
    elif kind == "image":
        yield from _names(element, {"type", "image_url", "alt_text", "slack_file"})
        yield from _image(element)
    else:
        yield from _button(element)


def _button(button: Json) -> Iterator[str]:
    limits = LIMITS["button"]
    yield from _names(
        button, {"type", "text", "action_id", "url", "value", "style", "confirm", "accessibility_label"}
    )
    yield from _text(button.get("text"), limits["text"]["max_length"], kinds={"plain_text"})
    yield from _length(button, "action_id", LIMITS["action_id"]["max_length"])
    yield from _length(button, "value", limits["value"]["max_length"])
    yield from _length(button, "accessibility_label", limits["accessibility_label"]["max_length"])
    if "url" in button:
        yield from _address(button["url"], limits["url"]["max_length"])
    if button.get("style", "primary") not in {"primary", "danger"}:
        yield "button.style"


def _text(
    text: Any, most: int, *, kinds: frozenset[str] | set[str] = frozenset({"plain_text", "mrkdwn"})
) -> Iterator[str]:
    if not isinstance(text, dict) or text.get("type") not in kinds:
        yield f"text object must be {' or '.join(sorted(kinds))}"
        return
    yield from _names(text, {"type", "text", "emoji" if text["type"] == "plain_text" else "verbatim"})
    if not isinstance(text.get("text"), str) or not LIMITS["text"]["min_length"] <= len(text["text"]) <= most:
        yield f"text must have 1 to {most} characters"


def _names(value: Json, allowed: set[str]) -> Iterator[str]:
    yield from (f"unknown property {name}" for name in sorted(set(value) - allowed))


def _length(value: Json, name: str, most: int) -> Iterator[str]:
    if name in value and (not isinstance(value[name], str) or not 0 < len(value[name]) <= most):
        yield f"{name} must have 1 to {most} characters"


def _address(url: Any, most: int) -> Iterator[str]:
    if not isinstance(url, str) or len(url) > most or urlsplit(url).scheme not in {"http", "https", "mailto"}:
        yield "invalid url"


_BLOCKS: dict[str, tuple[Callable[[Json], Iterator[str]], set[str]]] = {
    "section": (_section, {"text", "fields", "accessory", "expand"}),
    "header": (_header, {"text", "level"}),
    "divider": (lambda _: iter(()), set()),
    "context": (_context, {"elements"}),
    "actions": (_actions, {"elements"}),
    "input": (_input, {"label", "element", "hint", "optional", "dispatch_action"}),
    "image": (_image, {"image_url", "slack_file", "alt_text", "title"}),
    "markdown": (_markdown, {"text"}),
    "table": (_table, {"rows", "column_settings"}),
    "rich_text": (_rich_text, {"elements"}),
}
