"""`jianbao import`: documents into the store, and what is told of it."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.app import App
from bot.work import Document, Streams, Work
from handlers import ingest
from handlers.ingest import Change
from handlers.issue_preview import field_name
from handlers.newsletter import is_issue
from handlers.publish import is_back_issue, publish
from handlers.reading import read
from handlers.revise import of_change, write
from handlers.words import say


def import_documents(app: App, work: Work, said: Streams) -> int:
    """Take in every document, each by itself; 1 when any was refused."""
    code = 0
    for document in work.documents:
        code = max(code, _import_one(app, work, document, said))
    return code


def _import_one(app: App, work: Work, document: Document, said: Streams) -> int:
    language = app.settings.language
    if document.error:
        said.err.write(document.error + "\n")
        return 1
    issue = read(document.data.decode("utf-8"), app.store.catalogue, name=document.name)
    if not is_issue(issue):
        said.err.write(say("cli.no_issue", language, name=document.name) + "\n")
        return 1
    now = datetime.now(UTC)
    change = ingest.plan(issue, app.store.library, now=now, source=document.name)
    for problem in change.warnings:
        said.err.write(say(problem.reason, language, line=problem.line, detail=problem.detail) + "\n")
    if not change.empty and not work.options.get("dry_run"):
        write(app.store, of_change(change), now=now)
    said.out.write(_told(app, change, dry_run=bool(work.options.get("dry_run"))))
    said.out.write(_publish(app, change, work, now))
    return 0


def _told(app: App, change: Change, *, dry_run: bool) -> str:
    language = app.settings.language
    label = {"id": change.edition.id, "title": change.edition.title}
    if change.empty:
        return say("cli.import_same", language, **label) + "\n"
    key = "cli.import_would" if dry_run else "cli.import_done"
    lines = [
        say(
            key,
            language,
            **label,
            new=len(change.new),
            changed=len({c.story for c in change.changed}),
            removed=len(change.removed),
        )
    ]
    lines += [
        f"  {c.story} {field_name(c.field, language)}: {_short(c.before)} → {_short(c.after)}"
        for c in change.changed
    ]
    lines += [f"  - {story}" for story in change.removed]
    return "".join(f"{text}\n" for text in lines)


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else text[:57] + "…"


def _publish(app: App, change: Change, work: Work, now: datetime) -> str:
    """Publish the newest edition, not a back issue, unless told otherwise."""
    library, options = app.store.library, work.options
    wanted = options.get("publish") or not (
        options.get("no_publish") or is_back_issue(change.edition.id, library)
    )
    if not wanted or options.get("dry_run"):
        return ""
    edition = publish(change.edition.id, library, now=now)
    return say("cli.published", app.settings.language, id=edition.id) + "\n" if edition else ""
