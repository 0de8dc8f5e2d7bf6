"""Conversions: what an issue's own printed pairs say of its exchange rates, and which one is out of line.

Pure. No rate comes from anywhere but the text: "652억 위안(10조 6426억 원)" says 163.23 won a yuan.
Nothing here changes what is printed; what is computed is handed back apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from statistics import median

from handlers.currencies import MONEY
from handlers.numbers import read_number
from store.model import Amount, Figure, Language
from store.spelling import level, plain_spaces

TOLERANCE = Decimal("0.01")
"""How far, as a share, a pair may lie from its neighbours: one per cent."""

_DEAREST = ("EUR", "USD", "HKD", "CNY", "JPY", "KRW")  # a rate is the price of one of the dearer
_DIGIT = re.compile(r"[0-9]")
_DECIMALS = re.compile(r"\.([0-9]+)[^0-9]*\Z")
_EXACT = Context(prec=40, rounding=ROUND_HALF_EVEN)
_SHOWN = Context(prec=4, rounding=ROUND_HALF_EVEN)  # a rate of the text is no better than that

_Key = tuple[str, str]
_Printed = tuple[Decimal, str, Decimal, str]


@dataclass(frozen=True, slots=True)
class Flag:
    """A printed conversion that is out of line with those of its issue.

    It implies `implied` units of `quote` for one of `base`; the other pairs say `usual` (their
    median). `off` is the difference as a share of `usual`, signed. `instead` is what the pair
    would be at the usual rate, in the pair's own unit.
    """

    base: str
    quote: str
    implied: Decimal
    usual: Decimal
    off: Decimal
    instead: Amount


@dataclass(frozen=True, slots=True)
class Conversions:
    """An issue's rates by (base, quote), each the median of the pairs that agree, and its odd pairs.

    Currencies whose pairs agree on nothing have no rate.
    """

    rates: Mapping[_Key, Decimal]
    odd: Mapping[_Printed, Flag]

    def flag(self, figure: Figure) -> Flag | None:
        """What is odd about the figure's printed conversion; None when nothing is."""
        printed = _printed(figure)
        return self.odd.get(printed) if printed else None

    def convert(self, value: Decimal, unit: str, into: str) -> Decimal | None:
        """`value` in another currency at the issue's rate, to four digits; None without one."""
        key = _key(unit, into)
        rate = self.rates.get(key) if key else None
        if key is None or not rate:
            return None
        with localcontext(_SHOWN):
            return value * rate if key[0] == unit else value / rate

    def recomputed(self, figure: Figure, into: str) -> Amount | None:
        """The figure in `into`, ours and not the text's; None when its issue gives no such rate.

        `raw` is "" since nothing of it is printed.
        """
        if figure.value is None or figure.unit == into:
            return None
        value = self.convert(figure.value, figure.unit, into)
        return None if value is None else Amount("", value, into)


NOTHING = Conversions({}, {})
"""Of an issue that prints no conversion."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """A printed pair as a rate: `low` to `high` is what its rounding leaves open."""

    printed: _Printed
    rate: Decimal
    low: Decimal
    high: Decimal


def conversions(figures: Iterable[Figure]) -> Conversions:
    """What the printed pairs of an issue's figures say.

    Pairs of two currencies that lie within TOLERANCE of one another, step by step, are of one
    mind, since the stories of an issue were converted on different days; what the rounding of a
    conversion leaves open counts ("33만원" is 325,000 to 335,000). Where one such group is the
    largest, its median is the rate and pairs outside it are odd; where none is, nobody knows which
    is right: all are odd and there is no rate. The same pair printed again counts once.
    """
    by_key: dict[_Key, dict[_Printed, _Pair]] = {}
    for figure in figures:
        if (printed := _printed(figure)) and (key := _key(printed[1], printed[3])):
            by_key.setdefault(key, {})[printed] = _pair(figure, printed, key)
    rates: dict[_Key, Decimal] = {}
    odd: dict[_Printed, Flag] = {}
    for key, pairs in by_key.items():
        agreed = _agreed(tuple(pairs.values()))
        if agreed:
            rates[key] = median([pair.rate for pair in agreed])
        for pair in pairs.values():
            if pair not in agreed:
                usual = rates.get(key) or median([p.rate for p in pairs.values() if p is not pair])
                odd[pair.printed] = _flag(pair, key, usual)
    return Conversions(rates, odd)


def home_currency(language: Language) -> str:
    """The currency that a reader of a language counts in."""
    return {"ko": "KRW", "en": "USD", "zh": "CNY"}[language]


def _printed(figure: Figure) -> _Printed | None:
    """A figure's amount and its conversion, where both are plain amounts of two currencies."""
    pair = figure.pair
    if pair is None or figure.value is None or pair.value is None or figure.value_high is not None:
        return None
    if figure.value <= 0 or pair.value <= 0 or _key(figure.unit, pair.unit) is None:
        return None
    return figure.value, figure.unit, pair.value, pair.unit


