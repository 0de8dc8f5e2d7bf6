"""Publishing: when an edition that was read becomes one that is pushed."""

from __future__ import annotations

from datetime import datetime

from store.library import Library
from store.model import Edition


def is_back_issue(edition_id: str, library: Library) -> bool:
    """Whether the store holds a newer edition: importing an archive publishes none of it."""
    newest = library.editions(limit=1)
    return bool(newest) and newest[0].id > edition_id


def publish(edition_id: str, library: Library, *, now: datetime) -> Edition | None:
    """Publish an edition that is not yet; None when there is nothing to do."""
    edition = library.edition(edition_id)
    if edition is None or edition.published_at is not None:
        return None
    return library.publish_edition(edition_id, now)
