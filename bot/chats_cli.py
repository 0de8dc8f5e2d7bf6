"""`jianbao chats`: list them, carry them out and in as JSON objects, one a line."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from bot.app import App
from bot.work import Streams, Work
from handlers.chat_json import restarted, subscriber_as_json, subscriber_from_json
from handlers.errors import Refusal
from handlers.words import say
from store.model import Subscriber

_PAGE = 500


def chats(app: App, work: Work, said: Streams) -> int:
    """list: a line a chat; export: a JSON object a line; import: every line is checked first."""
    match work.options.get("verb"):
        case "import":
            return _import(app, work, said)
        case "export":
            for subscriber in _every(app):
                said.out.write(orjson.dumps(subscriber_as_json(subscriber)).decode("utf-8") + "\n")
            return 0
        case _:
            return _list(app, said)


def _every(app: App) -> Iterator[Subscriber]:
    offset = 0
    while page := app.store.ledger.subscribers(offset=offset, limit=_PAGE):
        yield from page
        offset += len(page)


def _list(app: App, said: Streams) -> int:
    count = 0
    for subscriber in _every(app):
        count += 1
        due = subscriber.next_at.isoformat(timespec="minutes") if subscriber.next_at else "-"
        said.out.write(f"{subscriber.chat}\t{subscriber.state.value}\t{due}\n")
    if not count:
        said.out.write(say("cli.chats_none", app.settings.language) + "\n")
    return 0


def _import(app: App, work: Work, said: Streams) -> int:
    """All or nothing: a file with one bad line changes nothing."""
    document = work.documents[0]
    language = app.settings.language
    read: list[Subscriber] = []
    for number, text in enumerate(document.data.split(b"\n"), start=1):
        if not text.strip():
            continue
        try:
            read.append(subscriber_from_json(orjson.loads(text)))
        except (ValueError, Refusal) as error:
            detail = say(error.key, language, **error.words) if isinstance(error, Refusal) else "JSON?"
            place = {"name": document.name, "line": number}
            said.err.write(say("cli.chats_line", language, **place, detail=detail) + "\n")
    if said.err.getvalue():
        return 1
    for subscriber in read:
        app.store.ledger.put_subscriber(restarted(subscriber, app.clock()))
    said.out.write(say("cli.chats_imported", language, count=len(read)) + "\n")
    return 0
