"""What the stories are about: the sectors of their companies, and terms that stand in several of them.

Derived from the newest stories alone; no list of topics is kept. A term is a Korean noun (seen with a
noun's particle), a Chinese run of two to six characters, or a Latin word, that is no company, no
common word, in at least two stories and in at most three of ten. Kept until the library changes.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from typing import Literal
from weakref import WeakKeyDictionary

from handlers.common_words import COMMON_ZH, VERBAL, common
from handlers.highlight import folded
from handlers.question import stem
from handlers.words import say, texts
from store.bundle import Store
from store.catalogue import Catalogue
from store.library import Library
from store.model import LANGUAGES, Language, Story
from store.spelling import is_hangul, squash

WINDOW = 300
"""The newest stories that topics are derived from."""
_READ = 1200  # characters of a story
_READ_HANZI = 500
_LEAST = 2
_MOST = 0.3  # a term in more of the stories says nothing of any
_FEW = 3  # stories: so many are no "most" yet
_TERMS = 60

_RUN = re.compile(r"[가-힣]{2,12}|[A-Za-z][A-Za-z0-9+-]{1,24}|[\u3400-\u9fff]{2,}")
_VERB = re.compile("(?:ed|ing|ly|ends|izes)$")
_MARKS = ("을", "를", "의", "이", "가", "은", "는", "과", "와")  # 으로 and 에 stand after adverbs, too


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: `key` is a sector of the catalogue ("bike sharing") or the term itself. `count` is of
    the stories read for it.
    """

    kind: Literal["sector", "term"]
    key: str
    count: int

    def name(self, language: Language) -> str:
        return sector_name(self.key, language) if self.kind == "sector" else self.key

    @property
    def command(self) -> str:
        return f"/topic {'sector:' if self.kind == 'sector' else ''}{self.key}"


_kept: WeakKeyDictionary[Library, tuple[str, tuple[Topic, ...]]] = WeakKeyDictionary()


def topics(store: Store) -> tuple[Topic, ...]:
    """Sectors by their number of stories, then terms by how frequent and how distinctive they are."""
    state = store.library.state()
    kept = _kept.get(store.library)
    if kept is None or kept[0] != state:
        stories = newest_stories(store.library)
        sectors = _sectors(stories, store.catalogue)
        known = {squash(topic.name(language)) for topic in sectors for language in LANGUAGES}
        terms = [topic for topic in _terms(stories, store.catalogue) if squash(topic.key) not in known]
        kept = _kept[store.library] = state, (*sectors, *terms)
    return kept[1]


def newest_stories(library: Library, limit: int = WINDOW) -> list[Story]:
    """The stories of the newest editions; of a library without editions, some."""
    found: list[Story] = []
    offset = 0
    while len(found) < limit and (batch := library.editions(offset=offset, limit=20)):
        for edition in batch:
            found += library.stories_of(edition.id)
        offset += len(batch)
    return found[:limit] or list(islice(library.all_stories(), limit))


def sector_name(sector: str, language: Language) -> str:
    """A sector for a reader; as the catalogue has it where we have no word for it."""
    key = f"sector.{_slug(sector)}"
    return say(key, language) if key in texts(language) else sector


def sector_of(name: str, catalogue: Catalogue) -> str | None:
    """The sector that a person means, by its name in any language; None when it is none."""
    wanted = squash(name)
    for sector in _by_sector(catalogue):
        if wanted in (squash(sector), *(squash(sector_name(sector, language)) for language in LANGUAGES)):
            return sector
    return None


def companies_in(sector: str, catalogue: Catalogue) -> tuple[str, ...]:
    """Ids of the companies of a sector."""
    return _by_sector(catalogue).get(sector, ())


def near_topics(name: str, known: Sequence[Topic], language: Language, limit: int = 5) -> list[Topic]:
    """Topics that share a pair of characters with a name, else the first."""
    plain = folded(name)
    pairs = {plain[at : at + 2] for at in range(len(plain) - 1)}
    close = [topic for topic in known if any(pair in folded(topic.name(language)) for pair in pairs)]
    return (close or list(known))[:limit]


