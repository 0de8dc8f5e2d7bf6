"""Figures in a text: money, percentages, multiples, people, counts, and the conversions printed beside them.

Dates, clock times, ranks, durations, versions and model numbers are no figures: they have no unit of
ours. Nothing is recomputed here; a figure says what the text says.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import replace
from decimal import Decimal

from handlers.currencies import MONEY
from handlers.decision import Decision
from handlers.numbers import Number, read_number
from handlers.pairs import Dropped, Read, once, paired
from handlers.sentences import sentences
from handlers.talk import bare_unit
from handlers.units import OTHER_MONEY, noun_after, rate_of, unit_after, unit_before
from handlers.veil import veil
from store.model import Figure
from store.spelling import level, plain_spaces

# "～" and its kin become "~"; a full-width comma stays a comma between clauses.
_SIGNS = {ord("〜"): "~", ord("∼"): "~", ord("˜"): "~", ord("−"): "-"}

# A run of digits is worth a look only if a letter or a sign beside it could be its unit.
_BESIDE = r"(?:(?<=[^\W\d_])|(?<=[^\W\d_][ \t])|(?<=[$€£¥￥₩])|(?<=[$€£¥￥₩][ \t]))"
_START = re.compile(
    rf"(?<![0-9])(?<![0-9][.,])(?:{_BESIDE}[0-9][0-9.,]*+"
    r"|[0-9][0-9.,]*+(?=[ \t]?[^\W\d_]|[ \t]?[%~–—+-]))"
    r"|百分之|(?<![가-힣])(?:(?:수|몇) ?)?[일이삼사오육칠팔구십백천만억조]{2,16}"
    r"|(?<![가-힣])(?:수|몇) ?[십백천만억조]"
    r"|[数數几幾上十][十百千万萬亿億]+|[〇零一二两兩三四五六七八九十百千万萬亿億]+"
    r"|(?<![가-힣])(?:두|세|네|다섯|여섯|일곱|여덟|아홉|열) ?배"
    r"|\b(?i:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
    r"|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
    r"|tens|hundreds|thousands|millions|billions|trillions|dozens)\b"
)
_ORDINAL = re.compile(r"(?:第|제|No\.?|#|[A-Za-z]-)$")
_GLUED = re.compile(r"[A-Za-z]+$")  # "F150" is a name, "c40%" is circa, "GMV80亿" has lost its space
#: Numbers looked at in one item, so that no text costs more than a second.
LOOKED_AT = 10_000
#: Figures kept of one item; a text with more is a table or an attack.
MOST = 2000
_TOO_MUCH = 10**20  # no amount of this world
_SENTENCE = 400  # characters of a sentence kept on each side of its figure
_PER = re.compile(r"(?:\bper |每)$", re.IGNORECASE)
_ABOUT = re.compile(
    r"(?:약|대략|约|約|大约|将近|近|接近|\b(?:about|around|approximately|nearly|almost|roughly|c\.?)) ?$",
    re.IGNORECASE,
)
_MINUS = re.compile(r"(?:마이너스 ?|(?<![\w%)\]-])-)$")
_MINUS_AFTER = re.compile(r" 마이너스(?![가-힣])")
_RANGE = re.compile(r" ?(?:~|–|—|至|到|내지) ?|-| to ", re.IGNORECASE)
_RANGE_OF_UNITS = re.compile(rf"(?:{_RANGE.pattern}| - )", re.IGNORECASE)
# "from 5 to 3" tells a change, "ranging from 5 to 3" and "from 5 - 3" a range.
_CHANGE = re.compile(r"(?:(?<!ranging )(?<!range )\b(?:from|by)|从|從|由) ?$", re.IGNORECASE)
_STEPS = re.compile(r" ?(?:至|到| to ) ?", re.IGNORECASE)
_TAIL = re.compile(r" ?(?:여|餘|余|多|\+|남짓)(?= ?[^\W\d])")
_SIGN = re.compile(r"(?:US|HK)?[$€¥]")
_PERCENT_OF = re.compile(r"百分之")


def figures(title: str, body: str) -> tuple[Figure, ...]:
    """The figures of an item in text order; spans are into title + "\\n" + body.

    A conversion printed in brackets or in the sentence after ("원화로 …") is its figure's pair. The
    same figure said again of the same thing is reported once, where it stands first. At most MOST
    are read, and at most LOOKED_AT numbers looked at.
    """
    shown, found, _ = _decided(title, body)
    return _with_sentences(shown, len(title), [read.figure for read in found])


def figure_decisions(title: str, body: str) -> tuple[Decision, ...]:
    """Every number looked at, taken or not, in text order; spans as those of `figures`."""
    shown, found, dropped = _decided(title, body)
    judged = [*((read, "") for read in found), *dropped]
    judged.sort(key=lambda one: (one[0].number_at, one[0].figure.span))
    return tuple(_decision(shown, read, reason) for read, reason in judged)


def _decision(shown: str, read: Read, reason: str) -> Decision:
    figure = read.figure
    start, end = figure.span
    value = "" if figure.value is None else f"{figure.value:f}"
    high = "" if figure.value_high is None else f"~{figure.value_high:f}"
    means = f"{value}{high} {figure.unit}".strip()
    return Decision("figure", start, end, shown[start:end], not reason, reason or read.rule, means)


def _decided(title: str, body: str) -> tuple[str, list[Read], Dropped]:
    printed = f"{title}\n{body}"
    text = veil(_level(printed))
    shown = plain_spaces(printed)
    dropped: Dropped = []
    found = once(text, paired(text, _scan(text, shown, dropped), dropped), dropped)
    return shown, found, dropped


def _level(text: str) -> str:
    """`level`, but a full-width comma stays a mark between clauses, and all range signs are one."""
    return "，".join(level(clause) for clause in text.split("，")).translate(_SIGNS)


def _scan(text: str, shown: str, dropped: Dropped) -> list[Read]:
    reads: list[Read] = []
    at = 0
    for _ in range(LOOKED_AT):
        match = _START.search(text, at) if len(reads) < MOST else None
        if match is None:
            break
        start = match.start()
        read = _read(text, start)
        if isinstance(read, str):
            at = match.end()
            dropped.append((Read(Figure("", None, "", span=(start, at)), start), read))
            continue
        at = max(read.figure.span[1], start + 1)
        flaw = _not_ours(read.figure)
        if flaw:
            dropped.append((read, flaw))
            continue
        raw = shown[slice(*read.figure.span)]
        reads.append(replace(read, figure=replace(read.figure, raw=raw)))
    return reads


def _not_ours(figure: Figure) -> str:
    if figure.unit == OTHER_MONEY:
        return "other_money"
    return "too_large" if (figure.value or 0) >= _TOO_MUCH else ""


def _read(text: str, at: int) -> Read | str:
    """The figure whose number begins at `at`, or why there is none."""
    if match := _PERCENT_OF.match(text, at):
        number = read_number(text, match.end()) if match.end() < len(text) else None
        if number is None:
            return "no_number"
        return replace(_made(text, number, "percent", at=at, begin=at, end=number.end), rule="unit")
    if _PER.search(text[max(0, at - 5) : at]):
        return "per"
    prefix = unit_before(text, at)
    if prefix is None and _ORDINAL.search(text[max(0, at - 3) : at]):
        return "ordinal"
    number = read_number(text, at)
    if number is None:
        return "no_number"
    measured = _measured(text, at, number, prefix)
    if prefix is None and text[at].isdigit() and not _may_be_glued(text, at, number, measured):
        return "ordinal"
    if measured is None:
        return _range_of_bare(text, at, number) or "no_unit"
    unit, end, rule = measured
    read = _ranged(text, number, unit, at=at, begin=prefix[1] if prefix else at, end=end)
    return replace(read, rule=rule)


def _may_be_glued(text: str, at: int, number: Number, measured: tuple[str, int, str] | None) -> bool:
    """Whether a number right behind a letter is an amount and not part of a name (F150, Q3, A4)."""
    word = _GLUED.search(text[max(0, at - 12) : at])
    if word is None:
        return True
    if word[0] == "c":
        return measured is None or measured[2] == "unit"
    unit = measured[0] if measured and len(word[0]) > 1 else ""
    return unit == "percent" or (unit in MONEY and number.scale > 1)


def _measured(
    text: str, at: int, number: Number, prefix: tuple[str, int] | None
) -> tuple[str, int, str] | None:
    """Unit of the number at `at`, where it ends, and the rule: what stands after, before, what it counts."""
    end = number.end
    if tail := _TAIL.match(text, end):
        end = tail.end()
    after = unit_after(text, end)
    if prefix and (after is None or after.unit not in MONEY | {OTHER_MONEY}):
        return prefix[0], number.end, "sign"
    if number.letter and (after is None or after.unit not in MONEY):
        noun = noun_after(text, number.end, scaled=True)
        return (noun.unit, noun.end, "noun") if noun and noun.unit == "people" else None
    if after is not None:
        return (after.unit, after.end, "unit") if _counts(number, after.unit) else None
    noun = noun_after(text, end, scaled=number.scale >= 1000)
    if noun is not None and _counts(number, noun.unit):
        return noun.unit, noun.end, "noun"
    bare = bare_unit(text, at, number)
    return (bare, number.end, "talk") if bare else None


def _counts(number: Number, unit: str) -> bool:
    """Words for small numbers ("一个", "세 개", "two players") are grammar, but for shares and multiples."""
    if not number.spelled or number.value is None or unit in {"percent", "percent_point", "times"}:
        return True
    return number.value >= 100 or (unit in MONEY and number.value > 10)


def _range_of_bare(text: str, at: int, number: Number) -> Read | None:
    """20~30만원: the first number has no unit of its own and takes scale and unit of the second."""
    second = None if _changes(text, at, number.end) else _second(text, number)
    if second is None or number.value is None:
        return None
    high, unit, end, scale = second
    low = number.value if number.scale > 1 or number.value * scale > high else number.value * scale
    if low >= high:
        return None
    read = _made(text, replace(number, value=low), unit, at=at, begin=at, end=end, high=high)
    return replace(read, rule="range")


def _changes(text: str, begin: int, end: int) -> bool:
    """Whether the number at `begin`..`end` is what something changed from, or by."""
    return bool(_CHANGE.search(text[max(0, begin - 13) : begin]) and _STEPS.match(text, end))


def _second(text: str, number: Number) -> tuple[Decimal, str, int, Decimal] | None:
    between = _RANGE.match(text, number.end)
    if between is None or not text[between.end() : between.end() + 1].isdigit():
        return None
    other = read_number(text, between.end())
    if other is None or other.value is None:
        return None
    measured = _measured(text, between.end(), other, None)
    if measured is None:
        return None
    return other.value, measured[0], measured[1], other.scale


def _ranged(text: str, number: Number, unit: str, *, at: int, begin: int, end: int) -> Read:
    """20%~30%, 180 亿至 200 亿美元: a second number of the same unit makes a range, but for "from … to"."""
    between = _RANGE_OF_UNITS.match(text, end)
    if between is None or number.value is None or _changes(text, begin, end):
        return _made(text, number, unit, at=at, begin=begin, end=end)
    start = between.end()
    sign = _SIGN.match(text, start)
    number_at = sign.end() if sign else start
    if not text[number_at : number_at + 1].isdigit():
        return _made(text, number, unit, at=at, begin=begin, end=end)
    other = read_number(text, number_at)
    # "$3.5-4bn": one sign for both ends
    prefix = unit_before(text, number_at) or ((unit, number_at) if begin < at else None)
    measured = _measured(text, number_at, other, prefix) if other else None
    if other is None or other.value is None or measured is None or measured[0] != unit:
        return _made(text, number, unit, at=at, begin=begin, end=end)
    if number.scale == 1 and number.value * other.scale <= other.value:
        number = replace(number, value=number.value * other.scale)
    if number.value is None or other.value <= number.value:
        return _made(text, number, unit, at=at, begin=begin, end=end)
    return _made(text, number, unit, at=at, begin=begin, end=measured[1], high=other.value)


def _made(
    text: str, number: Number, unit: str, *, at: int, begin: int, end: int, high: Decimal | None = None
) -> Read:
    value = number.value
    if minus := _MINUS.search(text[max(0, begin - 6) : begin]):
        value, begin = (None if value is None else -value), begin - len(minus[0])
    elif about := _ABOUT.search(text[max(0, begin - 16) : begin]):
        begin -= len(about[0])
    if value is not None and (minus_after := _MINUS_AFTER.match(text, end)) and not minus:
        value, end = -value, minus_after.end()
    unit += rate_of(text, begin, end) if unit in {"people", "count"} else ""
    figure = Figure(raw=text[begin:end], value=value, unit=unit, value_high=high, span=(begin, end))
    return Read(figure, at)


def _with_sentences(shown: str, title_end: int, found: list[Figure]) -> tuple[Figure, ...]:
    if not found:
        return ()
    body = shown[title_end + 1 :]
    spans = [(0, title_end), *((a + title_end + 1, b + title_end + 1) for a, b in sentences(body))]
    starts = [start for start, _ in spans]
    out = []
    for figure in found:
        start, end = spans[bisect_right(starts, figure.span[0]) - 1]
        start, end = max(start, figure.span[0] - _SENTENCE), min(end, figure.span[1] + _SENTENCE)
        out.append(replace(figure, sentence=shown[start:end]))
    return tuple(out)
