"""What the platforms' own libraries spend on handing over one update, and our whole way on Slack."""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from hashlib import sha256
from itertools import count
from typing import Any, TypeVar
from urllib.parse import urlencode

from telegram import Update

_Given = TypeVar("_Given")
Once = Callable[[_Given], Awaitable[object]]
Delivery = tuple[bytes, dict[str, str]]

TOKEN = "4242:AAbenchBENCHbenchBENCHbenchBENCHbench"
SECRET = "0123456789abcdef0123456789abcdef"


async def ptb_dispatch() -> Once[bytes]:
    """python-telegram-bot: an update from JSON, through an Application, to a handler that does nothing."""
    from telegram.ext import Application, CommandHandler

    application = Application.builder().token(TOKEN).updater(None).build()

    async def nothing(update: Update, context: Any) -> None:
        del update, context

    application.add_handler(CommandHandler("company", nothing))
    application._initialized = True  # noqa: SLF001 - without asking a server who it is
    me = {"id": 4242, "is_bot": True, "first_name": "Jianbao", "username": "jianbao_bot"}
    from telegram import User

    application.bot._bot_user = User.de_json(me, application.bot)  # noqa: SLF001

    async def once(raw: bytes) -> None:
        await application.process_update(Update.de_json(json.loads(raw), application.bot))

    return once


def telegram_json(texts: Iterator[str]) -> Iterator[bytes]:
    """Telegram's updates: what one person says to the bot alone."""
    return (json.dumps(_update(1001, text)).encode() for text in texts)


def telegram_update(chat: int, text: str) -> Update:
    """The same as the library hands it over."""
    update = Update.de_json(_update(chat, text), None)
    assert update is not None
    return update


_numbers = count(1)


def _update(chat: int, text: str) -> dict[str, Any]:
    number = next(_numbers)
    who = {"id": chat, "is_bot": False, "first_name": "A", "language_code": "ko"}
    message = {
        "message_id": number,
        "date": 1_700_000_000,
        "chat": {"id": chat, "type": "private", "first_name": "A"},
        "from": who,
        "text": text,
        "entities": [{"type": "bot_command", "offset": 0, "length": 8}] if text.startswith("/") else [],
    }
    return {"update_id": number, "message": message}


def slash(texts: Iterator[str], now: datetime) -> Iterator[Delivery]:
    """Slack's signed deliveries of a slash command, each another."""
    stamp = str(int(now.timestamp()))
    for number, text in enumerate(texts):
        form = {
            "command": "/jianbao",
            "text": text,
            "team_id": "T1",
            "channel_id": "C1",
            "user_id": "U1",
            "trigger_id": f"{number}.1",
            "response_url": "https://hooks.slack.example/commands/1",
        }
        body = urlencode(form).encode()
        signature = hmac.new(SECRET.encode(), b"v0:" + stamp.encode() + b":" + body, sha256).hexdigest()
        yield (
            body,
            {
                "content-type": "application/x-www-form-urlencoded",
                "x-slack-request-timestamp": stamp,
                "x-slack-signature": f"v0={signature}",
            },
        )


async def bolt_dispatch() -> Once[Delivery]:
    """slack-bolt as its documentation has it: a listener that acknowledges and does nothing."""
    from slack_bolt.app.async_app import AsyncApp
    from slack_bolt.authorization import AuthorizeResult
    from slack_bolt.request.async_request import AsyncBoltRequest

    async def authorize(**_: object) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1", bot_user_id="U9")

    app = AsyncApp(signing_secret=SECRET, authorize=authorize, request_verification_enabled=False)

    async def acknowledged(ack: Any) -> None:
        await ack()

    app.command("/jianbao")(acknowledged)

    async def once(delivery: Delivery) -> None:
        body, headers = delivery
        answer = await app.async_dispatch(AsyncBoltRequest(body=body.decode(), headers=dict(headers)))
        assert answer.status == 200

    return once


async def slack_command(answered: Callable[[str], Awaitable[object]], now: datetime) -> Once[Delivery]:
    """Ours: the signature, reading, answering, and the blocks that go out."""
    from bot.slack_inbound import Incoming, kept, read
    from bot.slack_transport import dispatch
    from bot.web import Signatures

    came: list[Incoming] = []

    async def take(body: dict[str, Any]) -> tuple[int, str]:
        assert read(body) is not None
        inbox = json.dumps(kept(body), ensure_ascii=False)
        incoming = read(json.loads(inbox))
        assert incoming is not None
        came.append(incoming)
        return 200, ""

    signatures = Signatures(SECRET, lambda: now)

    async def once(delivery: Delivery) -> None:
        body, headers = delivery
        assert signatures.good(body, headers)
        status, _, _ = await dispatch(take, body, headers)
        assert status == 200
        await answered(came.pop().text)

    return once
