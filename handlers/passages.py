"""The sentences of the store that answer a question, best first. Extracted, never written.

A sentence is weighed by what it shares with the question: the things asked (in any of the three
languages) and the plain words, in itself or, at less, in its title and the sentence before; by the
company it speaks of; and, where a figure is asked, by a figure of that kind beside the thing asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from handlers.asked_figure import Place, asked_figure, companies_within
from handlers.concepts import concepts, concepts_in
from handlers.highlight import folded
from handlers.question import AMOUNTS, Question, periods_in, stem
from handlers.sentences import sentences
from store.bundle import Store
from store.model import Figure, Story
from store.spelling import is_hangul

ENOUGH = 0.7
"""The share of what was asked that a sentence must hold. Two things asked of which one is missing
come to 0.67 or less, so that no answer speaks of another thing; tests/test_ask.py shows both sides.
"""
SHOWN = 3
_NEAR = 0.85  # of the best answer's score: what comes below is not shown
_CONTEXT = 0.6  # a thing asked that stands only in the title or the sentence before counts so much,
_AROUND = 0.8  # and so much a plain word that began it: the subject, which is not said again
_BEGINS = 0.45  # a word that only begins another one counts so much
_GRAMS = 0.6  # the share of a plain word's two-grams that makes it the same word
_LOOKUPS = 40  # searches for one question
_STORIES = 60  # stories of a company that are all read; of more, those that hold a word of the question
_SENTENCES = 400  # of one story


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence that answers. `span` is into the story's body; `figure` is the one asked for."""

    story: Story
    span: tuple[int, int]
    score: float
    figure: Figure | None = None

    @property
    def text(self) -> str:
        return self.story.body[slice(*self.span)]


def answers(question: Question, store: Store) -> tuple[Passage, ...]:
    """At most three passages, each of another story, best first, newest first; () = not in the store."""
    family = _family(question, store)
    best: dict[str, Passage] = {}
    newest = sorted(
        candidates(question, family, store), key=lambda each: (each.edition, -each.order), reverse=True
    )
    for story in newest:
        if not _may_answer(question, story):
            continue
        for place in _places(story):
            found = _weigh(question, place, family)
            if found and (story.id not in best or found.score > best[story.id].score):
                best[story.id] = found
    ranked = sorted(best.values(), key=lambda each: -each.score)  # stable: equals stay newest first
    return tuple(each for each in ranked[:SHOWN] if each.score >= _NEAR * ranked[0].score)


def _may_answer(question: Question, story: Story) -> bool:
    """Whether enough of the question stands anywhere in a story: the quick look before the close one."""
    whole = folded(f"{story.title}\n{story.body}")
    held = [any(word in whole for word in concepts()[name].words) for name in question.concepts]
    plain = [bool(_share(word, whole)) for word in question.words]
    return 2 * sum(held) + sum(plain) >= ENOUGH * (2 * len(held) + len(plain))


def candidates(question: Question, family: Sequence[str], store: Store) -> list[Story]:
    """The stories worth reading for a question; bounded, whatever the store holds."""
    found: dict[str, Story] = {}
    if family:
        listed = store.library.search("", companies=family, limit=_STORIES)
        found.update((hit.story.id, hit.story) for hit in listed.hits)
        if listed.total <= _STORIES:
            return list(found.values())
    for number, words in enumerate(_queries(question)):
        if number >= _LOOKUPS:
            break
        hits = store.library.search(words, companies=family, limit=20).hits
        found.update((hit.story.id, hit.story) for hit in hits)
    return list(found.values())


def _queries(question: Question) -> Iterable[str]:
    """What to search for, the narrowest first: plain words and a spelling of what is asked together."""
    spelled = [concepts()[name].words for name in question.concepts]
    plain = " ".join(question.words)
    together = [f"{plain} {word}".strip() for words in spelled for word in words]
    pairs = [f"{one} {other}" for one, other in zip(*spelled[:2], strict=False)] if len(spelled) > 1 else []
    return dict.fromkeys(filter(None, chain([plain], pairs, together, question.words)))


def _family(question: Question, store: Store) -> tuple[str, ...]:
    known = (store.catalogue.family(company) or (company,) for company in question.companies)
    return tuple(dict.fromkeys(chain.from_iterable(known)))


