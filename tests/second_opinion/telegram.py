"""The Telegram door by webhook against telemelya."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from bot.app import App
from bot.settings import Settings
from bot.telegram import TelegramDoor
from bot.web import TELEGRAM_HEADER, TELEGRAM_PATH, WebServer
from store.bundle import Store
from store.catalogue import load
from store.model import Chat
from store.sqlite import open_ledger
from store.tiny import open_library
from tests.second_opinion.emulators import KEY, telemelya
from tests.second_opinion.shim import Shim

TOKEN = "4242:AAfakeFAKEfakeFAKEfakeFAKEfakeFAKEfak"
SECRET = "canary-webhook-secret_0123456789"
Check = tuple[str, bool, str]
_OK = {"ok": True, "result": True}
STAND_IN = dict.fromkeys(("setMyCommands", "deleteMyCommands", "getMyCommands", "setMyShortDescription",
                          "setMyDescription", "setChatMenuButton"), _OK)  # fmt: skip
"""Methods of the Bot API that telemelya does not have, and that a start calls."""


async def opinions(folder: Path) -> AsyncIterator[Check]:
    """One check after another: its name, whether it is as with our own fake, and what was seen."""
    async with telemelya() as base, Shim(base, stand_in=STAND_IN) as shim:
        store = Store(open_library(folder), open_ledger(folder), load())
        app = App(Settings(data=folder), store, clock=lambda: datetime.now(UTC))
        door = TelegramDoor(
            TOKEN, api_base=shim.base, store=store, answer=app.answer, clock=app.clock,
            admins=frozenset(), webhook_secret=SECRET,
        )  # fmt: skip
        app.add_door(door)
        web = WebServer(("127.0.0.1", 0), None, door, clock=app.clock)
        await web.start()
        target = f"http://127.0.0.1:{web.address[1]}"
        try:
            async with (
                Shim(target, added={TELEGRAM_HEADER: SECRET}) as inward,
                aiohttp.ClientSession() as session,
            ):
                async for check in _checks(session, base, target, inward, door, store):
                    yield check
        finally:
            await web.stop()
            await app.close()


async def _checks(
    session: aiohttp.ClientSession, base: str, target: str, inward: Shim, door: TelegramDoor, store: Store
) -> AsyncIterator[Check]:
    door.webhook_url = f"{target}{TELEGRAM_PATH}"
    await door.start()
    yield "the door opens and sets its webhook", True, door.tenant
    delivered = await _say(session, base, "/help")
    yield "a delivery carries the secret it was set with", delivered == 200, f"HTTP {delivered}"
    door.webhook_url = f"{inward.base}{TELEGRAM_PATH}"
    await door.bot.set_webhook(door.webhook_url, secret_token=SECRET)
    delivered = await _say(session, base, "/help")
    said = await _said(session, base, door)
    yield "a command is taken", delivered == 200, f"HTTP {delivered}"
    yield "and answered", bool(said) and "/company" in said[-1]["text"], f"{len(said)} messages"
    yield (
        "as HTML",
        bool(said) and said[-1]["raw"].get("parse_mode") == "HTML",
        str(said and said[-1]["raw"])[:120],
    )
    await _say(session, base, "/subscribe")
    said = await _said(session, base, door)
    yield (
        "a chat subscribes",
        store.ledger.subscriber(Chat("telegram", door.tenant, "77")) is not None,
        door.tenant,
    )
    keyboard = (said[-1].get("reply_markup") or {}) if said else {}
    keyboard = keyboard if isinstance(keyboard, dict) else {}
    buttons = [b for row in keyboard.get("inline_keyboard", []) for b in row if b.get("callback_data")]
    yield "buttons come along", bool(buttons), f"{len(buttons)}"
    if buttons:
        before = len(said)
        pressed = await _say(session, base, "", callback_data=buttons[0]["callback_data"],
                             callback_message_id=said[-1]["message_id"])  # fmt: skip
        after = await _said(session, base, door)
        yield (
            "a press is taken and answered",
            pressed == 200 and len(after) > before,
            f"{len(after) - before} more",
        )


async def _say(session: aiohttp.ClientSession, base: str, text: str, **more: Any) -> int:
    """A person of chat 77 writes; with which status the bot took it."""
    await asyncio.sleep(0.02)  # its update ids are milliseconds
    body = {"chat_id": 77, "from_user": {"id": 77, "first_name": "Ada"}, "text": text, **more}
    url = f"{base}/api/v1/test/send_update?bot_token={TOKEN}"
    async with session.post(url, json=body, headers={"Authorization": f"Bearer {KEY}"}) as answer:
        told: dict[str, Any] = await answer.json()
        return int(told.get("delivery", {}).get("status_code", 0))


async def _said(session: aiohttp.ClientSession, base: str, door: TelegramDoor) -> list[dict[str, Any]]:
    assert door.desk is not None
    while tasks := list(door.desk._tasks):
        await asyncio.wait(tasks)
    url = f"{base}/api/v1/test/responses"
    async with session.get(url, headers={"Authorization": f"Bearer {KEY}"}) as answer:
        found: list[dict[str, Any]] = (await answer.json())["responses"]
        return found
