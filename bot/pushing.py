"""`jianbao push`: plan what is due at a time, deliver it, count, and be done."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

import orjson

from bot.app import App, platform_doors
from bot.console import ConsoleDoor
from bot.work import Streams
from handlers.deliver import Drained, drain
from handlers.errors import Refusal
from handlers.weekly import Planned, plan
from handlers.words import say
from store.model import DeliveryState

_PATIENCE = timedelta(seconds=60)
"""What must wait longer (a platform said "in ten minutes") stays booked for the running bot."""


async def push_once(app: App, options: dict[str, Any], said: Streams) -> int:
    """Deliver through the doors that are open, or open them for this. 1 = something failed."""
    at = _moment(options.get("at"), app.clock())
    if options.get("dry_run"):
        planned, drained = plan(app.store, now=at, dry_run=True), Drained()
    else:
        async with app.busy:
            await _open(app)
            planned = plan(app.store, now=at)
            drained = await _drain(app, _running_from(at))
    _report(
        app, planned, drained, said, as_json=bool(options.get("json")), dry_run=bool(options.get("dry_run"))
    )
    for platform, count in _closed(app).items():
        said.err.write(say("cli.door_lost", app.settings.language, platform=platform, count=count) + "\n")
    if drained.held or drained.paused:
        said.err.write(say("errors.held_console", app.settings.language) + "\n")
    return 1 if drained.failed or drained.unknown or drained.held or drained.paused else 0


def _closed(app: App) -> Counter[str]:
    """How many parts wait for a door that no token opens, by platform; none while no door is open
    at all (a dry run).
    """
    waiting = app.store.ledger.deliveries(state=DeliveryState.PLANNED, limit=1000) if app.doors else ()
    return Counter(row.chat.platform for row in waiting if row.chat.platform not in app.doors)


def _moment(text: object, now: datetime) -> datetime:
    """An ISO time; without an offset it is UTC. Refusal names a bad one."""
    if not text:
        return now
    try:
        moment = datetime.fromisoformat(str(text))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:  # year 1 in the east is year 0 in UTC
        raise Refusal("cli.bad_time", text=str(text)[:40]) from error


def _running_from(at: datetime) -> Callable[[], datetime]:
    """A clock that shows `at` now and runs on as fast as the real one."""
    started = monotonic()
    return lambda: at + timedelta(seconds=monotonic() - started)


async def _open(app: App) -> None:
    """A bot that runs has its doors and what is in the air; alone, both are settled here."""
    if app.doors:
        return
    app.recover()
    app.add_door(ConsoleDoor(sys.stderr))
    for door in platform_doors(app):
        await door.open()
        app.add_door(door)


async def _drain(app: App, clock: Callable[[], datetime]) -> Drained:
    """Drain until nothing more comes due soon."""
    total = Drained()
    while True:
        drained = await drain(app.store, app.doors, app.pacer, clock=clock)
        total = total.plus(drained)
        if drained.next_at is None or drained.next_at - clock() > _PATIENCE:
            return total
        await asyncio.sleep(max((drained.next_at - clock()).total_seconds(), 0.01))


def _report(
    app: App, planned: Planned, drained: Drained, said: Streams, *, as_json: bool, dry_run: bool
) -> None:
    language = app.settings.language
    if as_json:
        body: dict[str, Any] = {
            "sent": drained.sent,
            "failed": drained.failed,
            "unknown": drained.unknown,
            "skipped": [
                {"chat": str(s.chat), "reason": s.reason.removeprefix("reason.")} for s in planned.skipped
            ],
        }
        if dry_run:
            body["would_send"] = [str(row.chat) for row in planned.booked]
        said.out.write(orjson.dumps(body).decode("utf-8") + "\n")
        return
    if dry_run:
        for row in planned.booked:
            said.out.write(say("cli.push_would", language, chat=row.chat, edition=row.edition) + "\n")
    for skipped in planned.skipped:
        reason = say(skipped.reason, language) if "." in skipped.reason else skipped.reason
        said.out.write(say("cli.push_skipped", language, chat=skipped.chat, reason=reason) + "\n")
    said.out.write(
        say(
            "cli.pushed",
            language,
            sent=drained.sent,
            failed=drained.failed,
            unknown=drained.unknown,
            skipped=len(planned.skipped),
        )
        + "\n"
    )
