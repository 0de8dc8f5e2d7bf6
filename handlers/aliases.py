"""Where names of the catalogue stand in running text, before asking whether they mean the company.

One pass of Aho-Corasick over the folded text finds every spelling; boundary rules throw out what is
part of another word; of what is left the leftmost, and there the longest, wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from handlers.veil import VEIL, veil
from store.catalogue import Catalogue
from store.spelling import PARTICLES, is_hangul, is_hanzi, level, lower_in_place, simplified_table

if TYPE_CHECKING:
    from ahocorasick_rs import AhoCorasick

# What Korean glues to a name without making it another word.
_SUFFIXES = (
    "그룹|홀딩스|코리아|차이나|글로벌|재팬|본사|측|발|폰|앱|산|제|식|류|표|판|형|향|배|용|계|株|주가|페이|닷컴|쇼핑|클라우드"
    "|자동차|모터스|전자|뮤직|게임즈|등|뿐|쪽|사|씨|들|별|내|외|간|팀|급|만큼|말고"
)
_PARTICLE = "(?:" + "|".join(sorted(PARTICLES, key=len, reverse=True)) + ")"
_TAIL = re.compile(rf"(?:{_SUFFIXES})?{_PARTICLE}{{0,2}}\Z")
_LONGEST_TAIL = 10
_HALVES = re.compile("[\ud800-\udfff]")  # halves of characters, which no automaton takes


@dataclass(frozen=True, slots=True)
class Alias:
    """A spelling and the companies it may mean: those it names safely, and those it is risky for."""

    spelling: str
    companies: tuple[str, ...]
    risky: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A spelling that stands at `start`..`end` as a word of its own."""

    start: int
    end: int
    alias: Alias


@dataclass(frozen=True, slots=True)
class _Scanner:
    automaton: AhoCorasick
    aliases: tuple[Alias | None, ...]  # None is an everyday word that hides the names inside it


@lru_cache(maxsize=4)
def _scanner(catalogue: Catalogue) -> _Scanner:
    from ahocorasick_rs import AhoCorasick, Implementation

    patterns: dict[str, Alias | None] = {}
    for company in catalogue.companies.values():
        for name in catalogue.names(company):
            _register(patterns, fold(name), name, company.id, risky=name in company.risky)
    for words in catalogue.not_names:
        patterns.setdefault(fold(words), None)
    automaton = AhoCorasick(list(patterns), implementation=Implementation.ContiguousNFA)
    return _Scanner(automaton, tuple(patterns.values()))


def _register(
    patterns: dict[str, Alias | None], key: str, name: str, company_id: str, *, risky: bool
) -> None:
    held = patterns.get(key)
    if held is None:
        patterns[key] = Alias(name, (company_id,), risky)
    elif company_id not in held.companies:
        patterns[key] = Alias(held.spelling, (*held.companies, company_id), risky=True)


def fold(text: str) -> str:
    """Text as names are compared in it; offsets stay."""
    return lower_in_place(level(text).translate(simplified_table()))


def hits(text: str, catalogue: Catalogue) -> tuple[Hit, ...]:
    """Names that stand in `text` as words of their own, left to right, none overlapping."""
    scanner = _scanner(catalogue)
    shown = veil(text)
    folded = _HALVES.sub(VEIL, fold(shown))
    matches = scanner.automaton.find_matches_as_indexes(folded, overlapping=True)
    hidden = {
        at for index, start, end in matches if scanner.aliases[index] is None for at in _inside(start, end)
    }
    kept: list[Hit] = []
    for start, minus_end, index in sorted((start, -end, index) for index, start, end in matches):
        end, alias = -minus_end, scanner.aliases[index]
        if alias is None or (start, end) in hidden or not _free(kept, start, end, alias):
            continue
        if _stands_alone(shown, folded, start, end, alias):
            if kept and start < kept[-1].end:
                kept.pop()
            kept.append(Hit(start, end, alias))
    return tuple(kept)


def _free(kept: list[Hit], start: int, end: int, alias: Alias) -> bool:
    """Whether nothing stands in the way; a risky name that only laps over gives way: 天美 in 今天美团."""
    if not kept or start >= kept[-1].end:
        return True
    return kept[-1].alias.risky and not alias.risky and end > kept[-1].end


def _inside(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Every span within an everyday word: no name there is one."""
    return ((a, b) for a in range(start, end) for b in range(a + 1, end + 1))


def _stands_alone(text: str, folded: str, start: int, end: int, alias: Alias) -> bool:
    first, last = folded[start], folded[end - 1]
    before, after = folded[start - 1 : start], folded[end : end + 1]
    if _is_latin(first) and _is_latin(before):
        return False
    if _is_latin(last) and _is_latin(after):
        return False
    if is_hangul(first) and before and (is_hangul(before) or (alias.risky and _is_latin(before))):
        return False
    if is_hangul(last) and not tail_is_grammar(text, end):
        return False
    return not _is_latin(first) or _cased(text[start:end], alias.spelling)


def tail_is_grammar(text: str, end: int) -> bool:
    """Whether the Hangul glued to a name at `end` is particles and the like, not the rest of a word."""
    stop = end
    while stop < len(text) and stop - end <= _LONGEST_TAIL and is_hangul(text[stop]):
        stop += 1
    return _TAIL.match(text[end:stop]) is not None


def _is_latin(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _cased(surface: str, spelling: str) -> bool:
    """A Latin name is written with a capital, or just as the company writes it (ofo, vivo)."""
    letters = [char for char in surface if char.isascii() and char.isalpha()]
    return not letters or surface == spelling or any(char.isupper() for char in letters)


def zh_names(catalogue: Catalogue) -> Mapping[str, frozenset[str]]:
    """The Chinese characters of each company's names, simplified."""
    return _zh_names(catalogue)


@lru_cache(maxsize=4)
def _zh_names(catalogue: Catalogue) -> Mapping[str, frozenset[str]]:
    return {
        company.id: frozenset(char for name in company.zh_hans for char in fold(name) if is_hanzi(char))
        for company in catalogue.companies.values()
    }
