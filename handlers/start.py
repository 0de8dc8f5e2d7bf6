"""/start and /help: what this bot does, and what a person can type."""

from __future__ import annotations

from dataclasses import replace

from handlers.answer import arguments, excerpt
from handlers.commands import COMMANDS, Command, Group, aliases, menu, named, nearest
from handlers.deep_links import SUBSCRIBE, command_of
from handlers.language import reply_language
from handlers.lookup import first, small, told
from handlers.message import Ask, Block, Bullets, Button, Buttons, Heading, Note, Reply, Run, Text, bold, line
from handlers.words import say
from store.bundle import Store
from store.model import LANGUAGES, Language

_PLAIN = frozenset({SUBSCRIBE, "inline", "group", "channel"})  # codes that open no answer of their own
_LANGUAGE_NAMES: dict[Language, str] = {"ko": "한국어", "en": "English", "zh": "中文"}
_GROUPS: tuple[Group, ...] = ("ask", "subscribe", "settings", "admin")


async def start(ask: Ask, store: Store) -> Reply:
    """Two lines of introduction and what to press; a deep link's code opens what it names."""
    language = reply_language(ask, store)
    code = arguments(ask)
    if opened := await _opened(code, ask, store):
        return opened
    buttons = [Button(_LANGUAGE_NAMES[each], f"/language {each}") for each in LANGUAGES]
    buttons += [
        Button(say("button.subscribe", language), "/subscribe"),
        Button(say("button.sample", language), "/latest"),
        Button(say("button.help", language), "/help"),
    ]
    meituan = store.catalogue.get("meituan")
    gone = [first("start.gone", language)] if code and code not in _PLAIN else []
    blocks: list[Block] = [*gone, Heading(say("start.title", language)), told("start.what", language)]
    if meituan is not None:
        blocks.append(small("start.try", language, name=meituan.name(language)))
    return Reply((*blocks, Buttons(tuple(buttons))), language)


async def _opened(code: str, ask: Ask, store: Store) -> Reply | None:
    """What a deep link leads to; None when it leads nowhere any more. Subscribing by link is for a
    private chat: in a group it is the button's, which asks who may.
    """
    by_link = code == SUBSCRIBE and ask.private
    command = "/subscribe" if by_link else command_of(code, store)
    known = named(command[1:].partition(" ")[0]) if command else None
    return await known.handler(replace(ask, text=command), store) if known else None


async def help_(ask: Ask, store: Store) -> Reply:
    """Every command one may use, in groups; or one command in detail; or the nearest one."""
    language = reply_language(ask, store)
    word = arguments(ask).lstrip("/／")
    if not word:
        return _listed(ask, language)
    command = named(word)
    if command is not None and (ask.admin or command.needs != "admin"):
        return explained(command.name, language)
    close = nearest(word, admin=ask.admin)
    shown = excerpt(word)
    if close is None:
        button = Button(say("button.help", language), "/help")
        return Reply((first("help.unknown", language, word=shown), Buttons((button,))), language)
    meant = first("help.unknown_near", language, word=shown, command=close.name)
    return Reply((meant, Buttons((Button(f"/help {close.name}", f"/help {close.name}"),))), language)


def explained(name: str, language: Language) -> Reply:
    """One command: how to write it, what it does, an example, its other names."""
    example, does = say(f"example.{name}", language), say(f"command.{name}.help", language)
    blocks: list[Block] = [Heading(say(f"command.{name}.usage", language)), Text(line(does))]
    if example not in does:
        blocks.append(Text(line(*_around(say("help.example", language, example="\n"), example))))
    if others := aliases(name, language):
        words = say("lookup.comma", language).join(f"/{word}" for word in others)
        blocks.append(Note(line(say("help.aliases", language, words=words))))
    return Reply(tuple(blocks), language, tags={"command": name})


def _around(text: str, code: str) -> tuple[str | Run, ...]:
    """The text with `code`, as code, where its line break stands."""
    before, _, after = text.partition("\n")
    return (before, Run(code, code=True), after)


def _listed(ask: Ask, language: Language) -> Reply:
    shown = menu(language, admin=ask.admin)
    blocks: list[Block] = [Heading(say("help.title", language))]
    for group in _GROUPS:
        rows = tuple(line(f"/{command.name} ", text) for command, text in shown if command.group == group)
        if rows:
            blocks += [Text(line(bold(say(f"help.{group}", language)))), Bullets(rows)]
    if ask.private:
        blocks.append(small("help.private", language))
    blocks.append(small("help.more", language))
    buttons = tuple(
        _button(command, language) for command in COMMANDS if command.name in {"latest", "settings"}
    )
    return Reply((*blocks, Buttons(buttons)), language)


def _button(command: Command, language: Language) -> Button:
    key = "button.sample" if command.name == "latest" else "button.settings"
    return Button(say(key, language), f"/{command.name}")
