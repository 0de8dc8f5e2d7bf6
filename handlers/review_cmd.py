"""/review: an editor walks through an edition one story at a time, with everything that was read."""

from __future__ import annotations

import json
import re

from handlers.amounts import figure_text
from handlers.answer import arguments, excerpt
from handlers.cards import source_note
from handlers.chat_settings import button, reply
from handlers.correct_cmd import Place, place_of
from handlers.editions import find_edition, newest
from handlers.errors import Refusal
from handlers.figure_notes import flag_text, issue_conversions
from handlers.issue_preview import problem_text
from handlers.language import reply_language
from handlers.lookup import require_stories, small, told
from handlers.message import Ask, Block, Bullets, Button, Heading, Line, Reply, Text, line
from handlers.summary import lead
from handlers.words import say
from store.bundle import Store
from store.model import Edition, Language, Problem, Story

_BODY = 1_500  # characters of a body that are shown; /story shows the rest
_FIGURES = 20
_PROBLEMS = 20
_NUMBER = re.compile(r"#?(\d{1,4})\s*(?:번|번째|号|篇)?")


async def review(ask: Ask, store: Store) -> Reply:
    """A story with all that was read of it: by id, by number, by edition and number; else the first."""
    spoken = reply_language(ask, store)
    require_stories(ask, store)
    return _shown(ask, _place(arguments(ask), store), store, spoken)


def keep_warnings(edition: str, problems: tuple[Problem, ...], ask: Ask, store: Store) -> None:
    """Let what was odd in an issue be shown while it is reviewed, for some days."""
    body = json.dumps([[one.line, one.reason, one.detail] for one in problems])
    store.ledger.keep_draft(f"warnings:{edition}", body, at=ask.now)


def _place(words: str, store: Store) -> Place:
    if store.library.story(words) is not None:
        return place_of(words, store)
    if not words or _NUMBER.fullmatch(words):
        found = newest(store)
        return _at(found, words or "1", store) if found else place_of(words, store)
    if edition := find_edition(words, store):
        return _at(edition, "1", store)
    name, _, number = words.rpartition(" ")
    if name and _NUMBER.fullmatch(number) and (edition := find_edition(name, store)):
        return _at(edition, number, store)
    return place_of(words, store)


def _at(edition: Edition, word: str, store: Store) -> Place:
    """The story of a number in an edition. Raises Refusal."""
    stories = store.library.stories_of(edition.id)
    match = _NUMBER.fullmatch(word)
    number = int(match[1]) if match else 1
    found = next((story for story in stories if story.order == number), None)
    if found is None:
        raise Refusal("review.no_number", edition=edition.id, number=number, last=len(stories))
    return Place(found, edition, stories)


def _shown(ask: Ask, place: Place, store: Store, spoken: Language) -> Reply:
    story, edition, count = place.story, place.edition, len(place.stories)
    body = story.body if len(story.body) <= _BODY else f"{story.body[:_BODY].rstrip()}…"
    blocks: list[Block] = [
        Heading(say("review.head", spoken, number=story.order, count=count, title=story.title)),
        source_note(story, edition, spoken),
        small("review.state", spoken, story=story.id, state=_state(edition, store, spoken)),
        told("review.summary", spoken, text=lead(story) or "–"),
        Text(line(body or "–")),
        *_listed("review.companies", _companies(story, store, spoken), spoken),
        *_listed("review.figures", _figures(story, store, spoken), spoken),
        *_listed("review.warnings", _warnings(place, store, spoken), spoken),
    ]
    return reply(spoken, *blocks, buttons=_buttons(place, spoken), replace=ask.pressed)


def _state(edition: Edition, store: Store, spoken: Language) -> str:
    if edition.published_at is not None:
        return say("review.published", spoken)
    due = any(one.edition == edition.id for one in store.ledger.publications())
    return say("review.waiting" if due else "review.not_published", spoken)


def _listed(key: str, lines: tuple[Line, ...], spoken: Language) -> tuple[Block, ...]:
    return (told(key, spoken, count=len(lines)), Bullets(lines)) if lines else ()


def _companies(story: Story, store: Store, spoken: Language) -> tuple[Line, ...]:
    """Each company, and how the text calls it."""
    lines = []
    for each in story.companies:
        known = store.catalogue.get(each)
        calls = dict.fromkeys(mention.surface for mention in story.mentions if mention.company == each)
        lines.append(line(f"{known.name(spoken) if known else each} ({each}): {', '.join(calls)}"))
    return tuple(lines)


def _figures(story: Story, store: Store, spoken: Language) -> tuple[Line, ...]:
    """Each figure with its sentence, and why its conversion is odd where it is."""
    rates = issue_conversions(story.edition, store)
    lines = []
    for figure in story.figures[:_FIGURES]:
        flag = rates.flag(figure)
        odd = f" ⚠ {flag_text(flag, spoken)}" if flag else ""
        lines.append(line(f"{figure_text(figure, spoken)} – {excerpt(figure.sentence)}{odd}"))
    if len(story.figures) > _FIGURES:
        lines.append(line(say("import.more", spoken, count=len(story.figures) - _FIGURES)))
    return tuple(lines)


def _warnings(place: Place, store: Store, spoken: Language) -> tuple[Line, ...]:
    """What is odd in this story; beside the first one, what was odd in the issue as such."""
    story = place.story
    found = [
        say(key, spoken)
        for key, odd in (
            ("review.no_company", not story.companies),
            ("review.no_source", not story.source_url),
            ("review.short_body", len(story.body.strip()) < 40),
            ("review.twin", sum(one.title == story.title for one in place.stories) > 1),
        )
        if odd
    ]
    if story == place.stories[0]:
        kept = json.loads(store.ledger.draft(f"warnings:{place.edition.id}") or "[]")
        found += [problem_text(Problem(*one), spoken) for one in kept[:_PROBLEMS]]
    return tuple(line(text) for text in found)


def _buttons(place: Place, spoken: Language) -> tuple[Button, ...]:
    at, stories, story = place.stories.index(place.story), place.stories, place.story
    turning = [
        button(f"review.{word}", spoken, f"/review {stories[to].id}")
        for word, to in (("previous", at - 1), ("next", at + 1))
        if 0 <= to < len(stories)
    ]
    moving = [
        button(f"review.{word}", spoken, f"/move {story.id} {word}", signed=True)
        for word, to in (("up", at - 1), ("down", at + 1))
        if 0 <= to < len(stories)
    ]
    changing = [
        button(key, spoken, f"/correct {story.id} {field}")
        for key, field in (
            ("review.title", "title"),
            ("review.summary_button", "summary"),
            ("review.company", "company"),
        )
    ]
    publish = (
        ()
        if place.edition.published_at
        else (button("review.publish", spoken, f"/publish {place.edition.id}"),)
    )
    return (*turning, *moving, button("review.drop", spoken, f"/drop {story.id}"), *changing, *publish)
