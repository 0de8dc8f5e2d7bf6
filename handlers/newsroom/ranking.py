"""Ranking: which stories a week's edition needs most, and why. Pure.

A story's worth is a sum of reasons, each kept with its points: how many outlets and languages told it,
what figures it has, what happened, whether chats follow its companies, whether these are new to the
readers, and what readers thought of the last stories about them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from handlers.currencies import MONEY
from handlers.newsroom.coverage import Coverage
from handlers.newsroom.events import events_in
from handlers.newsroom.signs import family
from store.catalogue import Catalogue
from store.newsroom import Votes

_WEIGHTY = frozenset(
    {"listing", "takeover", "fine", "recall", "ban", "lawsuit", "probe", "results", "release", "factory",
     "breach", "outage", "winding-up", "permit", "layoff", "buyback", "spinoff", "hack"}
)  # fmt: skip
_MANY = 3  # companies of so many houses in one text: a round-up
_SHORT = 60  # characters; a text without so many says little


@dataclass(frozen=True, slots=True)
class Interest:
    """What this bot's readers care about: the share of chats that follow a company, how often it was
    in the last editions, and the votes on stories about it. All by company id.
    """

    follows: Mapping[str, float] = field(default_factory=dict)
    lately: Mapping[str, int] = field(default_factory=dict)
    votes: Mapping[str, Votes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reason:
    """Points for a story: `kind` is a words key under "newsroom.reason", `what` its number or name; of a
    figure its value and unit ("2380000000 USD"), or as it is printed where it has none.
    """

    kind: str
    points: float
    what: str = ""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A story with its points and reasons, those that count most first."""

    coverage: Coverage
    score: float
    reasons: tuple[Reason, ...]


def ranked(
    stories: Sequence[Coverage], interest: Interest, catalogue: Catalogue, *, now: datetime
) -> tuple[Ranked, ...]:
    """The stories, those that readers need most first; of equals the newer one."""
    return in_order(weighed(story, interest, catalogue, now) for story in stories)


def in_order(found: Iterable[Ranked]) -> tuple[Ranked, ...]:
    """Those with most points first; of equals the newer one."""
    return tuple(
        sorted(
            found, key=lambda each: (-each.score, -each.coverage.newest.timestamp(), int(each.coverage.id))
        )
    )


def weighed(story: Coverage, interest: Interest, catalogue: Catalogue, now: datetime) -> Ranked:
    """A story with its points and the reasons for them."""
    reasons = [
        *_reported(story),
        *_said(story, catalogue),
        *_readers(story, interest, catalogue),
        *_fresh(story, now),
    ]
    reasons = [reason for reason in reasons if abs(reason.points) >= 0.05]
    reasons.sort(key=lambda reason: -abs(reason.points))
    return Ranked(story, round(sum(reason.points for reason in reasons), 6), tuple(reasons))


def _reported(story: Coverage) -> Iterator[Reason]:
    count = len(story.outlets)
    if count > 1:
        yield Reason("outlets", min(4.0, 2.0 * math.log2(count)), str(count))
    if len(story.languages) > 1:
        yield Reason("languages", 0.3 * (len(story.languages) - 1), str(len(story.languages)))


def _said(story: Coverage, catalogue: Catalogue) -> Iterator[Reason]:
    """What the story itself holds: figures, a weighty event, a company that is known."""
    if story.figures:
        best = story.figures[0]
        said = best.raw if best.value is None or best.value_high else f"{best.value:f} {best.unit}"
        yield Reason("figure", 0.7 if best.unit in MONEY else 0.4, said)
    first = story.entries[0]
    titles = "\n".join(entry.title for entry in story.entries)
    kinds = sorted(events_in(titles) & _WEIGHTY) or sorted(events_in(first.text) & _WEIGHTY)
    if kinds:
        yield Reason(f"event_{kinds[0].replace('-', '_')}", 0.6)
    if not story.companies:
        yield Reason("no_company", -1.0)
    if len({family(company, catalogue) for company in _firms(story, catalogue)}) > _MANY:
        yield Reason("roundup", -2.0)
    if max(len(entry.text) for entry in story.entries) < _SHORT and first.language == "en":
        yield Reason("short", -0.4)


def _firms(story: Coverage, catalogue: Catalogue) -> Iterator[str]:
    first = story.entries[0]
    for company in dict.fromkeys(m.company for m in first.mentions):
        known = catalogue.get(company)
        if known is not None and known.kind not in {"agency", "group"}:
            yield company


def _readers(story: Coverage, interest: Interest, catalogue: Catalogue) -> Iterator[Reason]:
    mine = story.companies[:4]
    followed = max(mine, key=lambda company: interest.follows.get(company, 0.0), default="")
    if share := interest.follows.get(followed, 0.0):
        yield Reason("followed", min(1.5, 0.4 + 2.5 * share), followed)
    known = [company for company in mine if catalogue.get(company)]
    if known and interest.lately and not any(interest.lately.get(company) for company in known):
        yield Reason("new_company", 0.4, known[0])
    for company in known[:1]:
        votes = interest.votes.get(company, Votes())
        if votes.up or votes.down:
            liked = (votes.up - votes.down) / (votes.up + votes.down + 4)  # few votes say little
            yield Reason("liked" if liked > 0 else "disliked", 0.8 * liked, company)


def _fresh(story: Coverage, now: datetime) -> Iterator[Reason]:
    days = max(0.0, (now - story.newest) / timedelta(days=1))
    yield Reason("fresh", 0.2 * max(0.0, 1 - days / 7))
