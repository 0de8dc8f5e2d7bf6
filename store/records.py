"""Stories and editions as plain documents, and documents of older schemas brought forward.

A document says its own schema ("v"), because a snapshot may hold documents of several. Fields that
are empty are left out. Amounts are text (exact), times ISO 8601 in UTC.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from store.model import Amount, Edition, Figure, Mention, Story

SCHEMA = 1

Document = dict[str, Any]


def story_document(story: Story) -> Document:
    """A story as a document."""
    return _compact(
        {
            "v": SCHEMA,
            "id": story.id,
            "kind": story.kind,
            "title": story.title,
            "body": story.body,
            "language": story.language,
            "edition": story.edition,
            "order": story.order,
            "source_url": story.source_url,
            "thumbnail_url": story.thumbnail_url,
            "published": _text_of(story.published),
            "mentions": [[m.company, m.surface, *m.span] for m in story.mentions],
            "figures": [figure_document(figure) for figure in story.figures],
            "also": list(story.also),
            "summary": story.summary or None,
            "struck": list(story.struck),
        }
    )


def story_from(document: Document) -> Story:
    """The story in a document of this schema."""
    return Story(
        id=document["id"],
        kind=document["kind"],
        title=document["title"],
        body=document["body"],
        language=document["language"],
        edition=document["edition"],
        order=document["order"],
        source_url=document.get("source_url"),
        thumbnail_url=document.get("thumbnail_url"),
        published=_time_of(document.get("published")),
        mentions=tuple(Mention(m[0], m[1], (m[2], m[3])) for m in document.get("mentions", ())),
        figures=tuple(figure_from(figure) for figure in document.get("figures", ())),
        also=tuple(document.get("also", ())),
        summary=document.get("summary", ""),
        struck=tuple(document.get("struck", ())),
    )


def edition_document(edition: Edition) -> Document:
    """An edition as a document."""
    return _compact(
        {
            "v": SCHEMA,
            "id": edition.id,
            "number": edition.number,
            "title": edition.title,
            "story_ids": list(edition.story_ids),
            "language": edition.language,
            "imported_at": _text_of(edition.imported_at),
            "published_at": _text_of(edition.published_at),
            "content_hash": edition.content_hash,
            "source": edition.source,
        }
    )


def edition_from(document: Document) -> Edition:
    """The edition in a document of this schema."""
    return Edition(
        id=document["id"],
        number=document.get("number"),
        title=document["title"],
        story_ids=tuple(document.get("story_ids", ())),
        language=document["language"],
        imported_at=datetime.fromisoformat(document["imported_at"]),
        published_at=_time_of(document.get("published_at")),
        content_hash=document.get("content_hash", ""),
        source=document.get("source", ""),
    )


def migrated(document: Document) -> Document:
    """A document of an older schema as this one has it. There is none older yet than 1."""
    return document


def figure_document(figure: Figure) -> Document:
    """A figure as a document."""
    found = {
        "raw": figure.raw,
        "value": _number_text(figure.value),
        "unit": figure.unit,
        "value_high": _number_text(figure.value_high),
        "pair": None if figure.pair is None else _amount_document(figure.pair),
        "span": list(figure.span),
        "sentence": figure.sentence,
    }
    return {name: value for name, value in found.items() if value is not None}


def figure_from(document: Document) -> Figure:
    """The figure in a document."""
    pair = document.get("pair")
    return Figure(
        raw=document["raw"],
        value=_number(document.get("value")),
        unit=document["unit"],
        value_high=_number(document.get("value_high")),
        pair=None if pair is None else Amount(pair["raw"], _number(pair.get("value")), pair["unit"]),
        span=(document["span"][0], document["span"][1]),
        sentence=document["sentence"],
    )


def _amount_document(amount: Amount) -> Document:
    return {"raw": amount.raw, "value": _number_text(amount.value), "unit": amount.unit}


def _number_text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _text_of(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def _time_of(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _compact(document: Document) -> Document:
    return {name: value for name, value in document.items() if value is not None and value != []}
