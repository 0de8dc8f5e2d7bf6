"""/publish: an edition becomes public now, or at a time; what is due is a row in the ledger."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from handlers.answer import arguments, excerpt
from handlers.chat_settings import audit, button, reply, who
from handlers.dates import moment_text
from handlers.editions import find_edition
from handlers.errors import Refusal
from handlers.issue_import import publish_now
from handlers.language import reply_language
from handlers.lookup import first, small, told
from handlers.message import Ask, Block, Bullets, Reply, line
from handlers.publish import is_back_issue
from handlers.schedule import next_slot
from handlers.schedule_words import parse_schedule
from handlers.words import say
from store.bundle import Store
from store.edits import Publication
from store.ledger import AuditLine
from store.model import Edition, Language

log = logging.getLogger(__name__)

_NOW = {"now", "지금", "现在", "現在", "马上"}
_CANCEL = {"cancel", "취소", "取消"}
_FARTHEST = timedelta(days=92)


async def publish(ask: Ask, store: Store) -> Reply:
    """Publish an edition now (after asking), at a time, or not after all; alone, what is to come."""
    spoken = reply_language(ask, store)
    words = arguments(ask)
    if not words:
        return _listed(store, spoken)
    edition, when = _wanted(words, store)
    if when.lower() in _CANCEL:
        return _cancelled(ask, store, edition, spoken)
    if edition.published_at is not None:
        return publish_now(ask, store, edition.id)
    if not when or when.lower() in _NOW:
        if ask.signed and when:
            return publish_now(ask, store, edition.id)
        return _asked(edition, store, spoken)
    return _at(ask, store, edition, _moment(when, ask, store), spoken)


def publish_due(store: Store, *, now: datetime) -> tuple[Edition, ...]:
    """Publish what is due, as of the moment it was due; twice is once. Returns what became public."""
    done = []
    for due in store.ledger.publications(until=now):
        try:
            edition = store.library.publish_edition(due.edition, due.at)
        except KeyError:
            log.warning("%s was to be published and is not there any more", due.edition)
        else:
            done.append(edition)
            store.ledger.note(AuditLine(now, due.who, "publish", f"{due.edition} (as planned)"))
        store.ledger.drop_publication(due.edition)
    return tuple(done)


def planned_blocks(store: Store, spoken: Language) -> tuple[Block, ...]:
    """What is to be published and when, for /status too; empty when nothing is."""
    zone = store.defaults.schedule.zone
    lines = [
        line(say("publish.one", spoken, edition=one.edition, moment=moment_text(one.at, spoken, zone)))
        for one in store.ledger.publications()
    ]
    return (told("publish.planned", spoken), Bullets(tuple(lines))) if lines else ()


def _wanted(words: str, store: Store) -> tuple[Edition, str]:
    """The edition that the first words name, and the rest."""
    pieces = words.split()
    for count in range(len(pieces), 0, -1):
        found = find_edition(" ".join(pieces[:count]), store)
        if found is not None:
            return found, " ".join(pieces[count:])
    raise Refusal("publish.unknown", found=excerpt(words))


def _moment(text: str, ask: Ask, store: Store) -> datetime:
    """The next moment that "mon 09:00" or an ISO time names, in the bot's own zone."""
    schedule = store.defaults.schedule
    try:
        moment = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        return next_slot(parse_schedule(text, schedule), after=ask.now)
    zone = moment.tzinfo or ZoneInfo(schedule.zone)
    try:
        return moment.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        raise Refusal("publish.past", found=excerpt(text)) from None


def _at(ask: Ask, store: Store, edition: Edition, moment: datetime, spoken: Language) -> Reply:
    shown = moment_text(moment, spoken, store.defaults.schedule.zone)
    if moment <= ask.now:
        raise Refusal("publish.past", found=shown)
    if moment > ask.now + _FARTHEST:
        raise Refusal("publish.too_far", found=shown)
    store.ledger.put_publication(Publication(edition.id, moment, who(ask)))
    audit(ask, store, what="publish", detail=f"{edition.id} at {moment.isoformat()}")
    return reply(
        spoken,
        first("publish.will", spoken, title=edition.title, edition=edition.id, moment=shown),
        small("publish.how_cancel", spoken, edition=edition.id),
        buttons=(
            button("publish.cancel", spoken, f"/publish {edition.id} cancel", signed=True),
            button("import.status_button", spoken, "/status"),
        ),
        replace=ask.pressed,
    )


def _asked(edition: Edition, store: Store, spoken: Language) -> Reply:
    older: tuple[Block, ...] = ()
    if is_back_issue(edition.id, store.library):
        older = (told("import.back_issue", spoken, newest=store.library.editions(limit=1)[0].id),)
    return reply(
        spoken,
        first("import.publish_sure", spoken, title=edition.title, edition=edition.id),
        told("send.stories", spoken, count=len(edition.story_ids)),
        *older,
        small("publish.how_time", spoken, edition=edition.id, example=_slot_typed(store, spoken)),
        buttons=(
            button("import.publish", spoken, f"/publish {edition.id} now", signed=True),
            button("correct.review", spoken, f"/review {edition.id}"),
        ),
    )


def _slot_typed(store: Store, spoken: Language) -> str:
    """A time as one may type it, the default slot's."""
    schedule = store.defaults.schedule
    days = say("publish.days", spoken).split()
    return f"{days[schedule.weekday]} {schedule.hour:02}:{schedule.minute:02}"


def _cancelled(ask: Ask, store: Store, edition: Edition, spoken: Language) -> Reply:
    if not store.ledger.drop_publication(edition.id):
        raise Refusal("publish.not_planned", edition=edition.id)
    audit(ask, store, what="publish", detail=f"{edition.id} cancelled")
    return reply(spoken, first("publish.cancelled", spoken, edition=edition.id), replace=ask.pressed)


def _listed(store: Store, spoken: Language) -> Reply:
    planned = planned_blocks(store, spoken) or (first("publish.none", spoken),)
    drafts = [one for one in store.library.editions(limit=10) if one.published_at is None]
    offers = tuple(
        button("publish.offer", spoken, f"/publish {one.id}", edition=one.id) for one in drafts[:3]
    )
    return reply(spoken, *planned, small("publish.usage", spoken), buttons=offers)
