"""Amounts as a reader of each language expects to see them: 10조 6426억 원, KRW 10.64tn, 10.64万亿韩元.

Korean is exact to the last unit, English and Chinese keep two decimals of the greatest scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext

from handlers.currencies import MONEY
from store.model import Amount, Figure, Language
from store.spelling import is_hangul, is_hanzi

LARGE, SMALL, TINY = 10_000, 1_000, 100
"""Counts of people and things, from the telling to the trifling: see key_figures."""
_SMALL_COUNT = 8
_PRECISION = 80  # digits; no amount of any text comes near
_KO_GROUPS = ((16, "경"), (12, "조"), (8, "억"), (4, "만"))
_ZH_SCALES = ((12, "万亿"), (8, "亿"), (4, "万"))
_EN_SCALES = ((12, "tn"), (9, "bn"), (6, "m"))

# unit -> after the number in Korean, English, Chinese. English money stands before it.
_AFTER: dict[str, tuple[str, str, str]] = {
    "CNY": ("위안", "RMB", "元"),
    "KRW": ("원", "KRW", "韩元"),
    "USD": ("달러", "USD", "美元"),
    "HKD": ("홍콩달러", "HKD", "港元"),
    "EUR": ("유로", "EUR", "欧元"),
    "JPY": ("엔", "JPY", "日元"),
    "percent": ("%", "%", "%"),
    "percent_point": ("%p", " percentage points", "个百分点"),
    "times": ("배", "x", "倍"),
    "people": ("명", " people", "人"),
    "companies": ("개 기업", " companies", "家公司"),
    "points": ("점", " points", "分"),
    "units": ("대", " units", "台"),
    "count": ("개", "", "个"),
}
#: Never written with 만 or "m", however great.
_UNSCALED = frozenset({"percent", "percent_point", "times", "ratio", "points"})
_RATES: dict[str, tuple[str, str, str]] = {
    "_per_day": ("하루 {}", "{} a day", "每天{}"),
    "_per_month": ("월 {}", "{} a month", "每月{}"),
    "_per_year": ("연간 {}", "{} a year", "每年{}"),
}
_COLUMN: dict[Language, int] = {"ko": 0, "en": 1, "zh": 2}


def spell(value: Decimal, unit: str, language: Language, *, high: Decimal | None = None) -> str:
    """An amount, or a range up to `high`, in the news style of a language. An unknown unit is left out."""
    return _spelled(value, high, unit, language)


def figure_text(figure: Figure, language: Language) -> str:
    """A figure for a reader: as printed where it is printed in the reader's language, else spelled anew.

    The printed conversion follows in brackets. A vague figure stays as printed.
    """
    own = _own_text(figure.raw, figure.value, figure.value_high, figure.unit, language)
    if figure.pair is None:
        return own
    pair = _pair_text(figure.pair, language)
    return (
        f"{own}（{pair}）"
        if language == "zh"
        else f"{own}({pair})"
        if language == "ko"
        else f"{own} ({pair})"
    )


def key_figures(figures: Sequence[Figure], limit: int = 3) -> tuple[Figure, ...]:
    """The figures a digest line should show: money, then crowds, then shares; each value once.

    Within a kind the order of the text stands; vague figures are left out. A count under SMALL says
    little: it stands only where nothing else does, and one under TINY ("27명") never.
    """
    ranked = sorted((f for f in figures if f.value is not None and _weight(f) < 9), key=_weight)
    if any(_weight(figure) < _SMALL_COUNT for figure in ranked):
        ranked = [figure for figure in ranked if _weight(figure) < _SMALL_COUNT]
    shown: dict[tuple[Decimal | None, str], Figure] = {}
    for figure in ranked:
        shown.setdefault((figure.value, figure.unit), figure)
    chosen = tuple(shown.values())[: max(0, limit)]
    return tuple(sorted(chosen, key=lambda figure: (_weight(figure), figure.span)))


def _weight(figure: Figure) -> int:
    """The lower, the more a figure says; 9 is not worth showing."""
    if figure.unit in MONEY:
        return 0
    if (fixed := {"percent": 2, "times": 3, "percent_point": 4}.get(figure.unit)) is not None:
        return fixed
    size = abs(figure.value or Decimal(0))
    if size >= LARGE:
        return 1 if figure.unit.startswith("people") else 6
    if size >= SMALL:
        return 5 if figure.unit.startswith("people") else 7
    return _SMALL_COUNT if size >= TINY and figure.unit not in {"points", "ratio"} else 9


def _own_text(raw: str, value: Decimal | None, high: Decimal | None, unit: str, language: Language) -> str:
    printed = " ".join(raw.split())
    if value is None or _language_of(printed) in {language, None}:
        return printed
    return _spelled(value, high, unit, language)


def _pair_text(pair: Amount, language: Language) -> str:
    return _own_text(pair.raw, pair.value, None, pair.unit, language)


def _language_of(raw: str) -> Language | None:
    """Which language an amount is printed in; None when it could be any ("23.5%")."""
    if any(map(is_hangul, raw)):
        return "ko"
    if any(map(is_hanzi, raw)):
        return "zh"
    return "en" if any(char.isalpha() or char in "$€₩¥" for char in raw) else None


def _spelled(value: Decimal, high: Decimal | None, unit: str, language: Language) -> str:
    column = _COLUMN[language]
    base, rate = unit, "{}"
    for suffix, frames in _RATES.items():
        if unit.endswith(suffix):
            base, rate = unit.removesuffix(suffix), frames[column]
    number = _number(value, base, language)
    if high is not None:
        number = f"{number}{'–' if language == 'en' else '~'}{_number(high, base, language)}"
    after = _AFTER.get(base, ("", "", ""))[column]
    if language == "en" and base in MONEY:
        return rate.format(f"{after} {number}")
    gap = " " if language == "ko" and after and is_hangul(after[0]) and is_hangul(number[-1]) else ""
    return rate.format(f"{number}{gap}{after}")


def _number(value: Decimal, unit: str, language: Language) -> str:
    sign, size = ("-", -value) if value < 0 else ("", value)
    if unit in _UNSCALED:
        return sign + _plain(size, grouped=language == "en")
    if language == "ko":
        return sign + _korean(size)
    return sign + _scaled(size, _ZH_SCALES if language == "zh" else _EN_SCALES, grouped=language == "en")


def _korean(value: Decimal) -> str:
    parts = []
    with localcontext(Context(prec=_PRECISION)):
        for power, name in _KO_GROUPS:
            count, value = divmod(value, Decimal(10) ** power)
            if count:
                parts.append(f"{_plain(count)}{name}")
    if value or not parts:
        parts.append(_plain(value))
    return " ".join(parts)


def _scaled(value: Decimal, scales: tuple[tuple[int, str], ...], *, grouped: bool) -> str:
    with localcontext(Context(prec=_PRECISION)):
        for power, name in scales:
            scaled = (value / Decimal(10) ** power).quantize(Decimal("0.01"), ROUND_HALF_UP)
            if scaled >= 1 and (value >= Decimal(10) ** power or _rounds_up(value, power)):
                return f"{_plain(scaled)}{name}"
    return _plain(value, grouped=grouped)


def _rounds_up(value: Decimal, power: int) -> bool:
    """999,999,999 is "1bn", not "1000m"."""
    return value >= Decimal(10) ** power - Decimal(10) ** (power - 5)


def _plain(value: Decimal, *, grouped: bool = False) -> str:
    text = f"{value:,f}" if grouped else f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
