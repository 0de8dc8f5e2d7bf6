"""Answer: from what a person typed or pressed to a Reply. The one way in for every door."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, replace
from hashlib import blake2s

from handlers.asked import count
from handlers.buttons import opened, payload, sign
from handlers.commands import Command, named, nearest
from handlers.errors import Refusal
from handlers.kept_answers import Kept, answers_of, key_of
from handlers.language import language_of
from handlers.lookup import small
from handlers.manner import after_call, mannered
from handlers.message import Ask, Button, Buttons, Manages, Reply, Text, line
from handlers.picks import as_picked, picked, remember
from handlers.words import say
from store.bundle import Store
from store.errors import StoreError
from store.model import Language, Subscriber

__all__ = ["answer", "arguments", "excerpt", "payload", "sign"]

log = logging.getLogger(__name__)

_COMMAND = re.compile(r"\s*[/／](?P<name>[^\s@/／]+)(?:@\S*)?(?:\s+(?P<arguments>.*))?", re.DOTALL)
_SHOWN = 40  # characters of somebody's words that we say back


async def answer(ask: Ask, store: Store, *, manages: Manages) -> Reply | None:
    """The reply to `ask`, or None when there is nothing to say. Never raises.

    A command goes to its handler; in a private chat a bare text is a company's name, a
    command's word, or words to search for; elsewhere it is none of our business, and neither is
    a command that this bot does not know and that was not addressed to it.
    """
    if overheard(ask):
        return None
    here = None
    try:
        here = _here(ask, store, manages)
        reply = await _kept_or_made(ask, here)
        return None if reply is None else mannered(reply, ask, here.subscriber)
    except Refusal as refusal:
        return _told(refusal.key, _spoken(ask, store, here), refusal.words)
    except StoreError as error:
        log.warning("the store refused: %s", error)
        return _told(error.key, _spoken(ask, store, here), error.args_for_words)
    except Exception:  # noqa: BLE001 - nothing may escape to a door; it is logged with its traceback
        return _failed(ask, _spoken(ask, store, here))


@dataclass(slots=True)
class _Here:
    """Where an answer is given: looked up once. `subscriber` is the chat's settings as they are now;
    `kept` is the answer, once there is one that may be given again.
    """

    store: Store
    manages: Manages
    language: Language
    subscriber: Subscriber | None
    kept: Kept | None = None


def _here(ask: Ask, store: Store, manages: Manages) -> _Here:
    subscriber = store.ledger.subscriber(ask.chat)
    return _Here(store, manages, language_of(ask, subscriber, store.defaults.language), subscriber)


def _spoken(ask: Ask, store: Store, here: _Here | None) -> Language:
    """The language to say in what went wrong, also where the chat's own could not be looked up."""
    return here.language if here else language_of(ask, None, store.defaults.language)


def overheard(ask: Ask) -> bool:
    """Whether this is another bot's command: one that we do not know, not addressed to us."""
    if ask.addressed:
        return False
    match = _COMMAND.fullmatch(ask.text)
    return match is None or named(match["name"]) is None


def arguments(ask: Ask) -> str:
    """What follows the command word, without outer spaces; a bare text whole."""
    match = _COMMAND.fullmatch(ask.text)
    return ((match["arguments"] or "") if match else ask.text).strip()


def excerpt(text: str) -> str:
    """Somebody's words as we say them back: on one line, at most 40 characters."""
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


async def _kept_or_made(ask: Ask, here: _Here) -> Reply | None:
    """The answer to what was typed, made anew only where what it is made from has changed."""
    if ask.attachment is not None:
        return await _routed(ask, here)
    answers, key = answers_of(here.store), key_of(ask, here.language, here.subscriber)
    kept = answers.get(key, here.store)
    if kept is not None:
        count(ask, kept.reply, here.store)
        remember(kept.command, kept.given, kept.reply, ask, here.store)
        return kept.reply
    reply = await _routed(ask, here)
    if here.kept is not None:
        answers.put(key, here.kept)
    return reply


async def _routed(ask: Ask, here: _Here) -> Reply | None:
    if ask.signed:  # a door may not say so
        ask = replace(ask, signed=False)
    if ask.pressed:
        press = opened(ask.text, ask.chat, ask.now, here.store.ledger)
        if press.seal in {"stale", "forged"}:
            return _out_of_date(press.command, here.language)
        if press.seal == "good":
            reply = await _read(replace(ask, text=press.command, signed=True), here)
            here.kept = None  # a seal holds in this chat, for a time
            return reply
        if press.command != ask.text:
            ask = replace(ask, text=press.command)
    return await _read(ask, here)


async def _read(ask: Ask, here: _Here) -> Reply | None:
    match = _COMMAND.fullmatch(ask.text)
    if match is None:
        return await _bare(ask, here)
    command = named(match["name"])
    if command is None:
        return await _unknown(ask, match["name"], here)
    return await _called(command, (match["arguments"] or "").strip(), ask, here)


async def _called(command: Command, given: str, ask: Ask, here: _Here) -> Reply:
    """Run one command for somebody who may, with arguments of a bearable length."""
    if not await _may(command, bool(given), ask, here):
        key = "answer.admins_only" if command.needs == "admin" else "answer.managers_only"
        return _told(key, here.language, {"command": command.name})
    if len(given) > command.longest:
        raise Refusal("answer.too_long", limit=command.longest, given=len(given), command=command.name)
    return await _run(command, given, ask, here)


