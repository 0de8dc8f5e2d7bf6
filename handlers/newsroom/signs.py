"""What an entry says of its event, in a form that entries in other words and languages share.

Companies by id, figures in base units, kinds of events, places, and the words themselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal

from handlers.aliases import fold, hits
from handlers.common_words import common
from handlers.currencies import MONEY
from handlers.newsroom.events import events_in, places_in
from handlers.newsroom.understanding import page_of
from handlers.sentences import sentences
from store.catalogue import Catalogue
from store.feeds import Entry
from store.model import Figure

Key = tuple[str, Decimal]
"""A figure to compare: (currency, "%" or "n"; value to three digits, a share as printed)."""

_READ = 1500  # characters of a text that are compared
_MANY = 3  # companies of three houses in one headline: no story of any
_THREE = Context(prec=3)
_BARE = re.compile(
    r"(?<![\d.,A-Za-z-])\d{1,3}(?:,\d{3})+(?![\d.,]*\d)|(?<![\d.,A-Za-z-])\d{3,9}(?![\d.,]*\d)"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[.-][A-Za-z0-9]+)*")
_WORD = re.compile(r"[a-z0-9]+|[가-힣]+|[\u3400-\u9fff]+")
_NOT_SUBJECTS = frozenset({"agency", "group"})  # who acts on a company, or stands for several


@dataclass(frozen=True, slots=True)
class Signs:
    """`subjects` are the companies an entry is about (its title's, else its first sentence's),
    `named` all it names for sure, `perhaps` those that only a risky spelling names. `figures` map
    to how much sharing one says. `latin` are unusual Latin words, `title` and `text` pieces of all
    words (see pieces). `opening` is what the title begins with, mostly who acts; `folded` the text
    to look for it in. `subject_houses` and `named_houses` are those companies with the houses that they
    belong to in the end (WeChat is Tencent's). `many` = a round-up of several companies' news.
    `page` names where it stands (see page_of), "" = nowhere.
    """

    entry: str
    page: str
    language: str
    at: datetime
    subjects: frozenset[str]
    named: frozenset[str]
    perhaps: frozenset[str]
    figures: dict[Key, float]
    events: frozenset[str]
    title_events: frozenset[str]
    places: frozenset[str]
    latin: frozenset[str]
    opening: str
    title: frozenset[str]
    text: frozenset[str]
    folded: str
    many: bool
    subject_houses: frozenset[str]
    named_houses: frozenset[str]


def signs_of(entry: Entry, catalogue: Catalogue) -> Signs:
    """The signs of an entry that was understood (with its mentions and figures)."""
    text = f"{entry.title}\n{entry.text}"[:_READ]
    named = frozenset(m.company for m in entry.mentions)
    perhaps = frozenset(
        company for hit in hits(text, catalogue) for company in hit.alias.companies if company not in named
    )
    subjects = _subjects(entry, catalogue)
    surfaces = {m.surface.lower() for m in entry.mentions}
    return Signs(
        entry=entry.id,
        page=page_of(entry.canonical_url or entry.url),
        language=entry.language,
        at=entry.published or entry.seen_at,
        subjects=subjects,
        named=named,
        perhaps=perhaps,
        figures=_figure_keys(entry.figures, text),
        events=events_in(text),
        title_events=events_in(entry.title),
        places=places_in(text),
        latin=frozenset(_unusual(text) - surfaces),
        opening=_opening(entry.title),
        title=pieces(entry.title),
        text=pieces(text),
        folded=fold(text),
        many=len({family(company, catalogue) for company in subjects}) >= _MANY,
        subject_houses=_with_houses(subjects, catalogue),
        named_houses=_with_houses(named, catalogue),
    )


def _with_houses(companies: frozenset[str], catalogue: Catalogue) -> frozenset[str]:
    return companies | {family(company, catalogue) for company in companies}


def family(company: str, catalogue: Catalogue) -> str:
    """The company that this one belongs to in the end; itself where it belongs to none."""
    seen = {company}
    while (known := catalogue.get(company)) is not None and known.parent and known.parent not in seen:
        company = known.parent
        seen.add(company)
    return company


def _opening(title: str) -> str:
    """The first word of a title, or its first four Hanzi, folded."""
    match = _WORD.search(fold(title))
    return match[0][:4] if match else ""


def pieces(text: str) -> frozenset[str]:
    """Latin words and numbers whole, Hangul and Hanzi as pairs of characters."""
    found: set[str] = set()
    for word in _WORD.findall(fold(text)):
        if word.isascii():
            found.add(word)
        else:
            found.update(word[at : at + 2] for at in range(max(1, len(word) - 1)))
    return frozenset(found - common("common_en"))


def _subjects(entry: Entry, catalogue: Catalogue) -> frozenset[str]:
    """The companies of the title; of the first sentence where the title names none."""
    spans = sentences(entry.text)
    lead_end = len(entry.title) + 1 + (spans[0][1] if spans else 0)
    for end in (len(entry.title), lead_end):
        found = frozenset(
            m.company
            for m in entry.mentions
            if m.span[0] < end and (known := catalogue.get(m.company)) and known.kind not in _NOT_SUBJECTS
        )
        if found:
            return found
    return frozenset()


def _figure_keys(found: tuple[Figure, ...], text: str) -> dict[Key, float]:
    keys: dict[Key, float] = {}
    for figure in found:
        amounts = [(figure.value, figure.unit)]
        if figure.pair is not None:
            amounts.append((figure.pair.value, figure.pair.unit))
        for value, unit in amounts:
            if value is not None and value.is_finite() and figure.span[0] < _READ:
                key, weight = _weighed(value, unit)
                keys[key] = max(weight, keys.get(key, 0.0))
    taken = {at for figure in found for at in range(*figure.span)}
    for match in _BARE.finditer(text):  # "30,000th": a number without a unit
        if _YEAR.fullmatch(match[0]) is None and match.start() not in taken:
            key, weight = _weighed(Decimal(match[0].replace(",", "")), "n")
            keys.setdefault(key, weight)
    return {key: weight for key, weight in keys.items() if weight}


def _weighed(value: Decimal, unit: str) -> tuple[Key, float]:
    """How rarely two texts share such a figure by chance: long and large ones say most."""
    digits = len(value.normalize().as_tuple().digits)
    rounded = _THREE.plus(value).normalize()
    if unit in MONEY:
        return (unit, rounded), 1.0 if digits == 1 else 1.3
    if unit in ("percent", "percent_point"):
        return ("%", value.normalize()), 0.5 if digits == 1 else 0.7 if digits == 2 else 1.2
    size = abs(value)
    weight = 0.0 if size < 10 else 0.4 if size < 1000 else 1.0 if digits < 3 else 1.3
    return ("n", rounded), weight


def _unusual(text: str) -> set[str]:
    """Latin words that stand for something by name: in another script, or with a capital or digit."""
    words = {word for word in _LATIN.findall(text) if len(word) >= 2 and not word.islower()}
    return {word.lower() for word in words} - common("common_en")
