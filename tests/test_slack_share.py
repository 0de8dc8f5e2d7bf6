"""Share: what may be shared, and how it is credited."""

from __future__ import annotations

import json

import pytest

from bot.slack_inbound import Incoming
from bot.slack_render import filled, flat
from bot.slack_share import credited, offered, shareable
from handlers.message import File, Heading, Reply, Text, line
from store.model import LANGUAGES, Language
from tests.fakes.slack.blocks import problems_of_message

ANSWER = Reply((Heading("메이투안"), Text(line("말"))), "ko")


@pytest.mark.parametrize(
    ("command", "may"),
    [("/company meituan", True), ("/회사 메이투안", True), ("/search 매출", True), ("/settings", False),
     ("/subscribe", False), ("/status", False), ("/start", False), ("메이투안", False), ("", False)],
)  # fmt: skip
def test_only_a_look_up_may_be_shared(command: str, may: bool) -> None:
    assert shareable(command, ANSWER) is may


@pytest.mark.parametrize(
    "reply",
    [
        Reply(ANSWER.blocks, "ko", whisper=True),
        Reply(ANSWER.blocks, "ko", tags={"refused": "x"}),
        Reply(ANSWER.blocks, "ko", tags={"failed": "x"}),
        Reply(ANSWER.blocks, "ko", file=File("x.json", b"x")),
    ],
)
def test_what_was_not_answered_or_meant_for_one_is_not_shared(reply: Reply) -> None:
    assert not shareable("/company meituan", reply)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_button_and_the_credit_are_what_slack_takes(language: Language) -> None:
    came = Incoming("command", "slack:c:1", "T1", user="U1")
    command = "/company " + "<!channel> 메이투안 " * 20
    offer = offered(came, command, language)
    assert (offer.button.command, offer.button.signed) == (command, False)
    [message] = [filled(part, lambda button: button.command) for part in flat(ANSWER)]
    below = offer.below(message, "#token")
    assert below["blocks"][:-1] == message["blocks"]
    assert below["blocks"][-1]["elements"][0]["value"] == "#token"
    assert problems_of_message(below) == []
    again, other = (offered(came, said, language) for said in (command, "/company x"))
    assert again.action_id == offer.action_id != other.action_id
    [shared] = credited(flat(ANSWER), "U1", command, language)
    message = json.loads(shared)
    assert problems_of_message(message) == []
    elements = message["blocks"][0]["elements"][0]["elements"]
    assert {"type": "user", "user_id": "U1"} in elements
    assert "/company" in json.dumps(elements)
    assert "<!" not in shared


def test_a_picture_may_be_shared_and_a_broken_letter_breaks_nothing() -> None:
    picture = Reply(ANSWER.blocks, "ko", file=File("x.png", b"x", "image/png", alt="꺾은선 그래프"))
    assert shareable("/trend meituan", picture)
    came = Incoming("command", "slack:c:1", "T1", user="U1")
    assert offered(came, "/company \ud800", "ko").button.command == "/company ?"