def _sectors(stories: Sequence[Story], catalogue: Catalogue) -> list[Topic]:
    counts: Counter[str] = Counter()
    for story in stories:
        known = (catalogue.get(company) for company in story.companies)
        counts.update({company.sector for company in known if company and company.sector})
    found = [Topic("sector", sector, count) for sector, count in counts.items() if count >= _LEAST]
    return sorted(found, key=lambda topic: (-topic.count, topic.key))


def _terms(stories: Sequence[Story], catalogue: Catalogue) -> list[Topic]:
    """The terms with the greatest score, none of them a part of another that is as frequent."""
    counts: Counter[str] = Counter()
    nouns: set[str] = set()
    for story in stories:
        found, marked = story_terms(_without_companies(story))
        counts.update(found)
        nouns |= marked
    most = max(_FEW, _MOST * len(stories))
    names = _names(catalogue)
    likely = {
        term: count
        for term, count in counts.items()
        if _LEAST <= count <= most and _is_noun(term, nouns) and squash(term) not in names
    }
    ranked = sorted(likely, key=lambda term: (-_score(term, likely[term], len(stories)), term))
    shown = [term for term in ranked[: 4 * _TERMS] if not _is_part(term, likely, ranked[: 4 * _TERMS])]
    return [Topic("term", term, likely[term]) for term in shown[:_TERMS]]


def _is_noun(term: str, nouns: set[str]) -> bool:
    """Not Korean, or seen with a noun's particle, or long: compounds often stand bare before another noun."""
    return not is_hangul(term[0]) or term in nouns or len(term) >= 4


def _score(term: str, count: int, stories: int) -> float:
    """Frequent and distinctive: the count times the surprise of it; longer terms say more."""
    return count * math.log(1 + stories / count) * (1 + 0.15 * min(4, len(term) - 2))


def _is_part(term: str, counts: Mapping[str, int], others: Sequence[str]) -> bool:
    return any(
        len(other) > len(term) and term in other and counts[other] >= 0.6 * counts[term] for other in others
    )


def _without_companies(story: Story) -> str:
    """Title and body, with the names of companies blanked out and only so long as is read."""
    text = f"{story.title}\n{story.body}"[:_READ]
    pieces, at = [], 0
    for mention in sorted(story.mentions, key=lambda each: each.span):
        start, end = mention.span
        if at <= start < len(text):
            pieces += [text[at:start], " "]
            at = end
    return "".join([*pieces, text[at:]])


@lru_cache(maxsize=2 * WINDOW)
def story_terms(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The terms of a text, and of the Korean ones those that a particle shows to be nouns."""
    found: set[str] = set()
    nouns: set[str] = set()
    for match in _RUN.finditer(text):
        run = match[0]
        if is_hangul(run[0]):
            word = stem(run)
            if _is_korean_term(word):
                found.add(word)
                if run != word and run.removeprefix(word) in _MARKS:
                    nouns.add(word)
        elif run.isascii():
            found.update(_latin(run))
        elif match.start() < _READ_HANZI:
            found.update(_hanzi(run[:40]))
    return frozenset(found), frozenset(nouns)


def _is_korean_term(word: str) -> bool:
    return 2 <= len(word) <= 6 and word not in common("common_ko") and not VERBAL.search(word)


def _latin(word: str) -> Iterator[str]:
    """AI and O2O as they are, other words in small letters, common ones not at all."""
    if word.isupper() and len(word) >= 2:
        if word.lower() not in common("common_en") or word == "IT":
            yield word
    elif len(word) >= 4 and not _VERB.search(word) and word.lower().rstrip("-+") not in common("common_en"):
        yield word.lower()


def _hanzi(run: str) -> Iterator[str]:
    for size in range(2, 7):
        for at in range(len(run) - size + 1):
            gram = run[at : at + size]
            if gram not in common("common_zh") and not COMMON_ZH.search(gram):
                yield gram


@cache
def _names(catalogue: Catalogue) -> frozenset[str]:
    """Every spelling of every company, squashed."""
    return frozenset(
        squash(name) for company in catalogue.companies.values() for name in catalogue.names(company)
    )


@cache
def _by_sector(catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for company in catalogue.companies.values():
        if company.sector:
            found[company.sector] = (*found.get(company.sector, ()), company.id)
    return found


def _slug(sector: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", sector.lower())
