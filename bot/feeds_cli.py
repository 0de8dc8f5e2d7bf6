"""`jianbao feed test`, and `jianbao feeds import|export|list`."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime

import orjson

from bot.app import App
from bot.settings import Settings
from bot.work import Streams, Work
from handlers.errors import Refusal
from handlers.words import say
from store.feeds import Seen

_AT_ONCE = 4  # sources that are tried at a time: each has a reader's process of its own


def feed_test(source: str, settings: Settings, *, as_json: bool) -> int:
    """Read one feed and store nothing; 1 when it could not be read. Takes no lock.

    "defaults" reads every source of the list that comes with the program, a line each as it comes in.
    """
    if source == "defaults":
        return asyncio.run(_every(settings, as_json=as_json))
    try:
        seen = asyncio.run(_seen(source, settings))
    except Refusal as error:
        told = say(error.key, settings.language, **error.words)
        print(told, file=sys.stderr)
        if as_json:
            _print({"title": "", "entries": [], "problems": [{"reason": error.key, "text": told}]})
        return 1
    problems = [
        {"reason": key, "text": say(key, settings.language, **dict(words))} for key, words in seen.problems
    ]
    if seen.url not in ("", source):
        told = say("feed.found_behind", settings.language, url=seen.url)
        problems.append({"reason": "feed.found_behind", "text": told})
    for problem in problems:
        print(problem["text"], file=sys.stderr)
    if as_json:
        entries = [
            {"title": entry.title, "url": entry.url, "published": entry.published, "text": entry.text}
            for entry in seen.entries
        ]
        _print({"title": seen.title, "entries": entries, "problems": problems})
    else:
        print(say("feed.tested", settings.language, title=seen.title, count=len(seen.entries)))
        for entry in seen.entries:
            day = entry.published.date().isoformat() if entry.published else "-"
            print(f"{day}  {entry.title or entry.text[:60]}  {entry.url}".rstrip())
    return 0


async def _every(settings: Settings, *, as_json: bool) -> int:
    """Each default source: its address, title and number of entries, or why it cannot be read; 1 when one
    cannot.
    """
    from bot.feed_look import look
    from handlers.feed_lists import default_rows

    turns, now, failed = asyncio.Semaphore(_AT_ONCE), datetime.now(UTC), 0

    async def tried(url: str) -> tuple[str, Seen | Refusal]:
        async with turns:
            try:
                return url, await look(url, allow=settings.fetch_allow, now=now)
            except Refusal as error:
                return url, error

    for done in asyncio.as_completed([tried(row["url"]) for row in default_rows()]):
        url, found = await done
        failed += isinstance(found, Refusal)
        _tell(url, found, settings, as_json=as_json)
    return 1 if failed else 0


def _tell(url: str, found: Seen | Refusal, settings: Settings, *, as_json: bool) -> None:
    """A line about one source."""
    if isinstance(found, Refusal):
        why = say(found.key, settings.language, **found.words)
        if as_json:
            _print({"url": url, "title": "", "entries": 0, "reason": found.key, "text": why})
        else:
            print(f"-\t{url}\t{why}", flush=True)
    elif as_json:
        _print({"url": url, "title": found.title, "entries": len(found.entries), "read_at": found.url})
    else:
        print(f"{len(found.entries)}\t{url}\t{found.title}", flush=True)


async def _seen(source: str, settings: Settings) -> Seen:
    from bot.feed_look import look, read_bytes
    from bot.reading_cli import file_bytes

    now = datetime.now(UTC)
    if source.startswith(("http://", "https://")):
        return await look(source, allow=settings.fetch_allow, now=now)
    return await read_bytes(file_bytes(source), now=now)


def _print(body: object) -> None:
    sys.stdout.buffer.write(orjson.dumps(body) + b"\n")
    sys.stdout.buffer.flush()


async def feeds(app: App, work: Work, said: Streams) -> int:
    """import: an OPML list, or the list that comes with the program; export: OPML; list: a line each."""
    from handlers.feed_lists import defaults, from_opml, to_opml

    held, language, now = app.store.feeds, app.settings.language, app.clock()
    if held is None:
        raise Refusal("feed.none_here")
    verb = work.options.get("verb")
    if verb == "export":
        said.out.write(to_opml(held.feeds(), "Jianbao").decode())
        return 0
    if verb == "list":
        for feed in held.feeds():
            when = feed.last_at.isoformat(timespec="minutes") if feed.last_at else "-"
            why = say(feed.last_error, language, **dict(feed.error_words)) if feed.last_error else ""
            said.out.write(
                f"{feed.id}\t{feed.state}\t{when}\t{feed.url}\t{feed.title}\t{why}".rstrip() + "\n"
            )
        return 0
    wanted = from_opml(work.documents[0].data, now) if work.documents else defaults(now)
    added = held.add(wanted)
    said.out.write(say("feed.imported", language, count=len(added), known=len(wanted) - len(added)) + "\n")
    return 0
