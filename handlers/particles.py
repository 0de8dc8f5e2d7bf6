"""Korean particles: which of 은/는, 이/가, 을/를 … follows a word, by its last sound.

Hangul tells it by its code point (19 initials x 21 vowels x 28 finals); digits are read as
Sino-Korean numbers; Latin words as Korean writes them (텐센트 for Tencent, 챗 for chat);
capitals letter by letter. A bracket after the word is silent: 샤오홍슈(小红书)는.
"""

from __future__ import annotations

import re
from typing import Literal

Sound = Literal["vowel", "rieul", "consonant", "unknown"]

PARTICLES = {
    "은는": ("은", "는"),
    "이가": ("이", "가"),
    "을를": ("을", "를"),
    "과와": ("과", "와"),
    "으로로": ("으로", "로"),
    "이나나": ("이나", "나"),
    "이라라": ("이라", "라"),
    "이란란": ("이란", "란"),
    "이라는": ("이라는", "라는"),
}

_UNSURE = {
    "으로로": "(으)로",
    "이나나": "(이)나",
    "이라라": "(이)라",
    "이란란": "(이)란",
    "이라는": "(이)라는",
}

_BRACKETED = re.compile(r"[(（\[［<〈《「『【][^()（）\[\]]*[)）\]］>〉》」』】]\s*$")
_SILENT = " \t\u00a0.,!?…·~\"'`’”»)）]］>〉》」』】*_"

_DIGITS: dict[str, Sound] = {"1": "rieul", "3": "consonant", "6": "consonant", "7": "rieul", "8": "rieul"}
_SIGNS: dict[str, Sound] = {
    "%": "vowel",  # 퍼센트
    "％": "vowel",
    "℃": "vowel",  # 도
    "$": "vowel",  # 달러
    "€": "vowel",  # 유로
    "¥": "consonant",  # 위안
    "₩": "consonant",  # 원
    "+": "vowel",  # 플러스
    "&": "vowel",  # 앤드
}


def with_particle(word: str, pair: str) -> str:
    """`word` with the right one of `pair` ("은는"): 메이투안은, 어러머는, 7로, 美团은(는).

    KeyError when the pair is unknown.
    """
    closed, open_ = PARTICLES[pair]
    sound = last_sound(word)
    if sound == "unknown":
        return word + _UNSURE.get(pair, f"{closed}({open_})")
    if pair == "으로로" and sound == "rieul":
        return word + open_
    return word + (open_ if sound == "vowel" else closed)


def last_sound(word: str) -> Sound:
    """How a Korean reader ends this word aloud; "unknown" where only a dictionary would know."""
    heard = word.strip()
    while (shorter := _BRACKETED.sub("", heard).strip()) and shorter != heard:
        heard = shorter
    heard = heard.rstrip(_SILENT)
    if not heard:
        return "unknown"
    last = heard[-1]
    if "가" <= last <= "힣":
        return _hangul(last)
    if "0" <= last <= "9":
        return _number(heard)
    if last.isascii() and last.isalpha():
        return _latin(re.split(r"[^A-Za-z]", heard)[-1])
    return _SIGNS.get(last, "unknown")


def _hangul(letter: str) -> Sound:
    final = (ord(letter) - ord("가")) % 28
    if final == 0:
        return "vowel"
    return "rieul" if final == 8 else "consonant"


def _number(text: str) -> Sound:
    digits = re.split(r"[^0-9,]", text)[-1].replace(",", "")
    zeros = len(digits) - len(digits.rstrip("0"))
    if zeros == 0:
        return _DIGITS.get(digits[-1], "vowel")
    decimal = re.search(r"\.\d+$", text)
    if decimal or zeros == len(digits):
        return "consonant"  # 영
    return "vowel" if 12 <= zeros < 16 else "consonant"  # 십 백 천 만 억, but 조


def _latin(word: str) -> Sound:
    if word.isupper() or len(word) == 1:
        return _letter(word[-1].upper())
    low = word.lower()
    if re.search(r"[lmn]e$", low) and len(low) > 2:
        low = low[:-1]  # mobile 모바일, phone 폰, game 게임
    if low.endswith("l"):
        return "rieul"
    if low.endswith(("m", "n", "ng", "ck")):
        return "consonant"
    if re.search(r"(^|[^aeiouy])([aeiouy]|oo)p?[ptkc]$", low):
        return "consonant"  # chat 챗, Facebook 북, app 앱; but Tencent 텐센트
    return "vowel"


def _letter(letter: str) -> Sound:
    if letter in "LR":
        return "rieul"  # 엘, 알
    return "consonant" if letter in "MN" else "vowel"  # 엠, 엔
