"""The figure that a sentence gives for what was asked: of the right kind, and nearest to the thing asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.common_words import common
from handlers.concepts import concepts_in
from handlers.question import Question, periods_in, stem
from store.model import Figure, Mention, Story
from store.spelling import PARTICLES

_CLAUSE = ",，;；、()（）[]<>\"'“”‘’。:："


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence with what surrounds it, folded, and its span in title + "\\n" + body."""

    story: Story
    span: tuple[int, int]
    plain: str
    before: str
    start: int
    end: int


def asked_figure(question: Question, place: Place) -> tuple[Figure | None, float]:
    """The figure of the kind asked for that stands nearest to the thing asked, and how near: 0 to 1."""
    if not question.units:
        return None, 0.0
    fit = [
        figure
        for figure in place.story.figures
        if place.start <= figure.span[0] < place.end and figure.unit.partition("_per_")[0] in question.units
    ]
    head = question.head or next(reversed(question.concepts), "")
    anchors = [
        (start, end, _is_part(question, place, start))
        for name, start, end in concepts_in(place.plain)
        if name == head
    ]
    if not fit or (question.concepts and not anchors):
        return None, 0.0
    rated = [
        (max((_near(place, figure, *anchor) for anchor in anchors), default=0.3), -figure.span[0], figure)
        for figure in fit
    ]
    near, _, figure = max(rated, key=lambda each: each[:2])
    return figure, near


def _near(place: Place, figure: Figure, start: int, end: int, part: bool) -> float:
    at, until = figure.span[0] - place.start, figure.span[1] - place.start
    gap = at - end if at >= end else start - until + 4  # a figure follows what it is of, mostly
    near = 1 / (1 + max(0, gap) / 12)
    between = place.plain[end:at] if at >= end else place.plain[until:start]
    if any(mark in between for mark in ",，;；"):
        near *= 0.7
    return near * (0.4 if part else 1.0)


def _is_part(question: Question, place: Place, start: int) -> bool:
    """Whether the word before says that only a part is meant: 광고 매출, advertising revenue, 游戏收入."""
    ends = (figure.span[1] - place.start for figure in place.story.figures)
    ahead = place.plain[max(0, start - 24, *(end for end in ends if end <= start)) : start]
    if not ahead.strip() or ahead.rstrip()[-1] in _CLAUSE:
        return False
    clause = ahead.rstrip()
    for mark in _CLAUSE:
        clause = clause.rpartition(mark)[2]
    ahead_of_it = {name for name, _, _ in concepts_in(clause)}
    if ahead_of_it - {*question.concepts, "target", "market"}:
        return True
    if len(question.concepts) > 1:
        return ahead_of_it.isdisjoint(question.concepts)  # asked is the part, and this is the whole
    word = clause.split()[-1] if clause.split() else ""
    if _stands_alone(word, question) or periods_in(clause):
        return False
    return not _names_a_company(place, start - len(ahead), start)


def _stands_alone(word: str, question: Question) -> bool:
    """Whether what follows this word is not made a part by it: 인도에서 매출, 총 매출, the revenue."""
    bare = stem(word)
    if word in PARTICLES or (bare != word and not word.endswith("의")):
        return True
    if not bare or bare.isdecimal() or bare in question.words:
        return True
    return bare in common("whole") or bare in common("asking_en")


def _names_a_company(place: Place, start: int, end: int) -> bool:
    return bool(companies_within(place.story.mentions, place.start + max(0, start), place.start + end))


def companies_within(found: Sequence[Mention], start: int, end: int) -> set[str]:
    return {mention.company for mention in found if start <= mention.span[0] < end}
