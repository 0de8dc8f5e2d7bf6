"""/correct, /drop, /move: an editor changes a story of an edition, before it is published and after.

What is changed is what every answer says at once; where the edition was posted already, the
messages are edited in place (handlers/corrections.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from handlers import by_hand
from handlers.alias_cmd import meant
from handlers.answer import arguments, excerpt
from handlers.chat_settings import audit, button, reply
from handlers.corrections import reach
from handlers.errors import Refusal
from handlers.language import reply_language
from handlers.lookup import first, small, told
from handlers.message import Ask, Block, Bullets, Button, Reply, Run, Text, line
from handlers.revise import Revision, moved, read_again, with_story, without_story, write
from handlers.story import as_id
from handlers.summary import lead
from store.bundle import Store
from store.model import Edition, Language, Story

LONGEST = {"title": 300, "summary": 1_000, "body": 100_000}
"""Characters that a field of a story takes."""

_DRY = re.compile(r"\s*(?:--|—|–)dry-?run\b", re.IGNORECASE)
_FIELDS = {
    **dict.fromkeys(("title", "제목", "标题", "標題"), "title"),
    **dict.fromkeys(("summary", "요약", "摘要"), "summary"),
    **dict.fromkeys(("body", "text", "본문", "正文"), "body"),
    **dict.fromkeys(("company", "companies", "회사", "公司"), "company"),
}
_COMPANY = re.compile(r"(?P<sign>[+＋\-−–])\s*(?P<name>\S.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """A story, and the edition it stands in with all its stories."""

    story: Story
    edition: Edition
    stories: tuple[Story, ...]


async def correct(ask: Ask, store: Store) -> Reply:
    """Change a field of a story; without a new text, show what it is and how to change it."""
    spoken = reply_language(ask, store)
    words = arguments(ask)
    dry = _DRY.search(words) is not None
    name, _, rest = _DRY.sub("", words).strip().partition(" ")
    if not name:
        raise Refusal("correct.usage")
    place = place_of(name, store)
    field, text = _field(rest)
    if not text:
        return _shown(place, field, store, spoken)
    changed, detail = _CHANGES[field](place.story, text, store)
    if changed == place.story:
        return reply(spoken, first("correct.same", spoken), buttons=(_back(place.story.id, spoken),))
    revision = with_story(place.edition, place.stories, changed)
    return _done(ask, store, revision, f"{place.story.id} {field} {detail}", changed.id, dry=dry)


async def drop(ask: Ask, store: Store) -> Reply:
    """Leave a story out of its edition, after asking."""
    spoken = reply_language(ask, store)
    words = arguments(ask)
    place = place_of(_DRY.sub("", words).strip(), store)
    if len(place.stories) == 1:
        raise Refusal("drop.last", edition=place.edition.id)
    revision = without_story(place.edition, place.stories, place.story.id)
    if _DRY.search(words) or not ask.signed:
        sure = button("drop.button", spoken, f"/drop {place.story.id}", signed=True)
        return reply(
            spoken,
            first("drop.sure", spoken, title=place.story.title, story=place.story.id),
            *_reach(ask, store, revision, spoken, trial=True),
            buttons=(sure, _back(place.story.id, spoken)),
        )
    after = min(place.story.order, len(revision.stories))
    return _done(ask, store, revision, f"drop {place.story.id}", revision.stories[after - 1].id)


async def move(ask: Ask, store: Store) -> Reply:
    """Put a story at another place of its edition: a number, "up" or "down"."""
    spoken = reply_language(ask, store)
    words = arguments(ask)
    name, _, to = _DRY.sub("", words).strip().partition(" ")
    if not name or not to:
        raise Refusal("move.usage")
    place = place_of(name, store)
    here = place.stories.index(place.story) + 1
    where = min(max(_where(to.strip(), here), 1), len(place.stories))
    if where == here:
        return reply(spoken, first("move.same", spoken, place=here), buttons=(_back(place.story.id, spoken),))
    revision = moved(place.edition, place.stories, place.story.id, where)
    dry = _DRY.search(words) is not None
    return _done(ask, store, revision, f"move {place.story.id} {here} to {where}", place.story.id, dry=dry)


def place_of(name: str, store: Store) -> Place:
    """The story of an id, in its edition. Raises Refusal."""
    story = store.library.story(name) or store.library.story(as_id(name)) if name else None
    edition = store.library.edition(story.edition) if story else None
    if story is None or edition is None:
        raise Refusal("correct.unknown", found=excerpt(name))
    return Place(story, edition, store.library.stories_of(edition.id))


def _where(word: str, here: int) -> int:
    steps = {"up": -1, "위로": -1, "上": -1, "上移": -1, "down": 1, "아래로": 1, "下": 1, "下移": 1}
    if word.lower() in steps:
        return here + steps[word.lower()]
    if not (word.isascii() and word.isdigit() and len(word) < 5):
        raise Refusal("move.usage")
    return int(word)


def _field(rest: str) -> tuple[str, str]:
    word, _, text = rest.strip().partition(" ")
    if "\n" in word:
        word, _, text = rest.strip().partition("\n")
    field = _FIELDS.get(word.lower())
    if field is None:
        raise Refusal("correct.bad_field", found=excerpt(word)) if word else Refusal("correct.usage")
    return field, text.strip()


# changes


def _bounded(text: str, field: str) -> str:
    if len(text) > LONGEST[field]:
        raise Refusal("correct.too_long", limit=LONGEST[field], given=len(text))
    return text


def _title(story: Story, text: str, store: Store) -> tuple[Story, str]:
    text = _bounded(" ".join(text.split()), "title")
    return read_again(
        replace(story, title=text), store.catalogue
    ), f"{excerpt(story.title)} → {excerpt(text)}"


def _body(story: Story, text: str, store: Store) -> tuple[Story, str]:
    text = _bounded(text, "body")
    return read_again(replace(story, body=text), store.catalogue), f"→ {excerpt(text)}"


def _summary(story: Story, text: str, _store: Store) -> tuple[Story, str]:
    """A dash alone gives the summary back to the program."""
    text = "" if text in {"-", "–", "—"} else _bounded(" ".join(text.split()), "summary")
    return replace(story, summary=text), f"→ {excerpt(text) or '-'}"


def _company(story: Story, text: str, store: Store) -> tuple[Story, str]:
    match = _COMPANY.fullmatch(text)
    if match is None:
        raise Refusal("correct.bad_company", found=excerpt(text))
    company = meant(match["name"].strip(), store.catalogue)
    if match["sign"] in "+＋":
        surface = match["name"].strip().removeprefix("id:")
        return by_hand.with_company(story, company.id, surface), f"+ {company.id}"
    if company.id not in story.companies:
        raise Refusal("correct.not_about", company=company.id, story=story.id)
    return by_hand.without_company(story, company.id), f"- {company.id}"


_CHANGES: dict[str, Callable[[Story, str, Store], tuple[Story, str]]] = {
    "title": _title,
    "body": _body,
    "summary": _summary,
    "company": _company,
}


# telling


def _shown(place: Place, field: str, store: Store, spoken: Language) -> Reply:
    """What a field says now, and how to change it; for companies with a button to strike each."""
    story = place.story
    back = _back(story.id, spoken)
    if field == "company":
        names = [(each, _name(each, store, spoken)) for each in story.companies]
        strike = tuple(
            button("correct.strike", spoken, f"/correct {story.id} company - id:{each}", name=name)
            for each, name in names
        )
        listed = Bullets(tuple(line(f"{name} ({each})") for each, name in names))
        blocks: list[Block] = [first("correct.companies", spoken, title=story.title)]
        blocks.append(listed if names else told("import.no_company", spoken))
        how = small("correct.how_company", spoken, story=story.id)
        return reply(spoken, *blocks, how, buttons=(*strike, back))
    text = {"title": story.title, "summary": lead(story), "body": story.body}[field]
    return reply(
        spoken,
        first(f"correct.now_{field}", spoken),
        Text(line(Run(text, code=field != "body"))),
        small("correct.how", spoken, command=f"/correct {story.id} {field}"),
        buttons=(back,),
    )


def _name(company: str, store: Store, spoken: Language) -> str:
    found = store.catalogue.get(company)
    return found.name(spoken) if found else company


def _done(ask: Ask, store: Store, revision: Revision, detail: str, story: str, *, dry: bool = False) -> Reply:
    """Write it down unless it is a trial, and say what will be edited."""
    spoken = reply_language(ask, store)
    if dry:
        told_reach = _reach(ask, store, revision, spoken, trial=True)
        return reply(spoken, first("correct.dry_run", spoken), *told_reach, buttons=(_back(story, spoken),))
    told_reach = _reach(ask, store, revision, spoken, trial=False)
    write(store, revision, now=ask.now)
    audit(ask, store, what="correct", detail=detail)
    return reply(
        spoken,
        first("correct.done", spoken),
        told("correct.what", spoken, detail=detail),
        *told_reach,
        buttons=(_back(story, spoken),),
        replace=ask.pressed,
    )


def _reach(ask: Ask, store: Store, revision: Revision, spoken: Language, *, trial: bool) -> tuple[Block, ...]:
    found = reach(store, revision, now=ask.now)
    if not found.chats:
        return (small("correct.nowhere", spoken),)
    if found.posts is None:
        return (told("correct.would_chats" if trial else "correct.will_chats", spoken, chats=found.chats),)
    key = "correct.would" if trial else "correct.will"
    return (told(key, spoken, posts=found.posts, chats=found.chats),)


def _back(story: str, spoken: Language) -> Button:
    return button("correct.review", spoken, f"/review {story}")
