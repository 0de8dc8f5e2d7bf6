"""Why a story stands where it stands, and why its reports are taken for one story, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from handlers.amounts import spell
from handlers.cards import written_in
from handlers.chat_settings import button, reply
from handlers.lookup import first, small, told
from handlers.message import Ask, Block, Bullets, Line, Reply, line, link
from handlers.newsroom.edition import placement_from
from handlers.newsroom.events import place_name
from handlers.newsroom.ranking import Reason
from handlers.newsroom.understanding import outlet_of
from handlers.words import say
from store.bundle import Store
from store.catalogue import Catalogue
from store.feeds import Entry
from store.model import Language, Story
from store.newsroom import Membership, Votes

_FIGURE = re.compile(r"(?P<value>-?\d+(?:\.\d+)?) (?P<unit>[A-Za-z_]+)")
_TOGETHER = 4  # reasons told of one report


def why_story(story: Story, ask: Ask, store: Store, spoken: Language) -> Reply:
    """Its rank with the reasons, who reported it, and why these are one story."""
    read = button("why.read_story_button", spoken, f"/story {story.id}")
    body = store.ledger.placement(story.id)
    if body is None:
        return reply(spoken, first("newsroom.why_imported", spoken, story=story.id), buttons=(read,))
    placed = placement_from(body)
    votes = store.ledger.votes([story.id]).get(story.id, Votes())
    members = store.ledger.memberships([placed.story])
    blocks: list[Block] = [
        first("newsroom.why_rank", spoken, title=story.title, rank=placed.rank, points=f"{placed.score:.1f}"),
        Bullets(tuple(line(text) for text in reason_texts(placed.reasons, store.catalogue, spoken))),
        told("newsroom.why_members", spoken, count=len(members)),
        Bullets(tuple(member_lines(members, store, spoken))),
    ]
    if votes.up or votes.down:
        blocks.append(small("vote.counts", spoken, up=votes.up, down=votes.down))
    return reply(spoken, *blocks, buttons=(read,), replace=ask.pressed)


def reason_texts(reasons: Sequence[Reason], catalogue: Catalogue, spoken: Language) -> Iterator[str]:
    """Each reason with its points, "+2.0 매체 3곳이 다뤘습니다"."""
    for reason in reasons:
        yield f"{reason.points:+.1f} {_reason(reason, catalogue, spoken)}"


def _reason(reason: Reason, catalogue: Catalogue, spoken: Language) -> str:
    if reason.kind.startswith("event_"):
        event = say(f"newsroom.event.{reason.kind.removeprefix('event_')}", spoken)
        return say("newsroom.reason.event", spoken, event=event)
    what: object = reason.what
    if reason.kind in {"outlets", "languages"}:
        return say(f"newsroom.reason.{reason.kind}", spoken, count=int(reason.what))
    if reason.kind == "figure" and (figure := _FIGURE.fullmatch(reason.what)):
        what = spell(Decimal(figure["value"]), figure["unit"], spoken)
    elif (company := catalogue.get(reason.what)) is not None:
        what = company.name(spoken)
    return say(f"newsroom.reason.{reason.kind}", spoken, what=what)


def member_lines(members: Sequence[Membership], store: Store, spoken: Language) -> Iterator[Line]:
    """A line for each report: outlet, title, language, and what ties it to the story."""
    for member in members:
        entry = store.feeds.entry(member.entry) if store.feeds is not None else None
        if entry is None:
            yield line(say("newsroom.why_gone", spoken))
            continue
        yield line(
            link(outlet_of(entry), entry.url),
            f" · {entry.title}{_language(entry, spoken)}",
            _tie(member, store, spoken),
        )


def _language(entry: Entry, spoken: Language) -> str:
    if entry.language in ("ko", "en", "zh") and entry.language != spoken:
        return f" · {written_in(entry.language, spoken)}"  # type: ignore[arg-type]
    return ""


def _tie(member: Membership, store: Store, spoken: Language) -> str:
    if not member.why:
        return "" if member.entry != member.story else "\n" + say("newsroom.why_first", spoken)
    texts = dict.fromkeys(text for why in member.why if (text := _together(why, store.catalogue, spoken)))
    return "\n" + say("newsroom.why_together", spoken, reasons=" · ".join(list(texts)[:_TOGETHER]))


def _together(why: str, catalogue: Catalogue, spoken: Language) -> str:
    """One piece of evidence in words; "" for what spoke against it."""
    kind, _, what = why.partition(":")
    match kind:
        case "company":
            company = catalogue.get(what)
            return company.name(spoken) if company else what
        case "figure":
            value, _, unit = what.partition(" ")
            named = {"%": "percent", "n": "count"}.get(unit, unit)
            return spell(Decimal(value), named, spoken)
        case "event" | "headline":
            return say(f"newsroom.event.{what.replace('-', '_')}", spoken)
        case "place":
            return place_name(what, spoken)
        case "name":
            return what
        case "title" | "words":
            return say(f"newsroom.together.{kind}", spoken, share=what)
        case "time" | "page":
            return say(f"newsroom.together.{kind}", spoken)
    return ""
