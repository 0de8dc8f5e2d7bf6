"""How this bot is doing: /status and /chats, for those who run it."""

from __future__ import annotations

from handlers.answer import arguments, excerpt
from handlers.broadcast_cmd import unsent_blocks
from handlers.chat_settings import button, reply
from handlers.dates import moment_text
from handlers.edits_told import edit_blocks
from handlers.errors import Refusal
from handlers.errors_cmd import held_blocks
from handlers.language import reply_language
from handlers.leftovers import aside_blocks
from handlers.lookup import first, small, told
from handlers.message import Ask, Block, Bullets, Button, Line, Note, Reply, bold, line
from handlers.publish_cmd import planned_blocks
from handlers.schedule import schedule_text
from handlers.words import say
from store.bundle import Store
from store.model import Delivery, DeliveryState, Language, Subscriber

_UNKNOWN = 10
_MISSES = 10
_PAGE = 10


async def status(ask: Ask, store: Store) -> Reply:
    """What the store holds, whom it serves, what is in doubt, and what is wrong."""
    spoken = reply_language(ask, store)
    troubles = (*store.library.notices(), *store.ledger.check())
    unknown = store.ledger.delivery_counts().get(DeliveryState.UNKNOWN, 0)
    held = held_blocks(store, spoken)
    aside = aside_blocks(store, spoken)
    head = "status.trouble" if troubles or unknown or held or aside else "status.well"
    return reply(
        spoken,
        first(head, spoken, count=len(troubles) + unknown + bool(held) + bool(aside)),
        *held,
        *aside,
        Bullets(_library_lines(ask, store, spoken)),
        Bullets((*_chat_lines(store, spoken), *_delivery_lines(ask, store, spoken))),
        *planned_blocks(store, spoken),
        *unsent_blocks(store, spoken),
        *edit_blocks(store, spoken),
        *_unknown_ones(store, spoken, unknown),
        *_troubles(troubles, spoken),
        *_misses(store, spoken),
        buttons=(
            button("status.again", spoken, "/status"),
            button("status.chats_button", spoken, "/chats"),
            *((button("status.errors_button", spoken, "/errors"),) if unknown or held or aside else ()),
        ),
        replace=ask.pressed,
    )


