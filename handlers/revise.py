"""An edition that an editor changes: what it becomes, and writing that down with what it was."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from handlers import by_hand
from handlers.figures import figures
from handlers.ingest import Change, content_hash
from handlers.mentions import mentions
from store.bundle import Store
from store.catalogue import Catalogue
from store.model import Edition, Issue, Story
from store.records import edition_document, edition_from, story_document, story_from

WHOLE = "*"
"""Of a Revision: the edition as such reads otherwise."""


@dataclass(frozen=True, slots=True)
class Revision:
    """An edition as it will stand; `what` are the ids of the stories that changed, and WHOLE."""

    edition: Edition
    stories: tuple[Story, ...]
    what: tuple[str, ...]


def read_again(story: Story, catalogue: Catalogue) -> Story:
    """A story whose text was changed, with the companies and figures of its new text."""
    read = by_hand.kept(story, mentions(story.title, story.body, catalogue), catalogue)
    return replace(story, mentions=read, figures=figures(story.title, story.body))


def with_story(edition: Edition, stories: Sequence[Story], changed: Story) -> Revision:
    """The edition with this story in place of the one of its id."""
    put = tuple(changed if story.id == changed.id else story for story in stories)
    return _revision(edition, put, (changed.id,))


def without_story(edition: Edition, stories: Sequence[Story], story_id: str) -> Revision:
    """The edition without a story, those behind it one place further up."""
    return _revision(edition, tuple(story for story in stories if story.id != story_id), (WHOLE,))


def moved(edition: Edition, stories: Sequence[Story], story_id: str, place: int) -> Revision:
    """The edition with a story at another place, counted from 1; beyond the last is the last."""
    found = next(story for story in stories if story.id == story_id)
    rest = [story for story in stories if story.id != story_id]
    rest.insert(max(place, 1) - 1, found)
    return _revision(edition, tuple(rest), (WHOLE,))


def of_change(change: Change) -> Revision:
    """An issue that was imported again, as a revision."""
    edition = change.edition
    stories = dict.fromkeys(one.story for one in change.changed if one.story != edition.id)
    listed = any(one.story == edition.id or one.field == "order" for one in change.changed)
    whole = bool(change.new or change.removed) or listed
    return Revision(edition, change.stories, (*stories, *([WHOLE] if whole else [])))


def _revision(edition: Edition, stories: tuple[Story, ...], what: tuple[str, ...]) -> Revision:
    ordered = tuple(replace(story, order=order) for order, story in enumerate(stories, 1))
    issue = Issue(edition.number, edition.title, None, (), language=edition.language)
    ids = tuple(story.id for story in ordered)
    return Revision(replace(edition, story_ids=ids, content_hash=content_hash(issue, ordered)), ordered, what)


def write(store: Store, revision: Revision, *, now: datetime) -> None:
    """Write a revision; where chats were given the edition, what is posted there will follow.

    What the edition was is durable first, so that a crash in between asks for edits of nothing.
    """
    before = store.library.edition(revision.edition.id)
    if before is not None and store.ledger.digest_kinds(before.id):
        was = snapshot(before, store.library.stories_of(before.id))
        store.ledger.note_correction(before.id, " ".join(revision.what), was, at=now)
    store.library.put_edition(revision.edition, revision.stories)


def snapshot(edition: Edition, stories: Iterable[Story]) -> str:
    """An edition and its stories as text."""
    documents = {"edition": edition_document(edition), "stories": [story_document(s) for s in stories]}
    return json.dumps(documents, ensure_ascii=False)


def from_snapshot(text: str) -> tuple[Edition, tuple[Story, ...]]:
    """What snapshot() was given."""
    documents = json.loads(text)
    stories = tuple(story_from(document) for document in documents["stories"])
    return edition_from(documents["edition"]), stories
