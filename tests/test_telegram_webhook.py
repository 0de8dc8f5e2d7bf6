"""What a webhook's body must be; tests/journeys/test_telegram_webhook.py has the rest."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings, strategies as st

from bot.telegram_webhook import Webhook, update_of


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"update_id": null}',
        b'{"update_id": true}',
        b'{"update_id": "7"}',
        b'{"update_id": 7.0}',
        b'{"update_id": -1}',
        b'{"update_id": NaN}',
        b'{"update_id": 7, "x": Infinity}',
        b'{"update_id": %s}' % (b"9" * 5000),
        b'{"update_id": 9223372036854775808}',
        b'{"update_id": 7',
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"a":' * 200_000,
    ],
    ids=lambda body: repr(body[:30]),
)
async def test_what_is_no_update_is_refused(body: bytes) -> None:
    assert update_of(body) is None
    assert (await Webhook().deliver(body))[0] == 400


def test_an_update_is_read_as_it_came() -> None:
    raw = {"update_id": 7, "message": {"text": "메이투안 \ud83d"}}

    assert update_of(json.dumps(raw).encode()) == raw


@settings(max_examples=100)
@given(st.binary(max_size=100))
def test_no_bytes_raise(body: bytes) -> None:
    found = update_of(body)
    assert found is None or isinstance(found["update_id"], int)


async def test_without_a_desk_telegram_is_asked_to_come_again() -> None:
    assert (await Webhook().deliver(b'{"update_id": 7}'))[0] == 503
