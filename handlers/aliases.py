"""Where names of the catalogue stand in running text, before asking whether they mean the company.

One pass of Aho-Corasick over the folded text finds every spelling; boundary rules throw out what is
part of another word; of what is left the leftmost, and there the longest, wins.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from handlers.veil import VEIL, veil
from store.catalogue import Catalogue
from store.spelling import PARTICLES, agrees, is_hangul, is_hanzi, level, lower_in_place, simplified_table

if TYPE_CHECKING:
    from ahocorasick_rs import AhoCorasick

# What Korean glues to a name without making it another word.
_SUFFIXES = (
    "그룹|홀딩스|코리아|차이나|글로벌|재팬|본사|측|발|폰|앱|산|제|식|류|표|판|형|향|배|용|계|株|주가|페이|닷컴|쇼핑|클라우드"
    "|자동차|모터스|전자|뮤직|게임즈|등|뿐|쪽|사|씨|들|별|내|외|간|팀|급|만큼|말고|노트|패드|워치|버즈|밴드"
)
# Endings of "to be", which verbs share: a name that is also a verb's stem does not take them ("알리지만").
_COPULA = (
    "이?(?:지만|라니|라서|었던|었다|였던|라면|라며|라던|라든지|든지|죠|냐|냐며|기도|기에|라기보다|니까|라)|입니다|이에요|예요|일까|인지"
    "|인데도|답게|다운|커녕|[은는]커녕|이어서|여서"
)
_PARTICLE = "(?:" + "|".join(sorted(PARTICLES, key=len, reverse=True)) + ")"
_TAIL = re.compile(rf"(?:{_SUFFIXES})?{_PARTICLE}{{0,2}}\Z")
_TAIL_OF_SURE = re.compile(rf"(?:{_SUFFIXES})?(?:{_COPULA})\Z")
_LONGEST_TAIL = 10
#: Names looked at in one item; a text with more is no story.
MOST = 10_000
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


#: Told of a spelling that stands in the text and is no name there: start, end, companies, rule.
Note = Callable[[int, int, tuple[str, ...], str], None]


def hits(text: str, catalogue: Catalogue, note: Note | None = None) -> tuple[Hit, ...]:
    """Names that stand in `text` as words of their own, left to right, none overlapping, at most MOST."""
    scanner = _scanner(catalogue)
    shown = veil(text)
    folded = _HALVES.sub(VEIL, fold(shown))
    matches = scanner.automaton.find_matches_as_indexes(folded, overlapping=True)
    everyday = _Everyday((start, end) for index, start, end in matches if scanner.aliases[index] is None)
    kept: list[Hit] = []
    for start, minus_end, index in sorted((start, -end, index) for index, start, end in matches):
        end, alias = -minus_end, scanner.aliases[index]
        if alias is None:
            continue
        flaw = _flaw(shown, folded, kept, everyday, Hit(start, end, alias))
        if flaw:
            if note is not None:
                note(start, end, alias.companies, flaw)
            continue
        if kept and start < kept[-1].end:
            kept.pop()
        kept.append(Hit(start, end, alias))
        if len(kept) >= MOST:
            break
    return tuple(kept)


class _Everyday:
    """Where everyday words stand; no name inside one is one."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []  # the farthest end of all that begin no later
        for start, end in sorted(spans):
            self._starts.append(start)
            self._ends.append(max(end, self._ends[-1] if self._ends else 0))

    def hides(self, start: int, end: int) -> bool:
        at = bisect_right(self._starts, start) - 1
        return at >= 0 and self._ends[at] >= end


def _flaw(text: str, folded: str, kept: list[Hit], everyday: _Everyday, hit: Hit) -> str:
    """Why a spelling is no name where it stands, "" when it is one."""
    if not _free(kept, hit.start, hit.end, hit.alias):
        return "longer"
    if everyday.hides(hit.start, hit.end):
        return "everyday"
    return _part_of_a_word(text, folded, hit)


def _free(kept: list[Hit], start: int, end: int, alias: Alias) -> bool:
    """Whether nothing stands in the way; a risky name that only laps over gives way: 天美 in 今天美团."""
    if not kept or start >= kept[-1].end:
        return True
    return kept[-1].alias.risky and not alias.risky and end > kept[-1].end


def _part_of_a_word(text: str, folded: str, hit: Hit) -> str:
    start, end, alias = hit.start, hit.end, hit.alias
    first, last = folded[start], folded[end - 1]
    before, after = folded[start - 1 : start], folded[end : end + 1]
    if (_is_latin(first) and _is_latin(before)) or (_is_latin(last) and _is_latin(after)):
        return "inside"
    if is_hangul(first) and before and (is_hangul(before) or (alias.risky and _is_latin(before))):
        return "inside"
    if is_hangul(last) and not tail_is_grammar(text, end, sure=not alias.risky):
        return "tail"
    if alias.risky and after == "이" and not agrees(last, after):
        return "tail"  # 비보이
    return "" if not _is_latin(first) or _cased(text[start:end], alias.spelling) else "lower_case"


def tail_is_grammar(text: str, end: int, *, sure: bool = False) -> bool:
    """Whether the Hangul glued to a name at `end` is particles and the like, not the rest of a word.

    A `sure` name may also be followed by an ending of "to be".
    """
    stop = end
    while stop < len(text) and stop - end <= _LONGEST_TAIL and is_hangul(text[stop]):
        stop += 1
    glued = text[end:stop]
    return _TAIL.match(glued) is not None or (sure and _TAIL_OF_SURE.match(glued) is not None)


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
