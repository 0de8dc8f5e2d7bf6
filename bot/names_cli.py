"""`jianbao names`: the changes to the catalogue's names out as a table, and in from one."""

from __future__ import annotations

from bot.app import App
from bot.work import Document, Streams, Work
from handlers.errors import Refusal
from handlers.message import Ask
from handlers.words import say
from store.name_changes import written
from store.names import Names

_TURN = 1.0  # seconds of reading stories again before others' work is looked at


async def names(app: App, work: Work, said: Streams, ask: Ask) -> int:
    """export: the table; import: all of a table or nothing; reread: every story once more.

    `ask` says whose changes these are, and when.
    """
    held = app.store.names
    if held is None:
        raise Refusal("alias.read_only")
    match work.options.get("verb"):
        case "import":
            return await _import(app, held, work, said, ask)
        case "reread":
            held.reread_all()
            await _reread(app, held, said)
        case _:
            said.out.write(written(held.changes))
    return 0


async def _import(app: App, held: Names, work: Work, said: Streams, ask: Ask) -> int:
    from handlers.alias_cmd import change_names
    from handlers.alias_file import brought

    document, language = work.documents[0], app.settings.language
    name = document.name
    found = brought(document.data, name, held)
    for error in found.errors:
        words = error.args_for_words
        said.err.write(
            say("names.line", language, name=name, line=words["line"], reason=words["reason"]) + "\n"
        )
    if found.errors:
        return 1
    for line, doubt in found.shared:
        others = ", ".join(doubt.companies)
        told = say("names.shared", language, name=name, line=line, alias=doubt.name.text, companies=others)
        said.err.write(told + "\n")
    count = len(found.changes)
    if not count or work.options.get("dry_run"):
        key = "names.would" if count else "names.nothing"
        said.out.write(say(key, language, name=name, count=count) + "\n")
        return 0
    await change_names(ask, app.store, held, found.changes, file=_base(document))
    said.out.write(say("names.imported", language, name=name, count=count) + "\n")
    await _reread(app, held, said)
    return 0


def _base(document: Document) -> str:
    return document.name.replace("\\", "/").rpartition("/")[2]


async def _reread(app: App, held: Names, said: Streams) -> None:
    """Read the stories again to the end; what a running bot has to do goes on between."""
    while await app.reread(_TURN):
        pass
    mark = held.mark
    told = say("names.read", app.settings.language, count=mark.reread, changed=mark.changed)
    said.out.write(told + "\n")
