"""What was not delivered: /errors lists it with its reasons, /retry sends it again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from handlers.answer import arguments, excerpt
from handlers.chat_settings import audit, button, reply
from handlers.corrections import edit_again
from handlers.dates import moment_text
from handlers.edits_told import edit_blocks, edit_buttons
from handlers.errors import Refusal
from handlers.holds import PUSH, go_on, leave_out, paused
from handlers.language import reply_language
from handlers.leftovers import aside_blocks, aside_buttons
from handlers.lookup import first, small, told, window
from handlers.message import Ask, Block, Bullets, Button, Line, Reply, line
from handlers.push_cmd import reason_text
from handlers.words import say
from store.bundle import Store
from store.model import Delivery, DeliveryState, Language

_PAGE = 8
_OFFERED = 3
_ALL = timedelta(days=7)
_MOST = 100_000


async def errors(ask: Ask, store: Store) -> Reply:
    """Messages that failed or are in doubt, newest first, and what is held; a page at a time."""
    spoken = reply_language(ask, store)
    head = _held(store, spoken)
    page = _page(arguments(ask))
    total = store.ledger.troubled_count()
    head += aside_blocks(store, spoken)
    if not total:
        return reply(
            spoken,
            *head,
            *([] if head or store.ledger.lost_edits(limit=1) else [first("errors.none", spoken)]),
            *edit_blocks(store, spoken),
            *_past(store, spoken),
            buttons=_offers(store, (), spoken),
            replace=ask.pressed,
        )
    at = window(total, page, _PAGE)
    rows = store.ledger.troubled(offset=at.offset, limit=_PAGE)
    turning = [
        button(f"chats.{word}", spoken, f"/errors {to}")
        for word, to in (("previous", at.page - 1), ("further", at.page + 1))
        if 1 <= to <= at.pages
    ]
    return reply(
        spoken,
        *head,
        first("errors.head", spoken, count=total, page=at.page, pages=at.pages),
        Bullets(tuple(_row(number, row, store, spoken) for number, row in rows)),
        *edit_blocks(store, spoken),
        *_past(store, spoken),
        buttons=(*_offers(store, rows, spoken), *turning),
        replace=ask.pressed,
    )


async def retry(ask: Ask, store: Store) -> Reply:
    """Asks first, then sends again: one message, all of the last seven days, or what was held."""
    words = arguments(ask).lower().split()
    sure = ask.signed and words[-1:] == ["yes"]
    what = " ".join(words[:-1] if sure else words)
    ways: dict[str, _Way] = {
        "all": _all,
        "paused": _paused,
        "hold-over": _hold_over,
        "hold-over skip": _hold_over_skip,
        "aside": _aside,
        "edits": _edits,
    }
    if what in ways:
        return await ways[what](ask, store, sure)
    if not (what.isascii() and what.isdigit() and len(what) < 16):
        raise Refusal("retry.usage")
    return await _one(ask, store, int(what), sure=sure)


_Way = Callable[[Ask, Store, bool], Awaitable[Reply]]


async def _one(ask: Ask, store: Store, number: int, *, sure: bool) -> Reply:
    spoken = reply_language(ask, store)
    row = store.ledger.numbered(number)
    if row is None:
        raise Refusal("retry.unknown", number=number)
    if row.state not in {DeliveryState.FAILED, DeliveryState.UNKNOWN}:
        raise Refusal("retry.settled", number=number, state=_state(row, spoken))
    if row.parts and not row.content:
        raise Refusal("retry.too_old", number=number, edition=row.edition, chat=row.chat)
    if not sure:
        listed = Bullets((_row(number, row, store, spoken),))
        return _ask(spoken, first("retry.one", spoken), listed, command=f"/retry {number} yes")
    store.ledger.retry([number], at=ask.now)
    audit(ask, store, what="retry", detail=f"{row.chat} {row.week} part {row.part}")
    return reply(spoken, first("retry.sent", spoken), buttons=_see(spoken), replace=True)


async def _all(ask: Ask, store: Store, sure: bool) -> Reply:
    spoken = reply_language(ask, store)
    found = [
        (number, row)
        for number, row in store.ledger.troubled(since=ask.now - _ALL, limit=_MOST)
        if row.content or not row.parts
    ]
    if not found:
        return reply(spoken, first("retry.none", spoken), buttons=_see(spoken), replace=ask.pressed)
    if not sure:
        doubt = sum(row.state is DeliveryState.UNKNOWN for _, row in found)
        blocks: list[Block] = [first("retry.sure", spoken, count=len(found))]
        if doubt:
            blocks.append(told("retry.doubt", spoken, count=doubt))
        return _ask(spoken, *blocks, command="/retry all yes")
    count = store.ledger.retry([number for number, _ in found], at=ask.now)
    audit(ask, store, what="retry", detail=f"all: {count}")
    return reply(spoken, first("retry.all_sent", spoken, count=count), buttons=_see(spoken), replace=True)


async def _paused(ask: Ask, store: Store, sure: bool) -> Reply:
    spoken = reply_language(ask, store)
    held = paused(store)
    if not held:
        raise Refusal("retry.nothing_held")
    names = ", ".join(_name(one, spoken) for one in held)
    if not sure:
        return _ask(spoken, first("retry.sure_paused", spoken, platforms=names), command="/retry paused yes")
    for name in held:
        store.ledger.release(name)
    audit(ask, store, what="retry", detail=f"paused: {', '.join(held)}")
    return reply(spoken, first("retry.resumed", spoken, platforms=names), buttons=_see(spoken), replace=True)


async def _hold_over(ask: Ask, store: Store, sure: bool) -> Reply:
    spoken = reply_language(ask, store)
    _require_hold(store)
    if not sure:
        return _ask(spoken, first("retry.sure_due", spoken), command="/retry hold-over yes")
    go_on(store, now=ask.now)
    audit(ask, store, what="retry", detail="hold-over")
    return reply(spoken, first("retry.due", spoken), buttons=_see(spoken), replace=True)


async def _hold_over_skip(ask: Ask, store: Store, sure: bool) -> Reply:
    spoken = reply_language(ask, store)
    _require_hold(store)
    if not sure:
        return _ask(
            spoken,
            first("retry.sure_skip", spoken),
            command="/retry hold-over skip yes",
            label="retry.skip_button",
        )
    count = leave_out(store, now=ask.now)
    audit(ask, store, what="retry", detail=f"hold-over skip: {count}")
    return reply(spoken, first("retry.skipped", spoken, count=count), buttons=_see(spoken), replace=True)


async def _aside(ask: Ask, store: Store, sure: bool) -> Reply:
    spoken = reply_language(ask, store)
    if not store.ledger.aside():
        raise Refusal("retry.nothing_aside")
    if not sure:
        blocks = aside_blocks(store, spoken)
        return _ask(spoken, *blocks[:-1], told("retry.sure_aside", spoken), command="/retry aside yes")
    count = store.ledger.take_up()
    audit(ask, store, what="retry", detail=f"aside: {count}")
    return reply(spoken, first("retry.aside", spoken, count=count), buttons=_see(spoken), replace=True)


async def _edits(ask: Ask, store: Store, sure: bool) -> Reply:
    spoken = reply_language(ask, store)
    lost = store.ledger.edit_counts().get("failed", 0)
    if not lost:
        raise Refusal("retry.no_edits")
    if not sure:
        sure_edits = first("retry.sure_edits", spoken, count=lost)
        return _ask(spoken, sure_edits, command="/retry edits yes", label="retry.edit_button")
    count = edit_again(store, now=ask.now)
    audit(ask, store, what="retry", detail=f"edits: {count}")
    return reply(spoken, first("retry.edits", spoken, count=count), buttons=_see(spoken), replace=True)


def _require_hold(store: Store) -> None:
    if PUSH not in store.ledger.holds():
        raise Refusal("retry.nothing_held")


def held_blocks(store: Store, spoken: Language) -> tuple[Block, ...]:
    """What is held or looked up again, for /status too; empty when nothing is."""
    return tuple(_held(store, spoken))


def _held(store: Store, spoken: Language) -> list[Block]:
    blocks: list[Block] = []
    held = store.ledger.holds().get(PUSH, "")
    if held:
        blocks.append(first("errors.held", spoken, reason=reason_text(held, spoken)))
        blocks.append(told("errors.held_how", spoken))
    for name, reason in paused(store).items():
        said, why = _name(name, spoken), reason_text(reason, spoken)
        blocks.append(first("errors.paused", spoken, platform=said, reason=why))
        blocks.append(told("errors.paused_how", spoken))
    return blocks


def _name(hold: str, spoken: Language) -> str:
    """What is held, as people call it: a platform, or one workspace."""
    platform, _, workspace = hold.partition(":")
    return say("errors.workspace", spoken, workspace=workspace) if workspace else platform


def _past(store: Store, spoken: Language) -> list[Block]:
    """What is left of deliveries older than 13 weeks: how many, by state."""
    counts: dict[DeliveryState, int] = {}
    for (_, _, state), count in store.ledger.past_counts().items():
        counts[state] = counts.get(state, 0) + count
    states = ", ".join(f"{say(f'status.state.{state}', spoken)} {count}" for state, count in counts.items())
    checking = sum(row.parts > 0 for row in store.ledger.interrupted())
    blocks: list[Block] = [small("errors.checking", spoken, count=checking)] if checking else []
    return [*blocks, small("errors.past", spoken, states=states)] if states else blocks


def _offers(store: Store, rows: tuple[tuple[int, Delivery], ...], spoken: Language) -> tuple[Button, ...]:
    """What one can do next; each asks again before it does it."""
    offers: list[Button] = []
    if PUSH in store.ledger.holds():
        offers.append(button("errors.send_due", spoken, "/retry hold-over"))
        offers.append(button("errors.skip_due", spoken, "/retry hold-over skip"))
    if paused(store):
        offers.append(button("errors.go_on", spoken, "/retry paused"))
    offers += [*aside_buttons(store, spoken), *edit_buttons(store, spoken)]
    able = [number for number, row in rows if row.content or not row.parts]
    offers += [
        button("errors.retry_one", spoken, f"/retry {number}", number=number) for number in able[:_OFFERED]
    ]
    if len(able) > 1:
        offers.append(button("errors.retry_all", spoken, "/retry all"))
    return tuple(offers)


def _row(number: int, row: Delivery, store: Store, spoken: Language) -> Line:
    return line(
        say(
            "errors.row",
            spoken,
            number=number,
            chat=row.chat,
            edition=row.edition or row.week,
            part=row.part + 1,
            parts=max(row.parts, 1),
            state=_state(row, spoken),
            moment=moment_text(row.updated_at or row.due, spoken, store.defaults.schedule.zone),
            reason=reason_text(row.reason, spoken),
        )
    )


def _state(row: Delivery, spoken: Language) -> str:
    return say(f"status.state.{row.state.value}", spoken)


def _ask(spoken: Language, *blocks: Block, command: str, label: str = "retry.button") -> Reply:
    """A question, with the signed button that means yes."""
    return reply(
        spoken, *blocks, buttons=(button(label, spoken, command, signed=True), *_see(spoken)), replace=False
    )


def _see(spoken: Language) -> tuple[Button, ...]:
    return (button("import.status_button", spoken, "/status"),)


def _page(word: str) -> int | None:
    if not word:
        return None
    if not (word.isascii() and word.isdigit() and len(word) < 7):
        raise Refusal("errors.bad_page", found=excerpt(word))
    return int(word)
