"""An issue into the library: what is new, what changed, what stays.

plan() decides and touches nothing; apply() writes what was decided, in one write.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import TypeVar

from handlers.errors import Refusal
from handlers.newsletter import dating
from handlers.newsletter.items import first_sentence
from handlers.newsletter.links import canonical_url
from store.library import Library
from store.model import Edition, Figure, Issue, Item, Mention, Problem, Story

LEAD_LIMIT = 100  # characters of the first sentence that names a story printed without a title
_Labelled = TypeVar("_Labelled", Mention, Figure)
_SUFFIXES = ("", *(f"-{letter}" for letter in "bcdefghijklmnopqrstuvwxyz"))


@dataclass(frozen=True, slots=True)
class FieldChange:
    """That `field` of a story (or of the edition, when `story` is its id) reads otherwise now."""

    story: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """What importing an issue would do to the library.

    `edition` and `stories` are as they will stand; `new` and `removed` are story ids, `changed`
    what reads otherwise, `same` how many stories stay as they are. `warnings` are words keys with
    the line of the issue they are about (0 = the whole).
    """

    edition: Edition
    stories: tuple[Story, ...]
    new: tuple[str, ...]
    changed: tuple[FieldChange, ...]
    removed: tuple[str, ...]
    same: int
    warnings: tuple[Problem, ...]

    @property
    def empty(self) -> bool:
        """Whether the library already holds exactly this."""
        return not (self.new or self.changed or self.removed)


def plan(issue: Issue, library: Library, *, now: datetime, source: str) -> Change:
    """What importing `issue` would change. Pure: reads the library, writes nothing.

    An edition is known again by number and week, else by title and week; without a printed week
    by number or title and half of its stories. A story keeps its id, known again by its source's
    address, else by its title. Advertisements are left out. `source` is the file or address it
    came from. Raises Refusal("error.issue_empty") for an issue without items.
    """
    items = _in_order(issue.items)
    if not items:
        raise Refusal("error.issue_empty", source=source)
    week, warnings = _week(issue, now)
    stored = _stored(issue, items, week, library)
    edition_id = stored.id if stored else _free_id(week, library)
    before = library.stories_of(stored.id) if stored else ()
    stories = tuple(_stories(items, before, edition_id, issue))
    edition = Edition(
        id=edition_id,
        number=issue.number,
        title=issue.title or (stored.title if stored else stories[0].title),
        story_ids=tuple(story.id for story in stories),
        language=issue.language,
        imported_at=now,
        published_at=stored.published_at if stored else None,
        content_hash=content_hash(issue, stories),
        source=source,
    )
    odd = [problem for problem in issue.problems if problem.reason != "problem.no_week"]
    change = _compared(edition, stories, stored, before, (*warnings, *odd))
    if stored and change.empty:
        return replace(change, edition=stored, stories=before)
    if stored and stored.published_at is not None:
        return replace(
            change, warnings=(Problem(0, "problem.already_published", stored.id), *change.warnings)
        )
    return change


def apply(change: Change, library: Library) -> None:
    """Write what plan() decided; nothing when the library already holds it."""
    if not change.empty:
        library.put_edition(change.edition, change.stories)


def content_hash(issue: Issue, stories: Iterable[Story]) -> str:
    """sha256 of what a digest shows of an edition, so that a frozen push can name what it froze."""
    shown = [
        issue.number,
        issue.title,
        issue.language,
        [
            [
                story.id, story.kind, story.title, story.body, story.source_url, story.thumbnail_url,
                story.companies, [_told(figure) for figure in story.figures],
            ]
            for story in stories
        ],
    ]  # fmt: skip
    text = json.dumps(shown, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _told(figure: Figure) -> str:
    pair = f" = {figure.pair.raw} ({figure.pair.value} {figure.pair.unit})" if figure.pair else ""
    high = f"..{figure.value_high}" if figure.value_high is not None else ""
    return f"{figure.raw} ({figure.value}{high} {figure.unit}){pair}"


def _in_order(items: Sequence[Item]) -> list[Item]:
    """Without advertisements, the app of the week first, otherwise as printed."""
    real = [item for item in items if not item.ad]
    return sorted(real, key=lambda item: (item.kind != "app", item.order))


def _week(issue: Issue, now: datetime) -> tuple[str, list[Problem]]:
    if issue.week:
        late = dating.iso_week((now + timedelta(days=14)).date())
        return issue.week, [Problem(0, "problem.week_ahead", issue.week)] if issue.week > late else []
    days = [day for item in issue.items for day in dating.dates_in(f"{item.title}\n{item.body}")]
    past = [day for day in days if day <= now.date()]
    week = dating.iso_week(max(past)) if past else dating.iso_week(now.date())
    return week, [Problem(0, "problem.week_from_text" if past else "problem.week_from_today", week)]


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _stored(issue: Issue, items: Sequence[Item], week: str, library: Library) -> Edition | None:
    """The edition of the library that this issue is another version of."""
    if issue.week is None:
        return next(
            (edition for edition in _everywhere(issue, library) if _overlaps(items, edition, library)), None
        )
    there = list(_of_week(week, library))
    if issue.number is not None:
        same = next((edition for edition in there if edition.number == issue.number), None)
        if same:
            return same
    unnumbered = [edition for edition in there if None in (edition.number, issue.number)]
    return next(
        (edition for edition in unnumbered if _folded(edition.title) == _folded(_title(issue, items))), None
    )


def _title(issue: Issue, items: Sequence[Item]) -> str:
    return issue.title or named(items[0])[0]


def _of_week(week: str, library: Library) -> Iterator[Edition]:
    for suffix in _SUFFIXES:
        edition = library.edition(week + suffix)
        if edition:
            yield edition


def _everywhere(issue: Issue, library: Library) -> Iterator[Edition]:
    """Editions of the same number or title, of any week."""
    if issue.number is not None:
        edition = library.edition_by_number(issue.number)
        if edition:
            yield edition
    for offset in range(0, library.edition_count(), 100):
        for edition in library.editions(offset=offset, limit=100):
            if not issue.title or _folded(edition.title) == _folded(issue.title):
                yield edition


def _overlaps(items: Sequence[Item], edition: Edition, library: Library) -> bool:
    before = library.stories_of(edition.id)
    known = {_folded(story.title) for story in before} | {canonical_url(story.source_url) for story in before}
    again = sum(
        1
        for item in items
        if _folded(named(item)[0]) in known or (_address(item) and _address(item) in known)
    )
    return 2 * again >= len(items)


def _free_id(week: str, library: Library) -> str:
    for suffix in _SUFFIXES:
        if library.edition(week + suffix) is None:
            return week + suffix
    raise Refusal("error.week_full", week=week)


def _address(item: Item | Story) -> str | None:
    return canonical_url(item.source_url)


def _stories(items: Sequence[Item], before: Sequence[Story], edition: str, issue: Issue) -> Iterator[Story]:
    known = _matched(items, before)
    taken = {story.id for story in before}
    for order, item in enumerate(items, 1):
        same = known.get(order - 1)
        story_id = same.id if same else _new_id(edition, order, taken)
        taken.add(story_id)
        yield _story(item, story_id, order, edition, issue)


def _new_id(edition: str, order: int, taken: set[str]) -> str:
    while (story_id := f"{edition}-{order}") in taken:
        order += 1
    return story_id


def _matched(items: Sequence[Item], before: Sequence[Story]) -> dict[int, Story]:
    """Which stored story each item is, by its place in `items`; each story once."""
    tests: tuple[Callable[[Item, Story], bool], ...] = (
        lambda item, story: _same_source(item, story) and _same_title(item, story),
        _same_source,
        _same_title,
        lambda item, story: item.kind == story.kind == "app",
    )
    found: dict[int, Story] = {}
    left = list(before)
    for test in tests:
        for at, item in enumerate(items):
            if at in found:
                continue
            story = next((story for story in left if test(item, story)), None)
            if story:
                found[at] = story
                left.remove(story)
    return found


def _same_source(item: Item, story: Story) -> bool:
    return _address(item) is not None and _address(item) == _address(story)


def _same_title(item: Item, story: Story) -> bool:
    return _folded(named(item)[0]) == _folded(story.title)


def named(item: Item) -> tuple[str, int]:
    """What a story is called, and how far its spans move: an item without a title is called by
    the beginning of its text.
    """
    if item.title:
        return item.title, 0
    lead = first_sentence(item.body)[0]
    if len(lead) > LEAD_LIMIT:
        cut = lead[: LEAD_LIMIT - 1]
        lead = cut[: cut.rfind(" ") if " " in cut[-30:] else None].rstrip() + "…"
    return lead, len(lead)


def _story(item: Item, story_id: str, order: int, edition: str, issue: Issue) -> Story:
    title, moved = named(item)
    day = dating.date_in_url(item.source_url)
    return Story(
        id=story_id,
        kind=item.kind,
        title=title,
        body=item.body,
        language=issue.language,
        edition=edition,
        order=order,
        source_url=item.source_url,
        thumbnail_url=item.thumbnail_url,
        published=datetime.combine(day, time(), UTC) if day else None,
        mentions=tuple(_moved(mention, moved) for mention in item.mentions),
        figures=tuple(_moved(figure, moved) for figure in item.figures),
    )


def _moved(found: _Labelled, by: int) -> _Labelled:
    return replace(found, span=(found.span[0] + by, found.span[1] + by)) if by else found


def _compared(
    edition: Edition,
    stories: tuple[Story, ...],
    stored: Edition | None,
    before: Sequence[Story],
    warnings: tuple[Problem, ...],
) -> Change:
    known = {story.id: story for story in before}
    changed = [*_edition_changes(stored, edition)] if stored else []
    same = 0
    for story in stories:
        old = known.get(story.id)
        differences = _differences(old, story) if old else []
        changed += differences
        same += bool(old) and not differences
    kept = {story.id for story in stories}
    return Change(
        edition=edition,
        stories=stories,
        new=tuple(story.id for story in stories if story.id not in known),
        changed=tuple(changed),
        removed=tuple(story.id for story in before if story.id not in kept),
        same=same,
        warnings=warnings,
    )


def _edition_changes(old: Edition, new: Edition) -> Iterator[FieldChange]:
    for name in ("number", "title", "language"):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield FieldChange(new.id, name, _text(before), _text(after))


def _differences(old: Story, new: Story) -> list[FieldChange]:
    fields = ("kind", "title", "body", "language", "order", "source_url", "thumbnail_url", "published")
    found = [
        FieldChange(new.id, name, _text(getattr(old, name)), _text(getattr(new, name)))
        for name in fields
        if getattr(old, name) != getattr(new, name)
    ]
    read = (
        ("companies", old.mentions != new.mentions, _companies(old), _companies(new)),
        ("figures", old.figures != new.figures, _figures(old), _figures(new)),
    )
    for name, differs, before, after in read:
        if differs and (before != after or not found):  # in a changed text all of them only move
            found.append(FieldChange(new.id, name, before, after))
    return found


def _companies(story: Story) -> str:
    return ", ".join(story.companies)


def _figures(story: Story) -> str:
    return ", ".join(figure.raw for figure in story.figures)


def _text(value: object) -> str:
    return "" if value is None else str(value)
