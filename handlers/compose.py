"""Compose: an edition as one chat gets it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers.amounts import figure_text, key_figures
from handlers.cards import company_buttons, picture, story_card, written_in
from handlers.dates import edition_name, short_day, week_dates
from handlers.editions import around
from handlers.lookup import first, small
from handlers.message import Block, Bullets, Button, Buttons, Card, Heading, Note, Reply, line
from handlers.newsroom import sections
from handlers.newsroom.retold import retold
from handlers.subscription import widened
from handlers.summary import lead
from handlers.whole import folded
from handlers.words import say
from store.bundle import Store
from store.model import Edition, Language, Story, Subscriber

_TOP_FIGURES = 3
_TOP_TITLES = 5
_NOT_EDITED: Mapping[str, datetime] = {}


@dataclass(frozen=True, slots=True)
class Sorted:
    """An edition's stories as one chat wants them; `muted` are left out."""

    followed: tuple[Story, ...]
    app: tuple[Story, ...]
    others: tuple[Story, ...]
    muted: tuple[Story, ...]

    @property
    def shown(self) -> tuple[Story, ...]:
        return self.followed + self.app + self.others


@dataclass(frozen=True, slots=True)
class _View:
    """How a section's cards are made: `mark` each one's language, `named` = say which is the app."""

    edition: Edition
    store: Store
    language: Language
    full: bool
    mark: bool
    named: bool
    edited: Mapping[str, datetime]


def digest(
    edition: Edition,
    stories: Sequence[Story],
    subscriber: Subscriber | None,
    store: Store,
    *,
    language: Language,
    now: datetime,
    edited: Mapping[str, datetime] = _NOT_EDITED,
) -> Reply:
    """The edition for this chat: followed companies first, then the app, then the others.

    Stories about muted companies alone are left out; when none is left, the reply says so and
    its tags have "empty": "muted" ("nothing" for an edition without a story). `summary` is the
    short form for doors that thread. The same arguments give the same reply; `now` only dates
    it in the tags. `edited` says which stories (by id; "" = the edition as such) were corrected
    after it was posted, and when: it is noted there.
    """
    chat = widened(subscriber, store.catalogue) if subscriber else None
    sorted_ = sort_stories(stories, chat)
    tags = {"edition": edition.id, "at": now.isoformat()}
    head = (*_head(edition, sorted_, language), *_edited("", edited, language))
    if not sorted_.shown:
        return _nothing_left(edition, sorted_, language, tags)
    one_language = _only_language(sorted_.shown)
    blocks: list[Block] = [*head]
    if one_language and one_language != language:
        blocks.append(Note(line(written_in(one_language, language))))
    full = subscriber is not None and subscriber.length == "full"
    for part, chosen in _parts(edition, sorted_, store):
        blocks += _section(part, chosen, sorted_, language)
        marked, named = one_language is None, part != "digest.app"
        view = _View(edition, store, language, full, mark=marked, named=named, edited=edited)
        blocks += [_card(story, view) for story in chosen]
    if sorted_.muted:
        blocks.append(small("digest.left_out", language, count=len(sorted_.muted)))
    if not full:
        example = (sorted_.others or sorted_.shown)[0].id
        blocks.append(small("digest.read", language, example=f"/story {example}"))
    blocks.append(Buttons(_foot(edition, store, language)))
    silent = subscriber is not None and subscriber.silent
    return Reply(
        tuple(blocks),
        language,
        summary=(*head, *_short(sorted_, language)),
        silent=silent,
        link=f"e_{edition.id}",
        tags=tags,
    )


def sort_stories(stories: Sequence[Story], subscriber: Subscriber | None) -> Sorted:
    """Which stories come first, which follow, which stay out; each once, in the edition's order.

    A story is muted when it names companies and every one of them is muted; a followed company
    that it names as well brings it back.
    """
    follows = set(subscriber.follows) if subscriber else set()
    mutes = set(subscriber.mutes) if subscriber else set()
    followed = [story for story in stories if follows.intersection(story.companies)]
    rest = [story for story in stories if story not in followed]
    muted = [story for story in rest if story.companies and mutes.issuperset(story.companies)]
    left = [story for story in rest if story not in muted]
    return Sorted(
        tuple(followed),
        tuple(story for story in left if story.kind == "app"),
        tuple(story for story in left if story.kind == "story"),
        tuple(muted),
    )


def _head(edition: Edition, sorted_: Sorted, language: Language) -> tuple[Block, ...]:
    """Title, then number, dates and counts on one line."""
    dates = week_dates(edition.id, language)
    if edition.number is not None:
        dates = say("digest.dates", language, number=edition.number, dates=dates)
    apps = sum(1 for story in sorted_.shown if story.kind == "app")
    count = len(sorted_.shown) - apps
    counted = [say("digest.apps", language, count=apps)] if apps else []
    if count or not apps:
        counted.append(say("digest.counts", language, count=count))
    counts = say("lookup.comma", language).join(counted)
    title = edition.title or edition_name(edition, language)
    return Heading(title), Note(line(f"{dates} · {counts}"))


