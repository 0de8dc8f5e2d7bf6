"""Showing everybody in a channel what one person was answered: a button, and who asked what. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2s

import orjson

from bot.slack_blocks import Json, plain_text
from bot.slack_inbound import SHARE_ID, Incoming
from bot.slack_text import inert_plain, one_line
from handlers.commands import named
from handlers.message import Button, Reply
from handlers.words import say
from store.model import Language

_ASKED = 150  # characters of the command that are said again


def shareable(command: str, reply: Reply) -> bool:
    """Whether an answer may be shown to everybody: a look-up that was answered."""
    word = command.strip().lstrip("/／").partition(" ")[0]
    known = named(word) if word else None
    plain = not ({"refused", "failed"} & reply.tags.keys()) and not reply.whisper
    plain = plain and (reply.file is None or bool(reply.file.alt))
    return plain and known is not None and known.group == "ask" and not known.hidden


@dataclass(frozen=True, slots=True)
class Offer:
    """The button below an answer that shows it to everybody. Its action_id is this answer's own, so that
    pressing it twice is one delivery.
    """

    button: Button
    action_id: str

    def below(self, message: Json, value: str) -> Json:
        """The message with the button; `value` is what stands behind it."""
        label = plain_text(self.button.label)
        button = {"type": "button", "text": label, "action_id": self.action_id, "value": value}
        return {**message, "blocks": [*message["blocks"], {"type": "actions", "elements": [button]}]}


def offered(came: Incoming, command: str, language: Language) -> Offer:
    """The button that shows everybody the answer to this command."""
    command = command.encode("utf-8", "replace").decode()
    once = blake2s(f"{came.key} {command}".encode(), digest_size=9).hexdigest()
    return Offer(Button(say("slack.share.button", language), command), f"{SHARE_ID}{once}")


def credited(parts: Sequence[str], user: str, command: str, language: Language) -> list[str]:
    """The messages of an answer that is shared, the first one saying who asked what."""
    first, *rest = parts
    asked = inert_plain(one_line(command, _ASKED))
    message = orjson.loads(first)
    before, _, after = say("slack.share.asked", language, command=asked, who="\n").partition("\n")
    words = [{"type": "text", "text": text} for text in (before, after)]
    elements = [words[0], {"type": "user", "user_id": user}, words[1]]
    section = {"type": "rich_text_section", "elements": [e for e in elements if e.get("text") != ""]}
    message["blocks"].insert(0, {"type": "rich_text", "elements": [section]})
    return [orjson.dumps(message).decode(), *rest]
