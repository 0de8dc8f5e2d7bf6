"""What this chat is pushed: /preview shows the next digest, /why tells what came and what did not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.answer import arguments, excerpt
from handlers.broadcast import is_broadcast
from handlers.chat_settings import button, reply, settings_of
from handlers.compose import digest
from handlers.dates import moment_text
from handlers.editions import find_edition
from handlers.errors import Refusal
from handlers.language import reply_language
from handlers.lookup import first, small, told
from handlers.message import Ask, Block, Bullets, Button, Divider, Line, Reply, line
from handlers.newsroom.explained import why_story
from handlers.reminder import REMINDER
from handlers.schedule import schedule_text
from handlers.slots import Book, Wait, decide
from handlers.story import as_id
from handlers.subscription import activate, widened
from handlers.words import say, texts
from store.bundle import Store
from store.model import Delivery, DeliveryState, Edition, Language, Subscriber, SubscriberState

_ROWS = 1000
_GIVEN = {DeliveryState.PLANNED, DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Outlook:
    """What comes next: `edition` would go out at `slot`; with None nothing would, for `reason`
    (a words key). `until` = the slot has come, and an edition that is published by then still goes.
    """

    slot: datetime
    edition: Edition | None
    reason: str = ""
    until: datetime | None = None


async def preview(ask: Ask, store: Store) -> Reply:
    """The next digest as this chat would get it, seen only by the one who asks."""
    spoken = reply_language(ask, store)
    chat = settings_of(ask, store)
    ahead = outlook(ask, store)
    if ahead.edition is None:
        return _nothing_to_preview(ask, store, ahead, spoken)
    stories = store.library.stories_of(ahead.edition.id)
    shown = digest(ahead.edition, stories, chat, store, language=spoken, now=ask.now)
    note = (
        small("preview.head", spoken, moment=moment_text(ahead.slot, spoken, chat.schedule.zone))
        if chat.state is SubscriberState.ACTIVE
        else small(_inactive(chat), spoken)
    )
    return replace(shown, blocks=(note, Divider(), *shown.blocks), whisper=True, silent=False)


async def why(ask: Ask, store: Store) -> Reply:
    """What was sent here last, or why it was not, and what comes next; of one edition if named."""
    spoken = reply_language(ask, store)
    named = arguments(ask)
    if named and (story := store.library.story(as_id(named))):
        return why_story(story, ask, store, spoken)
    if named:
        return _why_edition(ask, store, named, spoken)
    chat = settings_of(ask, store)
    rows = last_slot(store.ledger.deliveries(ask.chat, limit=_ROWS))
    blocks: list[Block] = [_state(chat, spoken)]
    if rows:
        blocks.append(told("why.last", spoken, week=rows[0].week.partition("+")[0]))
        blocks.append(Bullets(fate(rows, store, chat.schedule.zone, spoken)))
    else:
        blocks.append(told("why.never", spoken))
    buttons: tuple[Button, ...] = (button("resume.button", spoken, "/resume"),)
    if chat.state is SubscriberState.NONE:
        buttons = (button("subscribe.button", spoken, "/subscribe"),)
    if chat.state is SubscriberState.ACTIVE:
        blocks += _ahead(outlook(ask, store), chat, spoken)
        buttons = (button("why.preview_button", spoken, "/preview"),)
    return reply(spoken, *blocks, buttons=buttons, replace=ask.pressed)


def outlook(ask: Ask, store: Store) -> Outlook:
    """What this chat's next slot will bring if nothing more is published; for a chat that is not
    subscribed, what it would bring if it were.
    """
    chat = settings_of(ask, store)
    if chat.state is not SubscriberState.ACTIVE or chat.next_at is None:
        chat = activate(chat, chat.schedule, ask.now)
    slot = chat.next_at or ask.now
    newest = store.library.newest_published(until=ask.now)
    decision = decide(
        widened(chat, store.catalogue),
        newest,
        store.library.stories_of(newest.id) if newest else (),
        held=_given(store.ledger.deliveries(ask.chat, limit=_ROWS)),
        now=max(slot, ask.now),
        defaults=store.defaults,
    )
    if isinstance(decision, Book):
        return Outlook(slot, newest)
    reason = decision.reason if decision else "reason.no_new_edition"
    waits = isinstance(decision, Wait) and slot <= ask.now
    return Outlook(slot, None, reason, decision.until if waits and decision else None)


def last_slot(rows: Sequence[Delivery]) -> tuple[Delivery, ...]:
    """The rows of the slot, or extra push, that was touched last; in the order of their parts."""
    slots: defaultdict[tuple[str, str], list[Delivery]] = defaultdict(list)
    for row in rows:
        if not row.week.endswith(REMINDER) and not is_broadcast(row.edition):
            slots[row.week, row.edition].append(row)
    if not slots:
        return ()
    last = max(slots.values(), key=lambda found: max(row.updated_at or row.due for row in found))
    return tuple(sorted(last, key=lambda row: row.part))


def fate(rows: Sequence[Delivery], store: Store, zone: str, spoken: Language) -> tuple[Line, ...]:
    """What became of the parts of one push, a line for each fate, those in doubt told as such."""
    edition = rows[0].edition
    known = store.library.edition(edition) if edition else None
    title = known.title if known else edition
    lines = []
    for state in (
        DeliveryState.SENT,
        DeliveryState.UNKNOWN,
        DeliveryState.FAILED,
        DeliveryState.SKIPPED,
        DeliveryState.SENDING,
        DeliveryState.PLANNED,
    ):
        found = [row for row in rows if row.state is state]
        if found:
            lines.append(line(_fate(state, found, title, zone, spoken)))
    return tuple(lines)


def reason_text(key: str, spoken: Language) -> str:
    """A reason as a person reads it; the key itself where there are no words for it."""
    if not key:
        return say("why.no_reason", spoken)
    return say(key, spoken) if key in texts(spoken) else key


def _fate(state: DeliveryState, found: Sequence[Delivery], title: str, zone: str, spoken: Language) -> str:
    edition = found[0].edition
    moment = moment_text(max(row.updated_at or row.due for row in found), spoken, zone)
    due = moment_text(min(row.due for row in found), spoken, zone)
    reason = reason_text(next((row.reason for row in found if row.reason), ""), spoken)
    if state is DeliveryState.SENT:
        return say("why.sent", spoken, title=title, moment=moment, count=len(found))
    if state is DeliveryState.UNKNOWN:
        return say("why.unknown", spoken, count=len(found), edition=edition)
    if state is DeliveryState.FAILED:
        return say("why.failed", spoken, count=len(found), reason=reason, edition=edition)
    if state is DeliveryState.SKIPPED:
        return say("why.skipped", spoken, reason=reason)
    if not found[0].parts:
        return say("why.booked", spoken, title=title, moment=due)
    return say("why.waiting", spoken, count=len(found), moment=due)


def _why_edition(ask: Ask, store: Store, named: str, spoken: Language) -> Reply:
    edition = find_edition(named, store)
    if edition is None:
        raise Refusal("why.unknown_edition", found=excerpt(named))
    chat = settings_of(ask, store)
    rows = [row for row in store.ledger.deliveries(ask.chat, limit=_ROWS) if row.edition == edition.id]
    read = button("why.read_button", spoken, f"/digest {edition.id}")
    if rows:
        return reply(
            spoken,
            first("why.about", spoken, edition=edition.id),
            Bullets(fate(rows, store, chat.schedule.zone, spoken)),
            buttons=(read,),
        )
    return reply(
        spoken,
        first("why.not_here", spoken, title=edition.title),
        *_not_sent(ask, store, edition, chat, spoken),
        small("why.read_it", spoken, edition=edition.id),
        buttons=(read,),
    )


def _not_sent(
    ask: Ask, store: Store, edition: Edition, chat: Subscriber, spoken: Language
) -> tuple[Block, ...]:
    """Why an edition never came here."""
    if edition.published_at is None:
        return (told("why.back_issue", spoken),)
    if chat.state is not SubscriberState.ACTIVE:
        return (_state(chat, spoken),)
    ahead = outlook(ask, store)
    if ahead.edition is not None and ahead.edition.id == edition.id:
        return tuple(_ahead(ahead, chat, spoken))
    newest = store.library.newest_published(until=ask.now)
    if ahead.reason == "reason.muted" and newest is not None and newest.id == edition.id:
        return tuple(_ahead(ahead, chat, spoken))
    return (told("why.newer_came", spoken),)


def _given(rows: Sequence[Delivery]) -> frozenset[str]:
    """Editions that a chat has, or is being given."""
    return frozenset(row.edition for row in rows if row.edition and row.state in _GIVEN)


def _ahead(ahead: Outlook, chat: Subscriber, spoken: Language) -> list[Block]:
    """When the next push is, and what it would be as things stand."""
    zone = chat.schedule.zone
    if ahead.until is not None:
        return [told("why.late", spoken, until=moment_text(ahead.until, spoken, zone))]
    when = told("why.next", spoken, moment=moment_text(ahead.slot, spoken, zone))
    if ahead.edition is not None:
        return [when, told("why.next_edition", spoken, title=ahead.edition.title)]
    if ahead.reason == "reason.muted":
        return [when, told("why.next_muted", spoken)]
    return [when, told("why.next_nothing", spoken)]


def _state(chat: Subscriber, spoken: Language) -> Block:
    if chat.state is SubscriberState.ACTIVE:
        return first("why.active", spoken, schedule=schedule_text(chat.schedule, spoken))
    if chat.state is SubscriberState.PAUSED and chat.paused_until is not None:
        until = moment_text(chat.paused_until, spoken, chat.schedule.zone)
        return first("why.paused_until", spoken, moment=until)
    if chat.state is SubscriberState.SUSPENDED:
        return first("why.suspended", spoken, reason=reason_text(chat.reason, spoken))
    return first(f"why.{chat.state.value}", spoken)


def _inactive(chat: Subscriber) -> str:
    return "preview.not_subscribed" if chat.state is SubscriberState.NONE else "preview.not_active"


def _nothing_to_preview(ask: Ask, store: Store, ahead: Outlook, spoken: Language) -> Reply:
    """There is nothing to send: says so, when it may come, and offers the newest edition."""
    chat = settings_of(ask, store)
    newest = store.library.newest_published(until=ask.now)
    if newest is None:
        return Reply((first("preview.empty", spoken),), spoken, whisper=True)
    key = "preview.muted" if ahead.reason == "reason.muted" else "preview.nothing_new"
    blocks: list[Block] = [first(key, spoken)]
    if chat.state is SubscriberState.ACTIVE:
        moment = moment_text(ahead.until or ahead.slot, spoken, chat.schedule.zone)
        blocks.append(told("preview.then", spoken, moment=moment))
    else:
        blocks.append(told(_inactive(chat), spoken))
    blocks.append(small("preview.newest", spoken, title=newest.title))
    offer = button("subscribe.newest_button", spoken, "/latest")
    return replace(reply(spoken, *blocks, buttons=(offer,)), whisper=True)