def _parts(edition: Edition, sorted_: Sorted, store: Store) -> list[tuple[str, Sequence[Story]]]:
    """The digest's sections that hold a story, each with the words key of its heading. The others of an
    edition that was made of feeds stand by subject.
    """
    parts: list[tuple[str, Sequence[Story]]] = [
        ("digest.followed", sorted_.followed),
        ("digest.app", sorted_.app),
    ]
    if edition.source == "newsroom":
        by_section: dict[str, list[Story]] = {name: [] for name in sections.ORDER}
        for story in sorted_.others:
            by_section[sections.section_of(story.companies, store.catalogue)].append(story)
        parts += [(f"newsroom.section.{name}", found) for name, found in by_section.items()]
    else:
        parts.append(("digest.others", sorted_.others))
    return [(part, chosen) for part, chosen in parts if chosen]


def _section(part: str, chosen: Sequence[Story], sorted_: Sorted, language: Language) -> list[Block]:
    """A section's heading; none where the digest has one section without a name of its own."""
    if part == "digest.others" and len(chosen) == len(sorted_.shown):
        return []
    return [Heading(say(part, language))]


def _card(story: Story, view: _View) -> Card:
    said = "" if view.full or story.summary else retold(story, view.language, view.store)
    card = story_card(
        story,
        view.edition,
        view.language,
        body="" if view.full else said or lead(story),
        by_model=bool(said),
        number=story.order,
        title=_titled(story, view.language) if view.named else story.title,
        mark_language=view.mark,
        in_edition=True,
        buttons=company_buttons(story, view.store.catalogue, view.language),
    )
    shown = picture(story) if story.kind == "app" else None
    whole = folded(story.body) if view.full else ()
    more = (*_edited(story.id, view.edited, view.language), *((shown,) if shown else ()))
    return Card(card.title, (*whole, *card.blocks, *more), card.buttons)


def _edited(what: str, edited: Mapping[str, datetime], language: Language) -> tuple[Note, ...]:
    """That this was corrected after it was posted, and on which day."""
    if what not in edited:
        return ()
    key = "digest.edited" if what else "digest.edited_list"
    return (Note(line(say(key, language, day=short_day(edited[what], language)))),)


def _nothing_left(edition: Edition, sorted_: Sorted, language: Language, tags: dict[str, str]) -> Reply:
    settings = Button(say("button.settings", language), "/settings")
    blocks: tuple[Block, ...] = (
        Heading(edition.title or edition_name(edition, language)),
        first("digest.all_muted" if sorted_.muted else "lookup.empty", language, count=len(sorted_.muted)),
        Buttons((settings,)),
    )
    return Reply(blocks, language, tags={**tags, "empty": "muted" if sorted_.muted else "nothing"})


def _foot(edition: Edition, store: Store, language: Language) -> tuple[Button, ...]:
    buttons = [
        Button(say("button.companies", language), "/companies"),  # a door may show some of them only
        Button(say("button.settings", language), "/settings"),
    ]
    if earlier := around(edition, store).earlier:
        buttons.append(Button(say("button.earlier", language), f"/digest {earlier.id}"))
    buttons.append(Button(say("button.help", language), "/help"))
    return tuple(buttons)


def _short(sorted_: Sorted, language: Language) -> tuple[Block, ...]:
    """The condensed form: the figures that stand out, the first titles, and how many follow."""
    figures = [figure for story in sorted_.shown for figure in key_figures(story.figures, 1)]
    top = [figure_text(figure, language) for figure in key_figures(figures, _TOP_FIGURES)]
    blocks: list[Block] = []
    if top:
        blocks.append(Note(line(say("digest.figures", language, figures=" · ".join(dict.fromkeys(top))))))
    first_ones = sorted_.shown[:_TOP_TITLES]
    blocks.append(
        Bullets(tuple(line(_label(story, story in sorted_.followed, language)) for story in first_ones))
    )
    if more := len(sorted_.shown) - len(first_ones):
        blocks.append(small("digest.and_more", language, count=more))
    return tuple(blocks)


def _label(story: Story, followed: bool, language: Language) -> str:
    return f"★ {_titled(story, language)}" if followed else _titled(story, language)


def _titled(story: Story, language: Language) -> str:
    return say("digest.app_title", language, title=story.title) if story.kind == "app" else story.title


def _only_language(stories: Iterable[Story]) -> Language | None:
    """The language that all stories are in; None when there are several."""
    found = {story.language for story in stories}
    return found.pop() if len(found) == 1 else None
