"""Does a Work of the command line on an open App, and says what came of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from bot.app import App, open_app
from bot.console import CONSOLE_CHAT, CONSOLE_USER
from bot.settings import Settings
from bot.work import Result, Streams, Work
from handlers.errors import Refusal
from handlers.message import Ask, Reply
from handlers.words import say
from store.errors import StoreError
from store.model import Chat, Platform

if TYPE_CHECKING:
    from bot.telegram_render import Part

_REREAD = 1.0  # seconds that a change of names may take reading past stories again

Verb = Callable[[App, Work, Streams], Awaitable[int]]


async def perform_alone(work: Work, settings: Settings, *, read_only: bool = False) -> Result:
    """Open the store, do the work, close it. Raises StoreError when it cannot be opened."""
    if work.documents and all(document.error for document in work.documents):
        return Result(1, err="".join(f"{document.error}\n" for document in work.documents))
    app = open_app(settings, read_only=read_only)
    catalogue = app.store.catalogue
    try:
        result = await perform(app, work)
        if app.store.catalogue is not catalogue:
            await app.reread(_REREAD)  # what is left waits for the next `run`
        return result
    finally:
        await app.close()


async def perform(app: App, work: Work) -> Result:
    """Do one Work. What a person did wrong is words in `err`, never an exception."""
    said = Streams()
    language = app.settings.language
    try:
        code = await _VERBS[work.command](app, work, said)
    except Refusal as error:
        said.err.write(say(error.key, language, **error.words) + "\n")
        code = 1
    except StoreError as error:
        said.err.write(say(error.key, language, **error.args_for_words) + "\n")
        code = 1
    return Result(code, said.out.getvalue(), said.err.getvalue())


async def _ask(app: App, work: Work, said: Streams) -> int:
    options = work.options
    chat = _chat(str(options["chat"])) if options.get("chat") else CONSOLE_CHAT
    user = str(options.get("user") or CONSOLE_USER)
    ask = Ask(
        text=str(options["text"]),
        chat=chat,
        now=datetime.now(UTC),
        user=user,
        private=True,
        admin=app.is_admin(chat, user),
        language=options.get("language"),
    )
    reply = await app.answer_typed(ask, _anyone)
    if reply is None:
        return 0
    if options.get("json"):
        from bot.reply_json import as_json

        said.out.write(orjson.dumps(as_json(reply)).decode("utf-8") + "\n")
    else:
        said.out.write(_rendered(reply, options.get("platform", "console")) + "\n")
    return 0


async def _anyone(ask: Ask) -> bool:
    """Whoever can start this program may do in any chat what its managers may."""
    del ask
    return True


def _rendered(reply: Reply, platform: Platform) -> str:
    if platform == "telegram":
        from bot.telegram_render import loads, parts

        return "\n\n".join(_telegram(loads(part)) for part in parts(reply))
    if platform == "slack":
        from bot.slack_render import as_text

        return as_text(reply)
    from bot.console_render import render

    return render(reply)


def _telegram(part: Part) -> str:
    """A message's HTML and its keyboard, a row a line."""
    rows = ("  ".join(f"[{b.label} → {b.url or b.command}]" for b in row) for row in part.rows)
    return "\n".join((part.html, *rows))


def _chat(text: str) -> Chat:
    """A chat in its text form; Refusal for anything else."""
    platform, _, rest = text.partition(":")
    tenant, _, rest = rest.partition(":")
    chat_id, _, thread = rest.partition(":")
    if platform not in ("telegram", "slack", "console") or not tenant or not chat_id:
        raise Refusal("cli.bad_chat", text=text[:80])
    return Chat(platform, tenant, chat_id, thread)  # type: ignore[arg-type]


async def _import(app: App, work: Work, said: Streams) -> int:
    from bot.importing import import_documents

    return import_documents(app, work, said)


async def _push(app: App, work: Work, said: Streams) -> int:
    from bot.pushing import push_once

    return await push_once(app, work.options, said)


async def _export(app: App, work: Work, said: Streams) -> int:
    return _exported(app, work, said)


def _exported(app: App, work: Work, said: Streams) -> int:
    library = app.store.library
    target = work.options.get("output")
    lines = []
    for offset in range(0, library.edition_count(), 50):
        for edition in library.editions(offset=offset, limit=50):
            stories = [dataclasses.asdict(s) for s in library.stories_of(edition.id)]
            body = {"edition": dataclasses.asdict(edition), "stories": stories}
            lines.append(orjson.dumps(body, default=str) + b"\n")
    if target:
        Path(target).write_bytes(b"".join(lines))
        said.err.write(say("cli.exported", app.settings.language, count=len(lines), path=target) + "\n")
    else:
        said.out.write(b"".join(lines).decode("utf-8"))
    return 0


async def _backup(app: App, work: Work, said: Streams) -> int:
    from store.backup import backup

    archive = Path(work.options["archive"])
    count = backup(app.settings.data, archive)
    said.out.write(say("cli.backed_up", app.settings.language, count=count, path=archive) + "\n")
    return 0


async def _chats(app: App, work: Work, said: Streams) -> int:
    from bot.chats_cli import chats

    return chats(app, work, said)


async def _names(app: App, work: Work, said: Streams) -> int:
    from bot.names_cli import names

    ask = Ask("", CONSOLE_CHAT, datetime.now(UTC), user=CONSOLE_USER, admin=True)
    return await names(app, work, said, ask)


async def _keys(app: App, work: Work, said: Streams) -> int:
    from bot.keys_cli import rotate

    return rotate(app, work, said)


_VERBS: dict[str, Verb] = {
    "ask": _ask,
    "import": _import,
    "push": _push,
    "export": _export,
    "backup": _backup,
    "chats": _chats,
    "names": _names,
    "keys": _keys,
}