async def _run(command: Command, given: str, ask: Ask, here: _Here) -> Reply:
    """What the command answers to these arguments; what was asked for is counted."""
    reply = await _handled(command, given, ask, here)
    pick = picked(command.name, given, reply, ask, here.store)
    if pick is not None:
        reply = await _handled(command, pick.given, ask, here)
    if command.group == "ask":
        count(ask, reply, here.store)
    if pick is not None:
        return as_picked(reply, pick, here.store, here.language)
    remember(command.name, given, reply, ask, here.store)
    reply = after_call(reply, command, given, ask, here.language)
    if command.keeps:
        here.kept = Kept(reply, command.name, given)
    return reply


async def _handled(command: Command, given: str, ask: Ask, here: _Here) -> Reply:
    if command.alone and given:
        reply = await _handled(command, "", ask, here)
        left_out = small("answer.left_out", here.language, given=excerpt(given))
        return replace(reply, blocks=(*reply.blocks[:1], left_out, *reply.blocks[1:]))
    text = f"/{command.name} {given}" if given else f"/{command.name}"
    if command.keeps:
        return await command.handler(replace(ask, text=text, language=here.language), here.store)
    reply = await command.handler(ask if text == ask.text else replace(ask, text=text), here.store)
    here.subscriber = here.store.ledger.subscriber(ask.chat)
    return reply


async def _may(command: Command, acting: bool, ask: Ask, here: _Here) -> bool:
    if command.needs == "anyone" or ask.admin:
        return True
    if command.needs == "admin":
        return False
    if ask.private or (command.shows and not acting):
        return True
    if here.subscriber is not None and here.subscriber.managers == "everyone":
        return True
    return await here.manages(ask)


async def may_change(ask: Ask, store: Store, manages: Manages) -> bool:
    """Whether this person may change the settings of the chat."""
    return await _may(_known("settings"), True, ask, _here(ask, store, manages))


async def _bare(ask: Ask, here: _Here) -> Reply | None:
    """A text without a slash: answered in private only."""
    text = " ".join(ask.text.split())
    if text in {"/", "／"}:
        return await _run(_known("help"), "", ask, here)
    if ask.attachment is not None and ask.private:
        return await _called(_known("import"), text, ask, here)
    if not ask.private or not text:
        return None
    if len(text) > _known("search").longest:
        raise Refusal("answer.too_long", limit=_known("search").longest, given=len(text), command="search")
    if here.store.catalogue.find(text).status != "none":
        return await _run(_known("company"), text, ask, here)
    word, _, rest = text.partition(" ")
    command = named(word if rest else word.rstrip("?？"))
    if _asks(text) and (command is None or _asks_on(word, rest)):
        return await _run(_known("ask"), text, ask, here)
    if command is not None and command.needs == "anyone":
        return await _run(command, rest, ask, here)
    return await _run(_known("search"), text, ask, here)


async def _unknown(ask: Ask, word: str, here: _Here) -> Reply:
    """No such command: a company's name after the slash is meant as one; else the closest."""
    language, given = here.language, arguments(ask)
    whole = f"{word} {given}".strip()
    if len(whole) <= _known("company").longest and here.store.catalogue.find(whole).status != "none":
        return await _run(_known("company"), whole, ask, here)
    close = nearest(word, admin=ask.admin)
    if close is None:
        button = Button(say("button.help", language), "/help")
        text = say("answer.unknown", language, word=excerpt(word))
    else:
        meant = f"/{close.name} {given[: close.longest]}".strip()
        button = Button(excerpt(meant), meant)
        text = say("answer.unknown_near", language, word=excerpt(word), command=close.name)
    tags = {"refused": "answer.unknown"}
    return Reply((Text(line(text)), Buttons((button,))), language, whisper=True, tags=tags)


def _asks_on(word: str, rest: str) -> bool:
    """Whether a question begins with what is a command's word, too: "소식 있나요?", "왜 그 회사는 …"."""
    return bool(rest) and (rest.endswith(("?", "？")) or (" " in rest and _asks(f"{word} {word}")))


def _asks(text: str) -> bool:
    from handlers.question import is_question

    return is_question(text)


def _known(name: str) -> Command:
    command = named(name)
    assert command is not None
    return command


def _out_of_date(command: str, language: Language) -> Reply:
    """A button too old, forwarded or invented: its command is offered afresh, without signature,
    so that a handler asks again before it does what needed one.
    """
    match = _COMMAND.fullmatch(command)
    known = named(match["name"]) if match else None
    button = Button(f"/{known.name}", command) if known else Button(say("button.help", language), "/help")
    return Reply(
        (Text(line(say("answer.stale", language))), Buttons((button,))),
        language,
        whisper=True,
        tags={"refused": "answer.stale"},
    )


def _told(key: str, language: Language, words: dict[str, str]) -> Reply:
    text = say(key, language, **words)
    return Reply((Text(line(text)),), language, whisper=True, tags={"refused": key})


def _failed(ask: Ask, language: Language) -> Reply:
    """Called while an exception is handled: logs it once, without the person's words."""
    said = f"{ask.now.isoformat()} {ask.chat} {ask.user} {ask.text}".encode()
    reference = blake2s(said, digest_size=3).hexdigest()
    match = _COMMAND.fullmatch(ask.text)
    known = named(match["name"]) if match else None
    log.exception("answer failed: reference=%s command=%s", reference, known.name if known else "-")
    return Reply(
        (Text(line(say("answer.failed", language, reference=reference))),),
        language,
        whisper=True,
        tags={"failed": reference},
    )
