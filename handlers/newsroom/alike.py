"""Whether two entries tell one story, and why. Pure: decided from their signs alone.

Within a language the words decide most; across languages companies, figures, kinds of events, places
and names do. Every piece of evidence adds or takes away, and is kept as a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from handlers.newsroom.signs import Key, Signs

ENOUGH = 2.0
"""The evidence from which two entries tell one story. Chosen on tests/data/newsroom/tuned.jsonl."""

FARTHEST = timedelta(days=4)
"""Entries farther apart in time tell different stories: what comes later is a follow-up."""

Weigh = Callable[[str], float]
"""How much sharing a company says, 0.4 to 1: less, the more entries name it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`score` is the sum of the evidence, minus infinity where something rules it out; `why` are
    reasons for and against as "kind:what", the heaviest first.
    """

    score: float
    why: tuple[str, ...]

    @property
    def same(self) -> bool:
        return self.score >= ENOUGH


_Evidence = tuple[float, str]
_NEVER, _CERTAIN = float("-inf"), 10.0


def alike(one: Signs, other: Signs, weigh: Weigh = lambda _company: 1.0) -> Verdict:
    """What speaks for and against two entries telling one story; the same either way round."""
    if one.page and one.page == other.page:
        return Verdict(_CERTAIN, ("page:same",))
    if reason := _ruled_out(one, other):
        return Verdict(_NEVER, (reason,))
    evidence = [
        *_companies(one, other, weigh),
        *_figures(one.figures, other.figures),
        *_shared_names(one, other),
        *_kinds(one, other),
        *_words(one, other),
        *_time(one, other),
    ]
    evidence.sort(key=lambda each: -abs(each[0]))
    return Verdict(round(sum(weight for weight, _ in evidence), 6), tuple(reason for _, reason in evidence))


def _ruled_out(one: Signs, other: Signs) -> str:
    if abs(one.at - other.at) > FARTHEST:
        return "apart:days"
    if one.many or other.many:
        return "apart:roundup"
    mine, theirs = one.subject_houses, other.subject_houses
    if mine and theirs and mine.isdisjoint(theirs):
        crossed = _touch(mine, other) or _touch(theirs, one)
        return "" if crossed else "apart:companies"
    return ""


def _touch(houses: frozenset[str], other: Signs) -> bool:
    """Whether the other names one of them, for sure or perhaps."""
    return not (houses.isdisjoint(other.named) and houses.isdisjoint(other.perhaps))


def _companies(one: Signs, other: Signs, weigh: Weigh) -> Iterator[_Evidence]:
    both = one.subjects & other.subjects
    if both:
        best = max(both, key=lambda company: (weigh(company), company))
        yield 1.0 * weigh(best), f"company:{best}"
        return
    named = (one.named | one.perhaps) & (other.named | other.perhaps) & (one.named | other.named)
    if named:
        best = max(named, key=lambda company: (weigh(company), company))
        yield 0.6 * weigh(best), f"company:{best}"
        return
    family = one.named_houses & other.named_houses
    if family:
        yield 0.4, f"company:{min(family)}"
    elif one.named and other.named:
        yield -0.8, "apart:companies"


def _figures(one: Mapping[Key, float], other: Mapping[Key, float]) -> Iterator[_Evidence]:
    shared = sorted(one.keys() & other.keys(), key=lambda key: (-one[key], key))
    room = 2.4
    for key in shared:
        weight = min(room, one[key], other[key])
        room -= weight
        if weight > 0:
            yield weight, f"figure:{key[1]:f} {key[0]}"
    kinds = {key[0] for key in one} & {key[0] for key in other}
    if not shared and kinds - {"n"}:
        yield -0.8, f"apart:figures {min(kinds - {'n'})}"


def _shared_names(one: Signs, other: Signs) -> Iterator[_Evidence]:
    for place in sorted(one.places & other.places)[:2]:
        yield 0.4, f"place:{place}"
    if one.places and other.places and not one.places & other.places:
        yield -0.4, "apart:places"
    if one.language != other.language:
        for word in sorted(one.latin & other.latin)[:2]:
            yield 0.5, f"name:{word}"


def _kinds(one: Signs, other: Signs) -> Iterator[_Evidence]:
    shared = sorted(one.events & other.events)
    for kind in shared[:2]:
        yield 0.6, f"event:{kind}"
    if one.title_events & other.title_events:
        yield 0.3, f"headline:{min(one.title_events & other.title_events)}"
    if one.events and other.events and not shared:
        yield -0.5, "apart:events"
    if ("response" in one.title_events) != ("response" in other.title_events):
        yield -2.5, "apart:response"


def _words(one: Signs, other: Signs) -> Iterator[_Evidence]:
    if one.language != other.language:
        return
    title = _share(one.title, other.title)
    text = _share(one.text, other.text)
    if not (one.named or other.named) and not _opens(one, other) and not _opens(other, one):
        yield -2.0, "apart:opening"
    if title >= 0.25:
        yield 1.4 * title, f"title:{round(100 * title)}"
    if text >= 0.2:
        yield 2.0 * text, f"words:{round(100 * text)}"


def _opens(one: Signs, other: Signs) -> bool:
    """Whether what one title begins with stands in the other's text."""
    return one.opening in other.folded


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    """How much of the shorter stands in the longer."""
    least = min(len(one), len(other))
    return len(one & other) / least if least else 0.0


def _time(one: Signs, other: Signs) -> Iterator[_Evidence]:
    days = abs(one.at - other.at) / timedelta(days=1)
    if days > 1:
        yield -0.7 * (days - 1), f"apart:days {days:.1f}"
    elif days <= 0.25:
        yield 0.2, "time:same hours"
