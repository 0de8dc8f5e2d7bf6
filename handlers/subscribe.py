"""Subscribing a chat: /subscribe, /unsubscribe, /pause, /resume, /schedule."""

from __future__ import annotations

from datetime import datetime

from handlers import subscription
from handlers.answer import arguments
from handlers.chat_settings import button, coming, coming_block, keep, reply, settings_of
from handlers.dates import moment_text
from handlers.errors import Refusal
from handlers.language import reply_language
from handlers.lookup import first, small, told
from handlers.message import Ask, Block, Button, Reply
from handlers.pauses import pause_end
from handlers.schedule import parse_schedule, schedule_text, week_of
from handlers.subscription import activate, deactivate, reschedule
from store.bundle import Store
from store.model import Language, Schedule, Subscriber, SubscriberState

_YES = "yes"
_NO = "no"


async def subscribe(ask: Ask, store: Store) -> Reply:
    """Subscribe this chat, with a schedule when one is given; doing it again changes nothing."""
    words = arguments(ask)
    before = settings_of(ask, store)
    schedule = _asked(words, before.schedule) if words else before.schedule
    after = activate(before, schedule, ask.now)
    if after != before:
        keep(ask, store, after, what="subscribe", detail=_plain(schedule))
    return _subscribed_reply(ask, store, before, after)


def _asked(words: str, before: Schedule) -> Schedule:
    """The schedule in `words`; a refusal's example is of the command that was typed."""
    try:
        return parse_schedule(words, before)
    except Refusal as refusal:
        example = refusal.words["example"].replace("/schedule", "/subscribe")
        raise Refusal(refusal.key, **{**refusal.words, "example": example}) from refusal


async def unsubscribe(ask: Ask, store: Store) -> Reply:
    """Ask once, by a button; then stop pushing and keep the settings."""
    language = reply_language(ask, store)
    before = store.ledger.subscriber(ask.chat)
    if before is None or before.state is SubscriberState.NONE:
        return reply(
            language,
            first("unsubscribe.not_subscribed", language),
            small("unsubscribe.how_to_subscribe", language),
            buttons=(button("subscribe.button", language, "/subscribe"),),
            replace=ask.pressed,
        )
    word = arguments(ask).lower()
    if word == _NO:
        return reply(
            language,
            first("unsubscribe.kept", language),
            *coming_block_or_state(before, ask.now, language),
            replace=True,
        )
    if word == _YES and ask.signed:
        keep(ask, store, deactivate(before), what="unsubscribe", detail="")
        return reply(
            language,
            first("unsubscribe.done", language),
            small("unsubscribe.settings_kept", language),
            buttons=(button("unsubscribe.undo", language, "/subscribe"),),
            replace=True,
        )
    return reply(
        language,
        first("unsubscribe.sure", language),
        told("unsubscribe.what_happens", language),
        buttons=(
            button("unsubscribe.yes", language, f"/unsubscribe {_YES}", signed=True),
            button("unsubscribe.no", language, f"/unsubscribe {_NO}"),
            button("pause.button", language, "/pause 2w"),
        ),
    )


async def pause(ask: Ask, store: Store) -> Reply:
    """Stop pushing for a time, or until /resume."""
    language = reply_language(ask, store)
    before = store.ledger.subscriber(ask.chat)
    if before is None or before.state is SubscriberState.NONE:
        raise Refusal("pause.not_subscribed")
    until = pause_end(arguments(ask), zone=before.schedule.zone, now=ask.now)
    after = subscription.pause(before, until)
    if after != before:
        keep(ask, store, after, what="pause", detail=until.isoformat() if until else "")
    head = (
        first("pause.until", language, moment=moment_text(until, language, before.schedule.zone))
        if until
        else first("pause.open", language)
    )
    return reply(
        language,
        head,
        small("pause.how_to_resume", language),
        buttons=(button("resume.button", language, "/resume"),),
        replace=ask.pressed,
    )


async def resume(ask: Ask, store: Store) -> Reply:
    """Push again after a pause; what came out meanwhile is offered, not sent."""
    language = reply_language(ask, store)
    before = settings_of(ask, store)
    if before.state is SubscriberState.NONE:
        raise Refusal("resume.not_subscribed")
    if before.state is SubscriberState.ACTIVE:
        return reply(
            language,
            first("resume.not_paused", language),
            *coming_block(before, ask.now, language),
            replace=ask.pressed,
        )
    after = activate(before, before.schedule, ask.now)
    keep(ask, store, after, what="resume", detail="")
    key = "resume.done" if before.state is SubscriberState.PAUSED else "subscribe.welcome_back"
    newest, offer = _newest(ask, store, after, language)
    return reply(
        language,
        first(key, language, schedule=schedule_text(after.schedule, language)),
        *coming_block(after, ask.now, language),
        *newest,
        buttons=offer,
        replace=ask.pressed,
    )


