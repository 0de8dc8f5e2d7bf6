"""What every command that changes a chat's settings does the same way: read, keep, note, tell."""

from __future__ import annotations

from datetime import datetime

from handlers.dates import moment_text
from handlers.lookup import told
from handlers.message import Ask, Block, Bullets, Button, Buttons, Reply, line
from handlers.schedule import next_slots, week_of
from handlers.words import say
from store.bundle import Store
from store.ledger import AuditLine
from store.model import Language, Subscriber


def settings_of(ask: Ask, store: Store) -> Subscriber:
    """This chat's settings; the defaults of this bot while it has none (nothing is written)."""
    kept = store.ledger.subscriber(ask.chat)
    return kept or Subscriber(
        ask.chat, schedule=store.defaults.schedule, policy=store.defaults.policy, created_at=ask.now
    )


def keep(ask: Ask, store: Store, changed: Subscriber, *, what: str, detail: str) -> None:
    """Write the settings down, and who changed them."""
    store.ledger.put_subscriber(changed)
    audit(ask, store, what=what, detail=f"{ask.chat} {detail}".strip())


def audit(ask: Ask, store: Store, *, what: str, detail: str) -> None:
    """Write down who did `what` (a command's name)."""
    store.ledger.note(AuditLine(at=ask.now, who=who(ask), what=what, detail=detail))


def who(ask: Ask) -> str:
    """The person who asks, as an AuditLine names him."""
    return f"{ask.chat.platform}:{ask.chat.tenant}/{ask.user}"


def coming(subscriber: Subscriber, now: datetime, *, count: int = 3) -> tuple[datetime, ...]:
    """The next times an ACTIVE chat is pushed, the overdue one first where there is one."""
    due = subscriber.next_at
    if due is None:
        return ()
    schedule = subscriber.schedule
    week = week_of(due, schedule.zone)
    return (due, *next_slots(schedule, after=max(due, now), after_week=week, count=count - 1))


def coming_block(subscriber: Subscriber, now: datetime, language: Language) -> tuple[Block, ...]:
    """The next three times, in the chat's own zone."""
    zone = subscriber.schedule.zone
    times = tuple(line(moment_text(moment, language, zone)) for moment in coming(subscriber, now))
    return (told("subscribe.next", language), Bullets(times))


def button(key: str, language: Language, command: str, *, signed: bool = False, **words: object) -> Button:
    """A button with these words on it."""
    return Button(say(key, language, **words), command, signed=signed)


def reply(
    language: Language, *blocks: Block, buttons: tuple[Button, ...] = (), replace: bool = False
) -> Reply:
    """A Reply of these blocks, its buttons last."""
    tail: tuple[Block, ...] = (Buttons(buttons),) if buttons else ()
    return Reply((*blocks, *tail), language, replace=replace)
