"""Slack's rendering: a Reply as Block Kit messages. Pure, and imports nothing of Slack's.

Limits are docs.slack.dev/reference/block-kit; that the blocks of one message may not hold more
than about 13,000 characters is not documented (bolt-js #2509, #2867: containers count, too), so
we count the blocks' JSON and stay below 12,000.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import orjson

from bot.slack_blocks import Json, Shown, rich_text, shortened, shown, text_lines
from bot.slack_text import cut_escaped
from bot.slack_words import UMBRELLA, for_slack
from handlers.buttons import plain
from handlers.made_once import made_once
from handlers.message import Block, Button, Buttons, Card, Heading, Reply, Run

BLOCKS = 48  # of 50
CHARACTERS = 11_500  # of JSON; of 12,000
FALLBACK = 3_000
TITLE = 600  # characters of a card's title: our own limit
THREAD_CARDS = 1  # stories to a message in the digest's thread: each can be linked and talked about
_VALUE = 80  # room for what stands behind a button once it is sent


@dataclass(frozen=True, slots=True)
class Unit:
    """Blocks that stay in one message, with their words. `leads` = belongs to what follows."""

    blocks: tuple[Json, ...]
    text: str
    card: bool = False
    leads: bool = False


@made_once
def parts(reply: Reply) -> tuple[str, ...]:
    """The messages as JSON: with a summary, first that one alone, then a message for each story;
    what the summary begins with is not said again below it.
    """
    if not reply.summary:
        return flat(reply)
    same = 0
    for said, block in zip(reply.summary, reply.blocks, strict=False):
        if said != block:
            break
        same += 1
    thread = _messages(reply.blocks[same:], cards=THREAD_CARDS)
    return (*_messages(reply.summary, cards=BLOCKS), *thread)


@made_once
def flat(reply: Reply) -> tuple[str, ...]:
    """The messages without a summary, as few as may be: where there is no thread to open."""
    return tuple(_messages(reply.blocks, cards=BLOCKS)) or (_message([]),)


def filled(part: str, value: Callable[[Button], str]) -> Json:
    """A part as `{"text", "blocks"}` for the Web API, with `value` behind every button that does not
    carry its command itself. Not to be changed: what needs nothing of its own is always the same object.
    """
    message, places = _read(part)
    if not places:
        return message
    blocks = list(message["blocks"])
    for at, elements in places.items():
        made = [
            element if button is None else {**element, "value": value(button)} for element, button in elements
        ]
        blocks[at] = {**blocks[at], "elements": made}
    return {**message, "blocks": blocks}


@lru_cache(maxsize=512)
def _read(part: str) -> tuple[Json, dict[int, list[tuple[Json, Button | None]]]]:
    """A message, and by their places its blocks with buttons to be made anew every time."""
    message: Json = orjson.loads(part)
    places: dict[int, list[tuple[Json, Button | None]]] = {}
    for at, block in enumerate(message["blocks"]):
        if block["type"] == "actions":
            elements = [(element, _open(element)) for element in block["elements"]]
            if any(button for _, button in elements):
                places[at] = elements
    return message, places


def _open(element: Json) -> Button | None:
    """What is to be put behind a button when it is sent; None where that is there already."""
    if "value" not in element:
        return None
    button = Button(element["text"]["text"], **element["value"])
    element["value"] = button.command
    return None if plain(button) else button


def without_pictures(message: Json) -> Json:
    """A message whose pictures Slack could not fetch."""
    return {**message, "blocks": [block for block in message["blocks"] if block["type"] != "image"]}


def words_alone(message: Json) -> Json:
    """A message whose blocks Slack refused."""
    return {"text": message["text"], "blocks": []}


def fitting(blocks: Sequence[Json], room: int) -> list[Json]:
    """The first of these blocks, as many as take at most `room` characters."""
    kept: list[Json] = []
    for block in blocks:
        room -= _size([block])
        if room < 0:
            break
        kept.append(block)
    return kept


def as_text(reply: Reply) -> str:
    """What would be sent, for a terminal: each message's fallback and blocks as indented JSON."""
    shown_parts = [filled(part, lambda button: button.command) for part in parts(for_slack(reply, UMBRELLA))]
    return "\n".join(json.dumps(message, ensure_ascii=False, indent=2) for message in shown_parts)