def _key(one: str, other: str) -> _Key | None:
    if one == other or one not in _DEAREST or other not in _DEAREST:
        return None
    return (one, other) if _DEAREST.index(one) < _DEAREST.index(other) else (other, one)


def _pair(figure: Figure, printed: _Printed, key: _Key) -> _Pair:
    value, unit, other, _ = printed
    half = _step(figure.pair.raw if figure.pair else "") / 2
    with localcontext(_EXACT):
        ends = sorted(
            amount / value if unit == key[0] else value / amount
            for amount in (other, max(other - half, other / 2), other + half)
        )
    return _Pair(printed, ends[1], ends[0], ends[2])


def _step(raw: str) -> Decimal:
    """The size of the last printed place: "4조 3013억 원" is exact to 억, "1.65万亿" to a hundredth of it."""
    text = level(plain_spaces(raw))
    start = _DIGIT.search(text)
    number = read_number(text, start.start()) if start else None
    if start is None or number is None:
        return Decimal(0)
    decimals = _DECIMALS.search(text[start.start() : number.end])
    return number.scale.scaleb(-len(decimals[1])) if decimals else number.scale


def _agreed(pairs: Sequence[_Pair]) -> list[_Pair]:
    """The pairs of one mind; [] when nobody knows which those are.

    Only pairs printed finely enough to tell one per cent are grouped, where there are any; a
    coarse one ("33만원") joins when its rounding reaches the others' rate.
    """
    fine = [pair for pair in pairs if pair.high - pair.low <= 2 * TOLERANCE * pair.rate]
    agreed = _largest(sorted(fine or pairs, key=lambda pair: pair.rate))
    if not agreed:
        return []
    usual = median([pair.rate for pair in agreed])
    low, high = usual * (1 - TOLERANCE), usual * (1 + TOLERANCE)
    return agreed + [
        p for p in pairs if p not in agreed and p not in fine and p.low <= high and p.high >= low
    ]


def _largest(pairs: Sequence[_Pair]) -> list[_Pair]:
    """The largest group of pairs (by rate) that lie close step by step; [] when two are as large."""
    groups: list[list[_Pair]] = []
    for pair in pairs:
        if groups and pair.rate <= groups[-1][-1].rate * (1 + TOLERANCE):
            groups[-1].append(pair)
        else:
            groups.append([pair])
    groups.sort(key=len, reverse=True)
    tied = len(groups) > 1 and len(groups[0]) == len(groups[1])
    return [] if tied or not groups else groups[0]


def _flag(pair: _Pair, key: _Key, usual: Decimal) -> Flag:
    value, unit, _, into = pair.printed
    with localcontext(_SHOWN):
        instead = value * usual if unit == key[0] else value / usual
    with localcontext(_EXACT):
        off = pair.rate / usual - 1
    return Flag(key[0], key[1], pair.rate, usual, off, Amount("", instead, into))


assert set(_DEAREST) == MONEY, "every currency has its place"
