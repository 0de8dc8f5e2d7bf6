"""Printed conversions: which amount is another one in a second currency, and which figure is said twice.

Works on figures in the making, in text order; nothing here computes an amount. Rates serve one end
only: where a text lost its brackets, two amounts side by side are a pair only if they could be.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from handlers.currencies import MONEY
from handlers.veil import VEIL
from store.model import Amount, Figure


@dataclass(frozen=True, slots=True)
class Read:
    """A figure in the making: `number_at` is where its number begins, past "약" and the currency sign."""

    figure: Figure
    number_at: int
    rule: str = ""  # what gave it its unit


_CONVERT = (
    r"(?:약|한화|우리 ?돈|우리나라 ?돈|원화|환산|约|約|约合|約合|折合|合|相当于|人民币|≈|=|/"
    r"|about|approximately|approx\.?|around|or|some|roughly|equivalent to|equal to|nearly|over)(?:으?로)?"
)
#: Opens a bracket and says at most a few words before the amount.
_BRACKET = re.compile(
    rf"[\s’'\"”」]{{0,2}}[(（\[][\s]?(?:{_CONVERT}[\s:]{{0,2}}){{0,3}}(?:US|HK|RMB|CNY|USD|KRW)?[$¥₩€]?[\s]?\Z"
)
_BESIDE = re.compile(rf"[\s,，]{{0,3}}(?:{_CONVERT}[\s]{{0,2}}){{1,3}}(?:US|HK|RMB|CNY|USD|KRW)?[$¥₩€]?\s?\Z")
_AFTER = re.compile(
    r"(?:원화(?:로|로는| 기준)?|한화(?:로|로는)?|우리 ?돈(?:으로|으로는)?|한국 ?돈으로"
    r"|환산(?:하면|할 경우|시)|(?:折合|约合)(?:人民币)?"
    r"|amounts to|equals|equivalent to|in (?:won|yuan|dollar) terms)"
    r"[^0-9.\n]{0,14}\Z"
)
_FARTHEST = 90  # characters between an amount and the "원화로 …" of the sentence after

#: Won to one unit, from the lowest to the highest of 2005-2026, and a tenth beyond.
_WON: dict[str, tuple[int, int]] = {
    "KRW": (1, 1),
    "CNY": (100, 240),
    "HKD": (105, 220),
    "USD": (820, 1750),
    "EUR": (1050, 2100),
    "JPY": (6, 18),
}


#: What became of a figure that is not reported by itself, and why.
Dropped = list[tuple[Read, str]]


def paired(text: str, reads: Sequence[Read], dropped: Dropped) -> list[Read]:
    """The same figures, each printed conversion moved into the figure it converts."""
    kept: list[Read] = []
    for read in reads:
        owner = _owner(text, kept, read)
        if owner is None:
            kept.append(read)
            continue
        figure = read.figure
        held = kept[owner].figure
        unit = "USD" if held.unit == figure.unit else held.unit
        dropped.append((read, "pair"))
        pair = Amount(figure.raw, figure.value, figure.unit)
        kept[owner] = replace(kept[owner], figure=replace(held, unit=unit, pair=pair))
    return kept


def _owner(text: str, kept: Sequence[Read], read: Read) -> int | None:
    """Index of the figure that `read` converts."""
    for back, candidate in enumerate(reversed(kept[-3:]), start=1):
        figure = candidate.figure
        if figure.unit not in MONEY:
            continue
        if read.figure.unit not in MONEY or figure.pair or figure.value is None:
            return None
        between = text[figure.span[1] : read.number_at].replace(VEIL, "")
        if len(between) > _FARTHEST:
            return None
        if figure.unit == read.figure.unit:
            return len(kept) - back if _not_yuan_after_all(between, figure, read.figure) else None
        return len(kept) - back if _converts(between, figure, read.figure, last=back == 1) else None
    return None


def _converts(between: str, figure: Figure, other: Figure, *, last: bool) -> bool:
    if last and _BRACKET.match(between):
        return True
    if _AFTER.search(between) and "\n\n" not in between:
        return _could_be(figure, other)
    if last and (_BESIDE.match(between) or between in {"", " "}):
        return _could_be(figure, other)
    return False


def _not_yuan_after_all(between: str, figure: Figure, other: Figure) -> bool:
    """ "7 亿（约合人民币 50 亿元）": what is converted into yuan is none, and at this rate it is dollars."""
    if (
        figure.unit != "CNY"
        or "人民币" not in between
        or not _BRACKET.match(between)
        or figure.raw.endswith("元")
    ):
        return False
    return _could_be(replace(figure, unit="USD"), other)


def _could_be(figure: Figure, other: Figure) -> bool:
    """Whether two amounts can be one at any rate of these years."""
    if not figure.value or not other.value:
        return False
    low, high = _WON[figure.unit]
    other_low, other_high = _WON[other.unit]
    ratio = other.value / figure.value
    return Decimal(low) / other_high <= ratio <= Decimal(high) / other_low


_STOP = re.compile(r"[.!?。！？\n]")
_WORDS = re.compile(r"[가-힣]{2,}|[A-Za-z]{3,}|[\u4e00-\u9fff]{2}")


def once(text: str, reads: Sequence[Read], dropped: Dropped) -> list[Read]:
    """Figures without repetitions: an amount said again, or a share said again of the same thing."""
    kept: list[Read] = []
    seen: dict[tuple[object, ...], list[int]] = {}
    for read in reads:
        figure = read.figure
        key = (figure.value, figure.value_high, figure.unit)
        before = seen.setdefault(key, [])
        same = next((i for i in before[-8:] if _same_thing(text, kept[i].figure, figure)), None)
        if same is None:
            before.append(len(kept))
            kept.append(read)
            continue
        dropped.append((read, "again"))
        held = kept[same].figure
        if held.pair is None and figure.pair is not None:
            kept[same] = replace(kept[same], figure=replace(held, pair=figure.pair))
    return kept


def _same_thing(text: str, first: Figure, again: Figure) -> bool:
    if first.value is None:
        return first.raw == again.raw
    if first.pair and again.pair and first.pair.value != again.pair.value:
        return False
    digits = len(str(first.value.normalize().as_tuple().digits).strip("(),").replace(", ", ""))
    if first.unit in MONEY or digits >= 3:
        return True
    here, there = _around(text, first.span), _around(text, again.span)
    return bool(here & there) or not (here or there)


def _around(text: str, span: tuple[int, int]) -> set[str]:
    """What the words beside a figure begin with, within its sentence."""
    before = _STOP.split(text[max(0, span[0] - 30) : span[0]])[-1]
    after = _STOP.split(text[span[1] : span[1] + 16])[0]
    return {word[:4].lower() for word in _WORDS.findall(f"{before} | {after}")}
