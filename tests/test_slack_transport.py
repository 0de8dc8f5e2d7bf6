"""What came by HTTP, verified, is handed on as one body, whatever its form."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from bot.slack_blocks import Json
from bot.slack_transport import dispatch

FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json; charset=utf-8"}


async def taken(body: bytes, headers: dict[str, str], said: str = "") -> tuple[list[Json], object]:
    came: list[Json] = []

    async def take(parsed: Json) -> tuple[int, str]:
        came.append(parsed)
        return 200, said

    return came, await dispatch(take, body, headers)


@pytest.mark.parametrize("words", ["company 메이투안", "search payload 결제", ""])
async def test_a_command_is_its_form_whatever_its_words_are(words: str) -> None:
    form = {"command": "/jianbao", "text": words, "team_id": "T1"}
    assert await taken(urlencode(form).encode(), FORM) == ([form], (200, "text/plain", b""))


async def test_an_interaction_is_the_json_in_its_form_and_may_be_answered() -> None:
    payload = {"type": "view_submission", "user": {"id": "U1"}}
    body = urlencode({"payload": json.dumps(payload)}).encode()
    errors = '{"response_action":"errors"}'
    assert await taken(body, FORM, errors) == ([payload], (200, "application/json", errors.encode()))


@pytest.mark.parametrize("headers", [JSON, {}])
async def test_an_event_is_json(headers: dict[str, str]) -> None:
    event = {"type": "event_callback", "event": {"type": "app_mention", "text": "메이투안"}}
    came, answer = await taken(json.dumps(event).encode(), headers)
    assert (came, answer) == ([event], (200, "text/plain", b""))


async def test_what_slack_asks_of_the_address_itself_is_answered_here() -> None:
    came, answer = await taken(b'{"type":"url_verification","challenge":"3eZb"}', JSON)
    assert (came, answer) == ([], (200, "application/json", b'{"challenge": "3eZb"}'))
    assert await taken(b"ssl_check=1&token=x", FORM) == ([], (200, "text/plain", b""))


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"[]", JSON),
        (b"[" * 100_000, JSON),
        (b'{"event": 1}', JSON),
        (b"{", JSON),
        (b"\xff\xfe", FORM),
        (b"payload=5", FORM),
        (b"payload=%7B", FORM),
        (b"&".join(b"a%d=1" % number for number in range(200)), FORM),
    ],
)
async def test_what_is_no_delivery_is_refused(body: bytes, headers: dict[str, str]) -> None:
    came, answer = await taken(body, headers)
    assert (came, answer[0]) == ([], 400)  # type: ignore[index]