async def schedule(ask: Ask, store: Store) -> Reply:
    """Show when this chat is pushed, or change it; three times tell what it means."""
    language = reply_language(ask, store)
    before = settings_of(ask, store)
    words = arguments(ask)
    wanted = parse_schedule(words, before.schedule) if words else before.schedule
    after = reschedule(before, wanted, ask.now) if wanted != before.schedule else before
    if after != before:
        keep(ask, store, after, what="schedule", detail=_plain(wanted))
    key = "schedule.changed" if after != before else "schedule.now"
    return reply(
        language,
        first(key, language, schedule=schedule_text(wanted, language)),
        *coming_block_or_state(after, ask.now, language),
        *_week_is_done(after, ask.now, language),
        small("schedule.how_to_change", language),
        buttons=_schedule_buttons(after, language),
        replace=ask.pressed,
    )


def coming_block_or_state(subscriber: Subscriber, now: datetime, language: Language) -> tuple[Block, ...]:
    """The next three times of an active chat; of any other, why nothing comes."""
    if subscriber.state is SubscriberState.ACTIVE:
        return coming_block(subscriber, now, language)
    if subscriber.state is SubscriberState.PAUSED and subscriber.paused_until is not None:
        until = moment_text(subscriber.paused_until, language, subscriber.schedule.zone)
        return (told("state.paused_until", language, moment=until),)
    return (told(f"state.{subscriber.state.value}", language),)


def _subscribed_reply(ask: Ask, store: Store, before: Subscriber, after: Subscriber) -> Reply:
    language = reply_language(ask, store)
    newest, offer = _newest(ask, store, after, language)
    if after == before:
        zone = after.schedule.zone
        newest, offer = (), ()
        moment = moment_text(coming(after, ask.now, count=1)[0], language, zone)
        head = first("subscribe.already", language, moment=moment)
    else:
        head = first(_subscribed_key(before), language, schedule=schedule_text(after.schedule, language))
    return reply(
        language,
        head,
        *coming_block(after, ask.now, language),
        *_week_is_done(after, ask.now, language),
        *newest,
        buttons=(*offer, button("settings.button", language, "/settings")),
        replace=ask.pressed,
    )


def _subscribed_key(before: Subscriber) -> str:
    if before.state is SubscriberState.ACTIVE:
        return "schedule.changed"
    if before.state is SubscriberState.NONE and not before.last_week:
        return "subscribe.done"
    return "subscribe.welcome_back"


def _newest(
    ask: Ask, store: Store, subscriber: Subscriber, language: Language
) -> tuple[tuple[Block, ...], tuple[Button, ...]]:
    """The offer of the newest edition at once, which does not use up the weekly slot."""
    newest = store.library.newest_published(until=ask.now)
    if newest is None:
        return (small("subscribe.nothing_yet", language),), ()
    if newest.id == subscriber.last_edition:
        return (), ()
    return (
        (small("subscribe.newest", language, title=newest.title),),
        (button("subscribe.newest_button", language, "/latest"),),
    )


def _week_is_done(subscriber: Subscriber, now: datetime, language: Language) -> tuple[Block, ...]:
    """Why the first time is next week, where this week's push was already decided."""
    if subscriber.state is not SubscriberState.ACTIVE or not subscriber.last_week:
        return ()
    if subscriber.last_week < week_of(now, subscriber.schedule.zone):
        return ()
    return (small("schedule.week_done", language),)


def _schedule_buttons(subscriber: Subscriber, language: Language) -> tuple[Button, ...]:
    change = (
        button("settings.day_button", language, "/settings day"),
        button("settings.time_button", language, "/settings time"),
        button("settings.zone_button", language, "/settings zone"),
    )
    if subscriber.state is SubscriberState.NONE:
        return (button("subscribe.button", language, "/subscribe"), *change)
    if subscriber.state is SubscriberState.ACTIVE:
        return change
    return (button("resume.button", language, "/resume"), *change)


def _plain(schedule: Schedule) -> str:
    return f"{schedule.weekday} {schedule.hour:02}:{schedule.minute:02} {schedule.zone}"
