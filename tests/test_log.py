"""No secret reaches a log line, whoever wrote it."""

from __future__ import annotations

import logging

from bot.log import RedactingFormatter


def shown(message: str, *secrets: str, error: BaseException | None = None) -> str:
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("httpx", logging.INFO, "f.py", 1, message, (), info)
    return RedactingFormatter(secrets).format(record)


def test_a_telegram_address_loses_its_token_even_if_nobody_told_us_the_token() -> None:
    text = shown(
        "HTTP Request: POST https://api.telegram.org/bot123456:AAE-abc_DEF0123456789abcdefghij/getMe"
    )

    assert "AAE" not in text
    assert "/getMe" in text


def test_known_secrets_and_slack_tokens_are_cut_out_of_tracebacks() -> None:
    try:
        raise RuntimeError("token=xoxb-1234567-abcdef secret=s3cr3t-value")
    except RuntimeError as error:
        text = shown("failed", "s3cr3t-value", error=error)

    assert "Traceback" in text
    assert "s3cr3t" not in text
    assert "xoxb-1" not in text


def test_control_characters_cannot_forge_a_terminal() -> None:
    assert "\x1b" not in shown("title \x1b[2J gone")