# packing


def _messages(blocks: Sequence[Block], *, cards: int) -> Iterator[str]:
    pending: list[Unit] = []
    for unit in _units(blocks):
        if pending and not _fits([*pending, unit], cards):
            kept = _without_leads(pending)
            yield _message(pending[:kept])
            pending = pending[kept:]
            if pending and not _fits([*pending, unit], cards):
                yield _message(pending)
                pending = []
        pending.append(unit)
    if pending:
        yield _message(pending)


def _without_leads(pending: Sequence[Unit]) -> int:
    """How many units to send now: headings at the end go with what follows, but never all."""
    kept = len(pending)
    while kept and pending[kept - 1].leads:
        kept -= 1
    return kept or len(pending)


def _fits(units: Sequence[Unit], cards: int) -> bool:
    return (
        sum(len(unit.blocks) for unit in units) <= BLOCKS
        and sum(unit.card for unit in units) <= cards
        and sum(_size(unit.blocks) for unit in units) <= CHARACTERS
    )


def _size(blocks: Iterable[Json]) -> int:
    """Characters of JSON these blocks take, with room for ids and what is behind buttons."""
    size = 0
    for block in blocks:
        buttons = len(block["elements"]) if block["type"] == "actions" else 0
        size += len(_dump(block)) + 1 + buttons * _VALUE
    return size


def _message(units: Sequence[Unit]) -> str:
    blocks = [dict(block) for unit in units for block in unit.blocks]
    number = 0
    for block in blocks:
        if block["type"] == "actions":
            block["elements"] = [
                {**element, "action_id": f"b{number + place}"}
                for place, element in enumerate(block["elements"])
            ]
            number += len(block["elements"])
    blocks = blocks or [rich_text([{"type": "text", "text": "…"}])]
    return _dump({"text": _fallback(unit.text for unit in units), "blocks": blocks})


def _fallback(texts: Iterable[str]) -> str:
    """What notifications and screen readers get: whole lines of the words, at most FALLBACK."""
    kept: list[str] = []
    size = 0
    for words in (line for text in texts for line in text.split("\n") if line.strip()):
        size += len(words) + 1
        if size > FALLBACK:
            kept.append(cut_escaped(words, FALLBACK) if not kept else "…")
            break
        kept.append(words)
    return "\n".join(kept) or "…"


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# units


def _units(blocks: Iterable[Block]) -> Iterator[Unit]:
    for block in blocks:
        if isinstance(block, Card):
            yield from _card(block)
        else:
            leads = isinstance(block, Heading)
            yield from (Unit((made,), words, leads=leads) for made, words in shown(block))


def _card(card: Card) -> Iterator[Unit]:
    """One unit; several when it is too long for one message, each with the title and "(2/3)"."""
    title = tuple(Run(run.text, bold=True, url=run.url) for run in shortened(card.title, TITLE))
    inner = [pair for block in (*card.blocks, Buttons(card.buttons)) for pair in shown(block)]
    room = CHARACTERS - _size(made for made, _ in text_lines(title)) - 200
    groups = _grouped(inner, room)
    for number, group in enumerate(groups, 1):
        counted = title if len(groups) == 1 else (*title, Run(f" ({number}/{len(groups)})", bold=True))
        pairs = [*text_lines(counted), *group]
        if pairs:
            yield Unit(tuple(made for made, _ in pairs), "\n".join(words for _, words in pairs), card=True)


def _grouped(pairs: Sequence[Shown], room: int) -> list[list[Shown]]:
    groups: list[list[Shown]] = [[]]
    for pair in pairs:
        held = groups[-1]
        if held and (len(held) >= BLOCKS - 6 or _size(made for made, _ in [*held, pair]) > room):
            groups.append([])
        groups[-1].append(pair)
    return groups
