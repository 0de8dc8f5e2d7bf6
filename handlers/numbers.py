"""Numbers as Korean, Chinese and English news write them: 268억 4400만, 1.65亿, 1조4천500억, 3.2bn, 만억.

A number is read at a position and never searched for, so that reading a text stays linear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal

LONGEST = 24  # digits and commas; anything longer is no amount

_DIGITS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?")
_SCALE = re.compile(r"(?: ?(?:여|余|餘|多|몇|几) ?)?( ?)([십백천만억조경十百千万萬亿億兆]{1,3})")
_ENGLISH_SCALE = re.compile(
    r"(?:[ -]?(thousand|million|billion|trillion|mln|bln|trn|mn|bn|tn)|([kmbtKMBT]))(?![A-Za-z])",
    re.IGNORECASE,
)
_UNIT_OF_REST = re.compile(r"원|위안|홍콩|달러|엔|유로|명|元|人")
_THOUSANDS = re.compile(r" ([0-9]{3})(?=원|위안|달러|元)")
_SPELLED_KO = re.compile(r"[일이삼사오육칠팔구십백천만억조경]{2,16}")
_SPELLED_ZH = re.compile(r"[〇零一二两兩三四五六七八九十百千万萬亿億]{1,16}")
_VAGUE = re.compile(
    r"(?:수|몇) ?[십백천만억조]{1,3}|(?:数|數|几|幾|上)[十百千万萬亿億]{1,3}|十几[万萬亿億]?"
    r"|(?:tens|hundreds|thousands|millions|billions|trillions|dozens)"
    r"(?: of (?:thousands|millions|billions|trillions))?\b",
    re.IGNORECASE,
)
_POWER = {
    "십": 1, "백": 2, "천": 3, "만": 4, "억": 8, "조": 12, "경": 16,
    "十": 1, "百": 2, "千": 3, "万": 4, "萬": 4, "亿": 8, "億": 8, "兆": 12,
}  # fmt: skip
_ENGLISH_POWER = {
    "thousand": 3, "k": 3, "million": 6, "mln": 6, "mn": 6, "m": 6,
    "billion": 9, "bln": 9, "bn": 9, "b": 9, "trillion": 12, "trn": 12, "tn": 12, "t": 12,
}  # fmt: skip
_SPELLED_DIGIT = {
    **{char: value for value, char in enumerate("영일이삼사오육칠팔구")},
    **{char: value for value, char in enumerate("零一二三四五六七八九")},
    "〇": 0, "两": 2, "兩": 2,
}  # fmt: skip
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
)
_TEENS = "seventeen eighteen nineteen twenty"
_TENS = "thirty forty fifty sixty seventy eighty ninety hundred"
_WORDS = {
    **{word: value for value, word in enumerate(f"{_SMALL} {_TEENS}".split())},
    **{word: value for value, word in zip(range(30, 110, 10), _TENS.split(), strict=True)},
}
_WORD = re.compile(rf"(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))})\b", re.IGNORECASE)
_NATIVE_KO = {"두": 2, "세": 3, "네": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9, "열": 10}
_NATIVE = re.compile(r"(두|세|네|다섯|여섯|일곱|여덟|아홉|열)(?= ?배)")


@dataclass(frozen=True, slots=True)
class Number:
    """A number as read: `value` None when vague, `end` after its last character.

    `scale` is the factor of its last group (10000 for 만, 1 without one); `letter` tells that the
    scale is a single Latin letter, which means something only beside a currency; `spelled`
    that it is written in words.
    """

    value: Decimal | None
    end: int
    scale: Decimal = Decimal(1)
    letter: bool = False
    spelled: bool = False


def read_number(text: str, at: int) -> Number | None:
    """The number that begins at `at`, or None."""
    if text[at] in "0123456789":
        return _written(text, at)
    if match := _VAGUE.match(text, at):
        return Number(None, match.end(), spelled=True)
    for pattern in (_SPELLED_KO, _SPELLED_ZH):
        if match := pattern.match(text, at):
            words = _without_stray_digit(match[0])
            if pattern is _SPELLED_KO and not _is_sum(words):
                return None
            return Number(spelled_value(words), at + len(words), _last_scale(words), spelled=True)
    if match := _NATIVE.match(text, at):
        return Number(Decimal(_NATIVE_KO[match[1]]), match.end(), spelled=True)
    if match := _WORD.match(text, at):
        scaled = _english(text, match.end(), Decimal(_WORDS[match[0].lower()]))
        return None if scaled.letter else replace(scaled, spelled=True)
    return None


def _written(text: str, at: int) -> Number | None:
    match = _DIGITS.match(text, at)
    if match is None or len(match[0]) > LONGEST or _is_version(text, at, match.end()):
        return None
    if match[0].startswith("00") and "." not in match[0]:
        return None  # the tail of a number whose comma was lost
    value = Decimal(match[0].replace(",", ""))
    scale = _SCALE.match(text, match.end())
    if scale is None:
        return _english(text, match.end(), value)
    return _grouped(text, value, scale)


def _is_version(text: str, at: int, end: int) -> bool:
    """5.0.1, or the tail of one."""
    goes_on = text[end : end + 1] == "." and text[end + 1 : end + 2].isdigit()
    return goes_on or (at > 1 and text[at - 1] in ".," and text[at - 2].isdigit())


def _grouped(text: str, first: Decimal, scale: re.Match[str]) -> Number:
    """Add up the groups of 1조 4천500억: below 만 they gather, and great scales must descend."""
    total = section = Decimal(0)
    last = Decimal(10) ** 20
    value, end, factor = first, scale.start(), Decimal(1)
    group: re.Match[str] | None = scale
    while group is not None:
        small, great = _factors(group[2])
        if great > 1:
            if great >= last:
                break
            total, section, last = total + (section + value * small) * great, Decimal(0), great
        else:
            section += value * small
        end, factor = group.end(), small * great
        digits = _DIGITS.match(text, end + (great > 1 and text[end : end + 1] == " "))
        if digits is None or len(digits[0]) > LONGEST:
            break
        value, stop = _rest(text, digits, glued=digits.start() == end)
        group = _SCALE.match(text, stop)
        if group is None and value < factor and _is_remainder(text, digits, end, value):
            section, end, factor = section + value, stop, Decimal(1)
    return Number(total + section, end, factor)


def _rest(text: str, digits: re.Match[str], *, glued: bool) -> tuple[Decimal, int]:
    """The digits after a scale and where they end; "31만9 000원" lost the comma between its thousands."""
    thousands = _THOUSANDS.match(text, digits.end()) if glued and len(digits[0]) == 1 else None
    if thousands is None:
        return Decimal(digits[0].replace(",", "")), digits.end()
    return Decimal(digits[0] + thousands[1]), thousands.end()


def _is_remainder(text: str, digits: re.Match[str], end: int, value: Decimal) -> bool:
    """ "3만4500", "3만 4500" and "3만 500원": a small number after a space must carry the unit itself."""
    return digits.start() == end or value >= 1000 or _UNIT_OF_REST.match(text, digits.end()) is not None


def _english(text: str, at: int, value: Decimal) -> Number:
    match = _ENGLISH_SCALE.match(text, at)
    if match is None:
        return Number(value, at)
    factor = Decimal(10) ** _ENGLISH_POWER[(match[1] or match[2]).lower()]
    return Number(value * factor, match.end(), factor, letter=match[1] is None)


def _factors(scale: str) -> tuple[Decimal, Decimal]:
    """The part of a scale below 만 and the part from 만 on: 천만 is (1000, 10000)."""
    powers = [_POWER[char] for char in scale]
    return Decimal(10) ** sum(p for p in powers if p < 4), Decimal(10) ** sum(p for p in powers if p >= 4)


def _is_sum(words: str) -> bool:
    """천만 and 사천억, but not 만일 (if), 조사 (survey), 구조 (rescue), 백조 (swan)."""
    return words[-1] in _POWER and words[0] != "조" and not (len(words) == 2 and words[-1] == "조")


def _without_stray_digit(words: str) -> str:
    """ "千亿三个" lists three things: a digit right after a great scale belongs to what follows."""
    stray = len(words) > 2 and words[-1] in _SPELLED_DIGIT and _POWER.get(words[-2], 0) >= 4
    return words[:-1] if stray else words


def _last_scale(words: str) -> Decimal:
    return Decimal(10) ** _POWER.get(words[-1], 0)


def spelled_value(words: str) -> Decimal:
    """What a number spelled in Hangul or Hanzi is worth: 사천억, 一亿三千万, 만억, 二〇一七."""
    if all(char in _SPELLED_DIGIT for char in words) and len(words) > 1:
        return Decimal("".join(str(_SPELLED_DIGIT[char]) for char in words))
    total = section = digit = 0
    for char in words:
        if char in _SPELLED_DIGIT:
            digit = _SPELLED_DIGIT[char]
            continue
        power = _POWER[char]
        if power < 4:
            section += (digit or 1) * 10**power
        elif section + digit == 0 and total:
            total *= 10**power  # 만억, 万亿
        else:
            total, section = total + ((section + digit) or 1) * 10**power, 0
        digit = 0
    return Decimal(total + section + digit)
