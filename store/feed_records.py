"""Feeds, entries and submissions as plain documents; see store/records.py for the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import datetime, timedelta
from typing import Any

from store.feeds import Entry, Feed, FeedState, Submission, SubmissionState
from store.model import Chat, Mention
from store.records import Document, figure_document, figure_from

SCHEMA = 1

_FEED_DEFAULTS: Mapping[str, Any] = {
    each.name: each.default for each in fields(Feed) if each.default is not MISSING
}


def feed_document(feed: Feed) -> Document:
    """A feed as a document: what differs from the defaults."""
    document: Document = {"v": SCHEMA, "id": feed.id, "url": feed.url}
    for name, default in _FEED_DEFAULTS.items():
        value = getattr(feed, name)
        if value != default:
            document[name] = _plain(value)
    return document


def feed_from(document: Document) -> Feed:
    """The feed in a document."""
    found = {name: document[name] for name in _FEED_DEFAULTS if name in document}
    for name in ("next_at", "last_at", "new_at", "added_at"):
        if name in found:
            found[name] = datetime.fromisoformat(found[name])
    if "interval" in found:
        found["interval"] = timedelta(seconds=found["interval"])
    if "state" in found:
        found["state"] = FeedState(found["state"])
    if "error_words" in found:
        found["error_words"] = tuple((str(key), str(value)) for key, value in found["error_words"])
    return Feed(document["id"], document["url"], **found)


def entry_document(entry: Entry) -> Document:
    """An entry as a document."""
    document: Document = {
        "v": SCHEMA,
        "id": entry.id,
        "feed": entry.feed,
        "guid": entry.guid,
        "url": entry.url,
        "title": entry.title,
        "text": entry.text,
        "seen_at": entry.seen_at.isoformat(),
    }
    if entry.canonical_url and entry.canonical_url != entry.url:
        document["canonical_url"] = entry.canonical_url
    if entry.language:
        document["language"] = entry.language
    if entry.published is not None:
        document["published"] = entry.published.isoformat()
    if entry.mentions:
        document["mentions"] = [[m.company, m.surface, *m.span] for m in entry.mentions]
    if entry.figures:
        document["figures"] = [figure_document(figure) for figure in entry.figures]
    return document


def entry_from(document: Document) -> Entry:
    """The entry in a document."""
    published = document.get("published")
    return Entry(
        id=document["id"],
        feed=document["feed"],
        guid=document["guid"],
        url=document["url"],
        canonical_url=document.get("canonical_url") or document["url"],
        title=document["title"],
        text=document["text"],
        seen_at=datetime.fromisoformat(document["seen_at"]),
        language=document.get("language", ""),
        published=datetime.fromisoformat(published) if published else None,
        mentions=tuple(Mention(m[0], m[1], (m[2], m[3])) for m in document.get("mentions", ())),
        figures=tuple(figure_from(figure) for figure in document.get("figures", ())),
    )


def submission_document(submission: Submission) -> Document:
    """A submission as a document."""
    chat = submission.chat
    return {
        "v": SCHEMA,
        "id": submission.id,
        "url": submission.url,
        "chat": [chat.platform, chat.tenant, chat.id, chat.thread],
        "user": submission.user,
        "at": submission.at.isoformat(),
        "state": submission.state.value,
        "decided_at": submission.decided_at.isoformat() if submission.decided_at else None,
        "told": submission.told,
        "answered": submission.answered,
        "language": submission.language,
    }


def submission_from(document: Document) -> Submission:
    """The submission in a document."""
    decided, state = document.get("decided_at"), SubmissionState(document["state"])
    return Submission(
        id=document["id"],
        url=document["url"],
        chat=Chat(*document["chat"]),
        user=document["user"],
        at=datetime.fromisoformat(document["at"]),
        state=state,
        decided_at=datetime.fromisoformat(decided) if decided else None,
        told=document.get("told", False),
        answered=document.get("answered", state != SubmissionState.WAITING),
        language=document.get("language"),
    )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, FeedState):
        return value.value
    return value