async def chats(ask: Ask, store: Store) -> Reply:
    """Ten chats a page: state, schedule, next push, last delivery."""
    spoken = reply_language(ask, store)
    total = sum(store.ledger.subscriber_counts().values())
    if not total:
        return reply(spoken, first("chats.none", spoken), small("chats.none_hint", spoken))
    pages = -(-total // _PAGE)
    page = _page(arguments(ask), pages)
    shown = store.ledger.subscribers(offset=(page - 1) * _PAGE, limit=_PAGE)
    turning = [
        Button(say(f"chats.{word}", spoken), f"/chats {to}")
        for word, to in (("previous", page - 1), ("further", page + 1))
        if 1 <= to <= pages
    ]
    return reply(
        spoken,
        first("chats.head", spoken, count=total, page=page, pages=pages),
        Bullets(tuple(_chat_line(one, store, spoken) for one in shown)),
        buttons=tuple(turning),
        replace=ask.pressed,
    )


def _page(word: str, pages: int) -> int:
    """The page a word names, within what there is."""
    if not word:
        return 1
    if not (word.isascii() and word.isdigit() and len(word) < 7):
        raise Refusal("chats.bad_page", found=excerpt(word), pages=pages)
    return min(max(int(word), 1), pages)


def _library_lines(ask: Ask, store: Store, spoken: Language) -> tuple[Line, ...]:
    library = store.library
    newest = next(iter(library.editions(limit=1)), None)
    published = library.newest_published(until=ask.now)
    nothing = say("status.nothing", spoken)
    zone = store.defaults.schedule.zone
    return (
        line(say("status.stories", spoken, stories=library.story_count(), editions=library.edition_count())),
        line(say("status.newest", spoken, edition=f"{newest.id} {newest.title}" if newest else nothing)),
        line(
            say(
                "status.published",
                spoken,
                edition=f"{published.id} ({moment_text(published.published_at, spoken, zone)})"
                if published and published.published_at
                else nothing,
            )
        ),
    )


def _chat_lines(store: Store, spoken: Language) -> tuple[Line, ...]:
    counts = store.ledger.subscriber_counts()
    platforms = sorted({platform for platform, _ in counts})
    lines = []
    for platform in platforms:
        states = ", ".join(
            f"{say(f'state.short.{state.value}', spoken)} {count}"
            for (where, state), count in sorted(counts.items())
            if where == platform and count
        )
        lines.append(line(say("status.platform", spoken, platform=platform, states=states)))
    return tuple(lines) or (line(say("chats.none", spoken)),)


def _delivery_lines(ask: Ask, store: Store, spoken: Language) -> tuple[Line, ...]:
    counts = store.ledger.delivery_counts()
    nothing = say("status.nothing", spoken)
    states = [
        f"{say(f'status.state.{state.value}', spoken)} {counts[state]}"
        for state in DeliveryState
        if counts.get(state)
    ]
    due = store.ledger.next_due()
    when = moment_text(due, spoken, store.defaults.schedule.zone) if due else nothing
    waiting = len(store.ledger.unhandled(limit=1000))
    lines = [
        line(say("status.deliveries", spoken, states=", ".join(states) or nothing)),
        line(say("status.due", spoken, moment=when)),
    ]
    if due and due < ask.now:
        lines.append(line(say("status.overdue", spoken)))
    if waiting:
        lines.append(line(say("status.waiting", spoken, count=waiting)))
    return tuple(lines)


def _unknown_ones(store: Store, spoken: Language, count: int) -> tuple[Block, ...]:
    if not count:
        return ()
    found = store.ledger.deliveries(state=DeliveryState.UNKNOWN, limit=_UNKNOWN)
    lines = tuple(_unknown_line(one, store, spoken) for one in found)
    return (told("status.unknown", spoken, count=count), Bullets(lines), small("status.unknown_hint", spoken))


def _unknown_line(one: Delivery, store: Store, spoken: Language) -> Line:
    moment = moment_text(one.updated_at or one.due, spoken, store.defaults.schedule.zone)
    return line(
        say(
            "status.unknown_one",
            spoken,
            chat=one.chat,
            edition=one.edition,
            part=one.part + 1,
            parts=max(one.parts, 1),
            moment=moment,
        )
    )


def _troubles(troubles: tuple[str, ...], spoken: Language) -> tuple[Block, ...]:
    if not troubles:
        return (small("status.files_sound", spoken),)
    return (told("status.troubles", spoken), Bullets(tuple(line(one[:300]) for one in troubles[:20])))


def _misses(store: Store, spoken: Language) -> tuple[Block, ...]:
    found = store.ledger.misses(limit=_MISSES)
    if not found:
        return ()
    names = ", ".join(f"{excerpt(miss.query)} ({miss.count})" for miss in found)
    return (Note(line(say("status.misses", spoken, names=names))),)


def _chat_line(one: Subscriber, store: Store, spoken: Language) -> Line:
    """PLATFORM:TENANT:ID, state, schedule; next push; last delivery."""
    zone = one.schedule.zone
    pieces = [say(f"state.short.{one.state.value}", spoken), schedule_text(one.schedule, spoken)]
    if one.next_at is not None:
        pieces.append(say("chats.next", spoken, moment=moment_text(one.next_at, spoken, zone)))
    last = next(iter(store.ledger.deliveries(one.chat, limit=1)), None)
    if last is None:
        pieces.append(say("chats.never", spoken))
    else:
        state = say(f"status.state.{last.state.value}", spoken)
        pieces.append(say("chats.last", spoken, edition=last.edition or last.week, state=state))
    return line(bold(str(one.chat)), f" · {' · '.join(pieces)}")
