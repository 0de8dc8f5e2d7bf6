"""From what a person typed to the company meant.

Exact habits come first and in this order: id, name or stock code, pinyin; then the same after taking
off what is glued to a name (particles, possessives, legal forms, versions); then, as suggestions
only, what is one typo away. Two companies under one spelling are ambiguous, never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from store.model import Company
from store.spelling import PARTICLES, agrees, is_hangul, jamo, simplified_table, sound, spelled_out, squash
from store.tickers import Listings

LONGEST_QUERY = 100
SUGGESTIONS = 3
_SHORTEST_SOUND = 5  # letters of a name that may be found by its sound

# Said after a name without being part of it.
_FORMS = (
    "companylimited", "coltd", "incorporated", "corporation", "holdings", "holding", "company", "limited",
    "technologies", "technology", "group", "corp", "inc", "ltd", "plc", "app", "co",
    "주식회사", "홀딩스", "그룹", "회사", "기업", "테크놀로지", "앱", "사",
    "股份有限公司", "集团有限公司", "有限公司", "集团公司", "集团", "控股", "股份", "公司", "科技", "大模型",
    "官网", "应用",
)  # fmt: skip
# What a company makes or where it sells, said behind its name ("지리자동차", "BYD코리아", "Geely Auto").
_TRADES = (
    "automobile", "automotive", "robotics", "motors", "motor", "games", "korea", "china", "auto", "mall",
    "com", "ai", "자동차", "모터스", "코리아", "차이나", "게임즈", "에이아이", "전자", "닷컴", "차",
    "技术有限公司", "科技有限公司", "汽车", "手机", "电器", "平台", "网",
)  # fmt: skip
_ENDINGS = tuple(sorted((*_FORMS, *_TRADES), key=len, reverse=True))
# What stands after nouns alone; 고, 나, 며, 하고 … also end verbs ("그리고", "무시하고").
_NOUN_PARTICLES = "은 는 이 가 을 를 의 에 와 과 에서 에게 까지 부터 에서는 에서도 에게는 에는"
_NOUNS_TAKE = frozenset(_NOUN_PARTICLES.split())
_POSSESSIVE = re.compile(r"(?<=\w)(?:['\u2019\u02bc`\u2032]s?|s['\u2019])\s*$", re.IGNORECASE)
_VERSION = re.compile(
    r"(?:[\s-]*v?\d[\d.]*\s*(?:-?(?:pro|max|plus|mini|turbo)|세대|代)?|[\s-]+[a-z]{1,2}\d[\w.]*|[\s-]+\d[\w.]*-\w+)\s*$",
    re.IGNORECASE,
)
# Hong Kong marks shares with weighted votes, secondary listings and biotech so.
_SHARE_CLASS = re.compile(r"-(?:W|SW|S|B)$", re.IGNORECASE)
_TWO_NAMES = re.compile(r"([^()（）\[\]/]+)[(（\[/]([^()（）\[\]/]+)[)）\]]?")


@dataclass(frozen=True, slots=True)
class Look:
    """What a query names.

    `ids` holds one id when found, two or more when ambiguous, none otherwise; `suggestions` are
    ids that may have been meant, best first, at most three.
    """

    query: str
    status: Literal["found", "ambiguous", "none"]
    ids: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()


class Index:
    """Every spelling of every company, squashed, to the ids it stands for."""

    def __init__(
        self,
        companies: Mapping[str, Company],
        members: Mapping[str, tuple[str, ...]],
        pinyin: Mapping[str, tuple[str, ...]],
    ) -> None:
        self._companies = companies
        self._members = members
        self._listings = Listings(companies.values())
        self._names: dict[str, tuple[str, ...]] = {}
        self._pinyin: dict[str, tuple[str, ...]] = {}
        self._risky = {_key(name) for company in companies.values() for name in company.risky}
        for company in companies.values():
            for name in (*company.ko, *company.en, *company.zh_hans, *company.zh_hant):
                _add(self._names, _key(name), company.id)
        for company_id, spellings in pinyin.items():
            for spelling in spellings:
                _add(self._pinyin, squash(spelling), company_id)
        self._shorten()

    def named(self, key: str) -> tuple[str, ...]:
        """Ids of the companies that a squashed spelling names."""
        return self._names.get(key.translate(simplified_table()), ())

    def find(self, query: str) -> Look:
        """See Catalogue.find."""
        typed = query.strip()
        if not typed or len(query) > LONGEST_QUERY or not _sane(query):
            return Look(query, "none")
        company_id = typed.removeprefix("id:").strip()
        if company_id.lower() in self._companies:
            return Look(query, "found", (company_id.lower(),))
        if typed.startswith("id:"):
            return Look(query, "none")
        for ids in self._exact(typed):
            if ids:
                return self._answer(query, ids)
        return Look(query, "none", (), self._suggest(typed))

    def _answer(self, query: str, ids: tuple[str, ...]) -> Look:
        listed = tuple(dict.fromkeys(one for each in ids for one in (each, *self._members.get(each, ()))))
        return Look(query, "found" if len(listed) == 1 else "ambiguous", listed)

    def _exact(self, typed: str) -> Iterator[tuple[str, ...]]:
        """Ids by each habit in turn; the first that is not empty is the answer."""
        yield self._called(typed)
        bare = _POSSESSIVE.sub("", typed)
        if bare != typed:
            yield self._called(bare)
        yield from (self._without(bare, particle) for particle in _particles_of(bare))
        if bare.endswith("的"):
            yield self._without(bare, "的")
        yield self._formless(bare)
        yield self._twice(bare)
        yield self._sounding(bare)
        for ending in (_SHARE_CLASS, _VERSION):
            if (shorter := ending.sub("", bare)) != bare:
                yield self._called(shorter)

    def _twice(self, text: str) -> tuple[str, ...]:
        """ "위챗(WeChat)": two names that agree are one; two that do not are both offered."""
        match = _TWO_NAMES.fullmatch(text)
        if match is None:
            return ()
        one, other = self._called(match[1]), self._called(match[2])
        both = tuple(company_id for company_id in one if company_id in other)
        return both or (tuple(dict.fromkeys((*one, *other))) if one and other else ())

    def _called(self, text: str) -> tuple[str, ...]:
        key = _key(text)
        if not key:
            return ()
        named = self._names.get(key, ())
        listed = self._listings.find(text)
        return tuple(dict.fromkeys((*named, *listed))) or self._pinyin.get(key, ())

    def _without(self, text: str, particle: str) -> tuple[str, ...]:
        """Ids under a name with its particle taken off; an everyday word must end like a noun."""
        name = text[: -len(particle)]
        if _key(name) in self._risky and not (particle in _NOUNS_TAKE and _agrees(name[-1], particle)):
            return ()
        return self._called(name)

    def _sounding(self, text: str) -> tuple[str, ...]:
        """Ids of the one company whose Hangul name sounds the same, or whose letters are spelled out."""
        key = _key(text)
        if not any(map(is_hangul, key)):
            return ()
        if latin := spelled_out(key):
            return self._names.get(latin, ())
        variants = [key, *(key[: -len(p)] for p in _particles_of(key))]
        return next((ids for each in variants if len(ids := self._sounds.get(sound(each), ())) == 1), ())

    @cached_property
    def _sounds(self) -> dict[str, tuple[str, ...]]:
        """Hangul names by their sound; short ones and everyday words are too easily hit."""
        found: dict[str, tuple[str, ...]] = {}
        for name, ids in self._names.items():
            if len(name) < 2 or name in self._risky or not all(map(is_hangul, name)):
                continue
            heard = sound(name)
            if len(heard) >= _SHORTEST_SOUND:
                for company_id in ids:
                    _add(found, heard, company_id)
        return found

    def _formless(self, text: str) -> tuple[str, ...]:
        key = _key(text)
        while form := next((one for one in _ENDINGS if key.endswith(one) and len(key) > len(one) + 1), ""):
            key = key[: -len(form)]
            if len(form) == 1 and form in _TRADES and key in self._risky:
                return ()  # 거리차 is no car
            if ids := self._names.get(key) or self._pinyin.get(key):
                return ids
        return self._names.get(key.removeprefix("주식회사").removeprefix("㈜"), ())

    def _shorten(self) -> None:
        """Let "Trip.com Group" be called "Trip.com" too, where no other name is that."""
        for key, ids in tuple(self._names.items()):
            if not key.endswith(_FORMS):
                continue
            for form in _FORMS:
                short = key[: -len(form)]
                if (
                    key.endswith(form)
                    and len(short) >= (4 if key.isascii() else 2)
                    and short not in self._names
                    and key not in self._risky
                ):
                    self._names[short] = ids

    @cached_property
    def _jamo(self) -> dict[str, str]:
        """Spellings as they are compared for typos, to the spelling itself."""
        return {jamo(name): name for name in (*self._pinyin, *self._names)}

    def _suggest(self, typed: str) -> tuple[str, ...]:
        key = _key(_POSSESSIVE.sub("", typed))
        if len(key) < 2 or key.isdigit():
            return ()
        variants = [key, *(key[: -len(p)] for p in PARTICLES if key.endswith(p) and len(key) - len(p) > 2)]
        scored: dict[str, float] = {}
        for handicap, variant in enumerate(variants[:3]):
            for distance, name in self._near(variant):
                for company_id in self._names.get(name) or self._pinyin.get(name, ()):
                    scored[company_id] = min(scored.get(company_id, 9.0), distance + handicap * 0.1)
        ranked = sorted(scored, key=lambda company_id: scored[company_id])
        return tuple(dict.fromkeys((*ranked, *self._within(typed))))[:SUGGESTIONS]

    def _near(self, key: str) -> Iterator[tuple[float, str]]:
        """Spellings a typo or two away, as (distance, spelling)."""
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        letters = jamo(key)
        allowed = 1 if len(letters) < 8 else 2
        close = process.extract(
            letters, self._jamo.keys(), scorer=OSA.distance, score_cutoff=allowed, limit=24
        )
        for spelling, distance, _ in close:
            name = self._jamo[spelling]
            if min(len(letters), len(spelling)) >= 3 + distance:
                yield distance + _strangeness(key, name) + (0.2 if name not in self._names else 0.0), name
        if any(map(is_hangul, key)):
            by_syllable = process.extract(
                key, self._names.keys(), scorer=OSA.distance, score_cutoff=1, limit=24
            )
            for name, distance, _ in by_syllable:
                if len(name) >= 3:
                    forgotten = (
                        0.4 if name.startswith(key) else 0.6
                    )  # the end of a word is what people leave out
                    yield distance + forgotten + _strangeness(key, name), name

    def _within(self, typed: str) -> Iterator[str]:
        """Companies named by one of the words typed, when together they name none."""
        words = typed.split()
        if 1 < len(words) <= 8:
            for word in words:
                yield from (
                    one for particle in ("", *_particles_of(word)) for one in self._worded(word, particle)
                )

    def _worded(self, word: str, particle: str) -> tuple[str, ...]:
        key = _key(word[: len(word) - len(particle)])
        return self._names.get(key, ()) if len(key) > 1 else ()


def _key(text: str) -> str:
    key = squash(text)
    return key if key.isascii() else key.translate(simplified_table())


def _add(index: dict[str, tuple[str, ...]], key: str, company_id: str) -> None:
    if key and company_id not in (held := index.get(key, ())):
        index[key] = (*held, company_id)


def _sane(query: str) -> bool:
    """No control characters and no halves of characters."""
    return not any(unicodedata.category(char) in {"Cc", "Cs"} and not char.isspace() for char in query)


def _particles_of(text: str) -> Iterator[str]:
    if not any(map(is_hangul, text[-1:])):
        return
    for particle in PARTICLES:
        if text.endswith(particle) and len(text) - len(particle) >= 2:
            yield particle


def _agrees(last: str, particle: str) -> bool:
    """Whether 이 can follow: 비보가 is a name with its particle, 비보이 another word."""
    return particle != "이" or agrees(last, particle)


def _strangeness(key: str, name: str) -> float:
    """Breaks ties: a typo in the first letter is rarer, and so is a different length."""
    return (0.0 if key[:1] == name[:1] else 0.3) + 0.02 * max(0, abs(len(key) - len(name)) - 1)
