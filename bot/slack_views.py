"""Slack's views: a form as a modal, an answer in a modal, and what they carry back to us. Pure.

A view's private_metadata is "CHANNEL SEAL". The seal is the bot's own, over the view's name, the
person it was made for and the channel, good for a day: nobody else's view, and none that was made
for another person or channel, is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.slack_blocks import Json, plain_text
from bot.slack_inbound import LOOK_UP, Incoming
from bot.slack_text import one_line
from handlers.answer import sign
from handlers.buttons import opened
from handlers.forms import Field, Form
from handlers.message import Button
from handlers.words import say
from store.bundle import Store
from store.model import Chat, Language

CHANNEL = "channel"
NAME = "name"
TITLE = 24
ANSWER = "answer"
HOME = "home"
"""The block ids of the fields that are not a form's own, and the names of the views that are none."""

_KINDS = ["public", "private", "im"]
_SLACKS_OWN = {"managers"}  # fields whose values mean something else here


def seal(name: str, chat: Chat, user: str, store: Store, now: datetime) -> str:
    """The private_metadata of a view of this name, made for this person in this channel."""
    return f"{chat.id} {sign(Button('', f'{name} {user}'), chat, now, store.ledger)}"


def sealed(came: Incoming, chat: Chat, store: Store, now: datetime) -> bool:
    """Whether a view is ours, made for whoever uses it, in this channel; and, but for the Home tab,
    which stays open for weeks, not older than a day.
    """
    press = opened(came.seal, chat, now, store.ledger)
    good = {"good", "stale"} if came.home else {"good"}
    return press.seal in good and press.command == f"{HOME if came.home else came.form} {came.user}"


def form_view(form: Form, metadata: str) -> Json:
    """A form as a modal, with the channel to pick, beginning with the one of the metadata."""
    language, here = form.language, metadata.partition(" ")[0]
    blocks = [_channel(language, here), {"type": "context", "elements": [plain_text(form.note)]}]
    blocks += [_input(field, here, language) for field in form.fields]
    if form.name == "settings":
        sound = plain_text(say("slack.form.sound", language))
        blocks.append({"type": "context", "elements": [sound]})
    return {
        **_modal(form.name, form.title, language, metadata),
        "submit": plain_text(one_line(form.submit, TITLE)),
        "blocks": blocks,
    }


def look_up_view(language: Language, metadata: str) -> Json:
    """A box for a company's name."""
    return {
        **_modal(LOOK_UP, say("slack.look_up.title", language), language, metadata),
        "submit": plain_text(say("slack.look_up.submit", language)),
        "blocks": [name_box(language)],
    }


def name_box(language: Language, *, at_once: bool = False) -> Json:
    """A field for a company's name; `at_once` = Enter alone sends it."""
    return {
        "type": "input",
        "block_id": NAME,
        "dispatch_action": at_once,
        "label": plain_text(say("slack.look_up.label", language)),
        "element": {
            "type": "plain_text_input",
            "action_id": NAME,
            "max_length": 200,
            "placeholder": plain_text(say("slack.look_up.placeholder", language)),
            **({"dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]}} if at_once else {}),
        },
    }


def answer_view(message: Json, language: Language, metadata: str, *, more: bool) -> Json:
    """An answer's first message in a modal; `more` = there are others that a modal does not hold."""
    rest = {"type": "context", "elements": [plain_text(say("slack.look_up.more", language))]}
    blocks = [*message["blocks"], *([rest] if more else [])]
    return {**_modal(ANSWER, say("slack.look_up.title", language), language, metadata), "blocks": blocks}


def block_of(field: str, channel: str) -> str:
    """A field's block id: another one for each channel, or Slack would keep what was filled in."""
    return field if field in {CHANNEL, NAME} else f"{field}@{channel}"


def errors(found: Mapping[str, str], channel: str) -> Json:
    """The acknowledgement that shows what is wrong beside each field."""
    beside = {block_of(field, channel): words for field, words in found.items()}
    return {"response_action": "errors", "errors": beside}


def update(view: Json) -> Json:
    """The acknowledgement that puts another view in the place of the one that was sent."""
    return {"response_action": "update", "view": view}


def _modal(name: str, title: str, language: Language, metadata: str) -> Json:
    return {
        "type": "modal",
        "callback_id": name,
        "private_metadata": metadata,
        "title": plain_text(one_line(title, TITLE)),
        "close": plain_text(say("slack.form.close", language)),
    }


def _channel(language: Language, here: str) -> Json:
    return {
        "type": "input",
        "block_id": CHANNEL,
        "dispatch_action": True,
        "label": plain_text(say("slack.form.channel", language)),
        "hint": plain_text(say("slack.form.channel_hint", language)),
        "element": {
            "type": "conversations_select",
            "action_id": CHANNEL,
            "filter": {"include": _KINDS},
            "default_to_current_conversation": True,  # where Slack cannot show the one named below
            "initial_conversation": here,
        },
    }


def _input(field: Field, here: str, language: Language) -> Json:
    return {
        "type": "input",
        "block_id": block_of(field.name, here),
        "label": plain_text(field.label),
        "element": {"action_id": field.name, **_element(field, language)},
        **({"hint": plain_text(field.hint)} if field.hint else {}),
    }


def _element(field: Field, language: Language) -> Json:
    if field.kind == "time":
        return {"type": "timepicker", "initial_time": field.value}
    if field.kind == "text":
        return {"type": "plain_text_input", "initial_value": field.value, "max_length": 100}
    options = [
        {"text": plain_text(one_line(_label(field.name, value, label, language), 75)), "value": value}
        for value, label in field.options
    ]
    chosen = next(option for option in options if option["value"] == field.value)
    return {"type": "static_select", "options": options, "initial_option": chosen}


def _label(name: str, value: str, label: str, language: Language) -> str:
    """What a value is called here: who "manages" a channel is Slack's own matter."""
    return say(f"slack.form.{name}.{value}", language) if name in _SLACKS_OWN else label