def _places(story: Story) -> Iterable[Place]:
    offset = len(story.title) + 1
    before = ""
    for span in sentences(story.body)[:_SENTENCES]:
        plain = folded(story.body[slice(*span)])
        yield Place(story, span, plain, before, span[0] + offset, span[1] + offset)
        before = plain


def _weigh(question: Question, place: Place, family: Sequence[str]) -> Passage | None:
    """The passage that a sentence makes, None when it does not answer."""
    here, context = _named(place.plain), _named(f"{folded(place.story.title)} {place.before}")
    if not _in_time(question, place):
        return None
    held = [1.0 if name in here else _CONTEXT if name in context else 0.0 for name in question.concepts]
    plain = [_word_held(word, place, strict=bool(question.units)) for word in question.words]
    covered = _covered(question, held, plain)
    if covered < ENOUGH:
        return None
    spoken = _spoken_of(question, place, family)
    if spoken < 0.5:
        return None
    figure, nearness = asked_figure(question, place)
    if figure is None and question.units and (question.must or question.head in AMOUNTS):
        return None
    score = covered + 0.4 * spoken + 0.4 * nearness
    return Passage(place.story, place.span, round(score, 4), figure)


def _named(plain: str) -> set[str]:
    return {name for name, _, _ in concepts_in(plain)}


def _covered(question: Question, held: list[float], plain: list[float]) -> float:
    """What share of the question is there: a thing asked counts twice a plain word.

    Without a company, the plain words are what the question is about: most must be there.
    """
    whole = 2 * len(held) + len(plain)
    if not whole or not any(share == 1.0 for share in chain(held, plain)):
        return 0.0
    least = 0.5 if question.companies else 0.75
    if plain and sum(plain) / len(plain) < least:
        return 0.0
    return (2 * sum(held) + sum(plain)) / whole


def _word_held(word: str, place: Place, *, strict: bool) -> float:
    """How much a sentence holds a plain word. For a figure it must be the word itself (`strict`)."""
    share = _share(word, place.plain)
    if strict and share == 1.0:
        return _as_a_word(word, place.plain)
    if share >= _GRAMS:
        return share
    if re.match(rf"\W*{re.escape(word)}(?:[은는이가]|[^가-힣]|$)", place.before):
        return _AROUND
    around = _share(word, f"{folded(place.story.title)} {place.before}")
    return _CONTEXT * around if around >= _GRAMS else 0.0


def _share(word: str, plain: str) -> float:
    """How much of a word a text holds: Latin whole, others by their pairs of characters."""
    if word in plain:
        return 1.0
    if word.isascii() or len(word) < 3:
        return 0.0
    pairs = [word[at : at + 2] for at in range(len(word) - 1)]
    return sum(pair in plain for pair in pairs) / len(pairs)


def _as_a_word(word: str, plain: str) -> float:
    """1 where it stands for itself, less where it only begins another Korean word: 서울 in 서울경제."""
    if not is_hangul(word[0]):
        return 1.0
    runs = re.findall(rf"{re.escape(word)}[가-힣]*", plain)
    return 1.0 if any(len(stem(run)) - len(word) < 2 for run in runs) else _BEGINS


def _in_time(question: Question, place: Place) -> bool:
    """Whether every period asked for is the sentence's, or its surroundings'; a year may be its story's."""
    if not question.periods:
        return True
    own = periods_in(place.plain)
    around = periods_in(f"{folded(place.story.title)} {place.before}")
    week = {place.story.edition[:4]} | ({str(place.story.published.year)} if place.story.published else set())
    quarters = [period for period in own if period[0] == "Q"]
    for period in question.periods:
        if period in own:
            continue
        if period[0] == "Q" and quarters:
            return False  # it speaks of another quarter
        if period not in around and period not in week:
            return False
    return True


def _spoken_of(question: Question, place: Place, family: Sequence[str]) -> float:
    """How surely the sentence speaks of the company asked for: 1 it names it, 0 it names others."""
    if not question.companies:
        return 1.0
    story = place.story
    named = companies_within(story.mentions, place.start, place.end)
    if named & set(question.companies):
        return 1.0
    if named & set(family):
        return 0.8
    if named:
        return 0.2
    earlier = [mention for mention in story.mentions if mention.span[0] < place.start]
    if not earlier:
        return 0.0
    last = max(earlier, key=lambda mention: mention.span)
    if last.company in question.companies:
        return 0.9
    title = companies_within(story.mentions, 0, len(story.title) + 1)
    return 0.6 if title & set(question.companies) or last.company in family else 0.3
