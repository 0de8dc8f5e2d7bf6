"""Figures in a text: money, percentages, multiples, people, counts, and the conversions printed beside them.

Dates, clock times, ranks, durations, versions and model numbers are no figures: they have no unit of
ours. Nothing is recomputed here; a figure says what the text says.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import replace
from decimal import Decimal

from handlers.numbers import Number, read_number
from handlers.pairs import Read, once, paired
from handlers.sentences import sentences
from handlers.units import MONEY, OTHER_MONEY, noun_after, unit_after, unit_before
from handlers.veil import veil
from store.model import Figure
from store.spelling import level, plain_spaces

# "～" and its kin become "~"; a full-width comma stays a comma between clauses.
_SIGNS = {ord("〜"): "~", ord("∼"): "~", ord("˜"): "~", ord("−"): "-"}

_START = re.compile(
    r"(?P<digits>[0-9])|百分之|(?<![가-힣])(?:(?:수|몇) ?)?[일이삼사오육칠팔구십백천만억조]{2,16}"
    r"|(?<![가-힣])(?:수|몇) ?[십백천만억조]"
    r"|[数數几幾上十][十百千万萬亿億]+|[〇零一二两兩三四五六七八九十百千万萬亿億]+"
    r"|(?<![가-힣])(?:두|세|네|다섯|여섯|일곱|여덟|아홉|열) ?배"
    r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
    r"|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
    r"|tens|hundreds|thousands|millions|billions|trillions|dozens)\b",
    re.IGNORECASE,
)
_DIGIT_RUN = re.compile(r"[0-9][0-9.,]*")
_ORDINAL = re.compile(r"(?:第|제|No\.?|#|[A-Za-z]-?)$")
#: Figures kept of one item; a text with more is a table or an attack.
MOST = 2000
_TOO_MUCH = 10**20  # no amount of this world
_SENTENCE = 400  # characters of a sentence kept on each side of its figure
_PER = re.compile(r"(?:\bper |每)$", re.IGNORECASE)
_ABOUT = re.compile(
    r"(?:약|대략|约|約|大约|将近|近|接近|about|around|approximately|nearly|almost|roughly|c\.?) ?$",
    re.IGNORECASE,
)
_MINUS = re.compile(r"(?:마이너스 ?|(?<![\w%)\]-])-)$")
_MINUS_AFTER = re.compile(r" 마이너스(?![가-힣])")
_RANGE = re.compile(r" ?(?:~|–|—|至|到|내지) ?|-| to ", re.IGNORECASE)
_CHANGE = re.compile(r"(?:\bfrom|从|從|由) ?$", re.IGNORECASE)
_TAIL = re.compile(r" ?(?:여|餘|余|多|\+|남짓)(?= ?[^\W\d])")
# Korean headlines leave the won out, Chinese ones the yuan.
_MONEY_TALK_KO = re.compile(
    r"(?:대|원대|규모|어치|이상|넘)?(?:를|을|이|가|의|로|에)? ?"
    r"(?:쓴|쓰|들여|들이|투자|투입|매출|손실|적자|흑자|이익|영업|순익|순손|벌금|과징금|지원|펀드|자금|시총|몸값|베팅|빚|유치"
    r"|조달|예산|수주|계약|인수|벌어|벌었|벌고|날려|날린|잭팟|보조금|실탄|배당|지분|수출|시장|규모|클럽|돌파|거래)"
)
_MONEY_TALK_ZH = re.compile(
    r"(?:耗资|融资|投资|注资|出资|斥资|营收|收入|估值|市值|亏损|净利|利润|成交额|销售额|罚款|募资|补贴|投入|砸)"
    r"[^0-9，。,；;\n]{0,8}[0-9.]{1,8} ?[千百十万]?[亿億]\Z"
)
_MEANWHILE = (
    r"(?: ?(?:평균(?:적으로)?|약|최대|최소|무려|新增|平均|约|超过?|近|最多|about|around|over|some)?){0,2}"
    r" ?(?:에|의)? ?\Z"
)
_RATES = tuple(
    (
        suffix,
        re.compile(f"(?:{ahead}){_MEANWHILE}", re.IGNORECASE),
        re.compile(rf"(?: \w{{3,12}})? ?(?:{behind})", re.IGNORECASE),
    )
    for suffix, ahead, behind in (
        (
            "_per_day",
            "하루|매일|일평균|일 평균|일일|日均|每天|每日|单日",
            r"a day\b|per day\b|daily\b|each day\b|/일|/天",
        ),
        (
            "_per_month",
            "(?<![0-9] )(?<![0-9가-힣])월|매월|매달|한 달|한달|월평균|月均|每月",
            r"a month\b|per month\b|monthly\b|/월|/月",
        ),
        (
            "_per_year",
            "연간|매년|연평균|한 해|年均|每年",
            r"a year\b|per year\b|annually\b|/년|/年",
        ),
    )
)
_TIME = re.compile(
    r" ?(?:년|월|일|주|시간|분|초|차례|살|번|年|天|月|日|小时|分钟|秒|毫秒|岁|周|代|years|days|hours|minutes)"
)
_SIGN = re.compile(r"(?:US|HK)?[$€¥]")
_PERCENT_OF = re.compile(r"百分之")


def figures(title: str, body: str) -> tuple[Figure, ...]:
    """The figures of an item in text order; spans are into title + "\\n" + body.

    A conversion printed in brackets or in the sentence after ("원화로 …") is its figure's pair. The
    same figure said again of the same thing is reported once, where it stands first. At most MOST
    are read.
    """
    printed = f"{title}\n{body}"
    text = veil(_level(printed))
    shown = plain_spaces(printed)
    found = once(text, paired(text, _scan(text, shown)))
    return _with_sentences(shown, len(title), found)


def _level(text: str) -> str:
    """`level`, but a full-width comma stays a mark between clauses, and all range signs are one."""
    return "，".join(level(clause) for clause in text.split("，")).translate(_SIGNS)


def _scan(text: str, shown: str) -> list[Read]:
    reads: list[Read] = []
    at = 0
    while len(reads) < MOST and (match := _START.search(text, at)):
        start = match.start()
        run = _DIGIT_RUN.match(text, start) if match["digits"] else None
        at = run.end() if run else match.end()
        read = _read(text, start) if run is None or _promises(text, start, run.end()) else None
        if read is None:
            continue
        at = max(read.figure.span[1], start + 1)
        if read.figure.unit != OTHER_MONEY and (read.figure.value or 0) < _TOO_MUCH:
            raw = shown[slice(*read.figure.span)]
            reads.append(replace(read, figure=replace(read.figure, raw=raw)))
    return reads


def _promises(text: str, start: int, end: int) -> bool:
    """Whether anything beside a run of digits could be a unit: a quick look, since most could not."""
    after = text[end : end + 2].lstrip(" \t")[:1]
    if after.isalpha() or (after and after in "%~-–—+"):
        return True
    before = text[max(0, start - 2) : start].rstrip()[-1:]
    return before.isalpha() or (before != "" and before in "$€£¥￥₩")


def _read(text: str, at: int) -> Read | None:
    """The figure whose number begins at `at`."""
    if match := _PERCENT_OF.match(text, at):
        number = read_number(text, match.end()) if match.end() < len(text) else None
        return None if number is None else _made(text, number, "percent", at=at, begin=at, end=number.end)
    if _PER.search(text[max(0, at - 5) : at]):
        return None
    if _ORDINAL.search(text[max(0, at - 3) : at]) and unit_before(text, at) is None:
        return None
    number = read_number(text, at)
    if number is None:
        return None
    prefix = unit_before(text, at)
    measured = _measured(text, number, prefix)
    if measured is None:
        return _range_of_bare(text, at, number)
    unit, end = measured
    begin = prefix[1] if prefix else at
    return _ranged(text, number, unit, at=at, begin=begin, end=end)


def _measured(text: str, number: Number, prefix: tuple[str, int] | None) -> tuple[str, int] | None:
    """Unit and end of a number: what stands after it, before it, or what it counts."""
    end = number.end
    if tail := _TAIL.match(text, end):
        end = tail.end()
    after = unit_after(text, end)
    if prefix and (after is None or after.unit not in MONEY | {OTHER_MONEY}):
        return prefix[0], number.end
    if number.letter:
        noun = noun_after(text, number.end, scaled=True)
        return (noun.unit, noun.end) if noun and noun.unit == "people" else None
    if after is not None:
        return (after.unit, after.end) if _counts(number, after.unit) else None
    noun = noun_after(text, end, scaled=number.scale >= 1000)
    if noun is not None and _counts(number, noun.unit):
        return noun.unit, noun.end
    return _bare(text, number)


def _counts(number: Number, unit: str) -> bool:
    """Words for small numbers ("一个", "세 개", "two players") are grammar, but for shares and multiples."""
    if not number.spelled or number.value is None or unit in {"percent", "percent_point", "times"}:
        return True
    return number.value >= 100 or (unit in MONEY and number.value > 10)


def _bare(text: str, number: Number) -> tuple[str, int] | None:
    """A number without a unit that says something all the same: "2조 투자", "耗资 7 亿", "수백만 데이터"."""
    if number.value is None:
        return None if _TIME.match(text, number.end) else ("count", number.end)
    scale = text[number.end - 1]
    if text[number.end - 2 : number.end] == "만억" and number.spelled:
        return "CNY", number.end  # 만억 is 万亿, which only Chinese sources count in
    if scale in "조억" and not number.spelled and _MONEY_TALK_KO.match(text, number.end):
        return "KRW", number.end
    if scale in "亿億" and _MONEY_TALK_ZH.search(text[max(0, number.end - 20) : number.end]):
        return "CNY", number.end
    return None


def _range_of_bare(text: str, at: int, number: Number) -> Read | None:
    """20~30만원: the first number has no unit of its own and takes scale and unit of the second."""
    second = None if _CHANGE.search(text[max(0, at - 6) : at]) else _second(text, number)
    if second is None or number.value is None:
        return None
    high, unit, end, scale = second
    low = number.value if number.scale > 1 or number.value * scale > high else number.value * scale
    if low >= high:
        return None
    return _made(text, replace(number, value=low), unit, at=at, begin=at, end=end, high=high)


def _second(text: str, number: Number) -> tuple[Decimal, str, int, Decimal] | None:
    between = _RANGE.match(text, number.end)
    if between is None or not text[between.end() : between.end() + 1].isdigit():
        return None
    other = read_number(text, between.end())
    if other is None or other.value is None:
        return None
    measured = _measured(text, other, None)
    if measured is None:
        return None
    return other.value, measured[0], measured[1], other.scale


def _ranged(text: str, number: Number, unit: str, *, at: int, begin: int, end: int) -> Read:
    """20%~30%, 180 亿至 200 亿美元: a second number of the same unit makes a range, but for "from … to"."""
    between = _RANGE.match(text, end)
    if between is None or number.value is None or _CHANGE.search(text[max(0, begin - 6) : begin]):
        return _made(text, number, unit, at=at, begin=begin, end=end)
    start = between.end()
    sign = _SIGN.match(text, start)
    number_at = sign.end() if sign else start
    if not text[number_at : number_at + 1].isdigit():
        return _made(text, number, unit, at=at, begin=begin, end=end)
    other = read_number(text, number_at)
    # "$3.5-4bn": one sign for both ends
    prefix = unit_before(text, number_at) or ((unit, number_at) if begin < at else None)
    measured = _measured(text, other, prefix) if other else None
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
    unit += _rate(text, begin, end) if unit in {"people", "count"} else ""
    figure = Figure(raw=text[begin:end], value=value, unit=unit, value_high=high, span=(begin, end))
    return Read(figure, at)


def _rate(text: str, begin: int, end: int) -> str:
    """Whether something is counted by the day, the month or the year: "하루 20만 명", "월 100만 건"."""
    before, after = text[max(0, begin - 14) : begin], text[end : end + 14]
    for suffix, ahead, behind in _RATES:
        if ahead.search(before) or behind.match(after):
            return suffix
    return ""


def _with_sentences(shown: str, title_end: int, found: list[Figure]) -> tuple[Figure, ...]:
    body = shown[title_end + 1 :]
    spans = [(0, title_end), *((a + title_end + 1, b + title_end + 1) for a, b in sentences(body))]
    starts = [start for start, _ in spans]
    out = []
    for figure in found:
        start, end = spans[bisect_right(starts, figure.span[0]) - 1]
        start, end = max(start, figure.span[0] - _SENTENCE), min(end, figure.span[1] + _SENTENCE)
        out.append(replace(figure, sentence=shown[start:end]))
    return tuple(out)
