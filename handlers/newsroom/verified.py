"""Whether a model's summary says nothing that its source does not. Pure.

Every company, figure, place, Latin name and number in it must stand in the source, read by the same
readers; quotations and titled persons must stand there word for word, and a way that something went
("rose", "적자") must be the source's. What cannot be checked is refused, and the story's own sentences
stand instead. A Korean or Chinese name of somebody unknown, without a title, is beyond it, and so is
who of two rose and who fell where no number tells them apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from handlers.aliases import fold, hits
from handlers.common_words import common
from handlers.currencies import MONEY
from handlers.figures import figures
from handlers.mentions import mentions
from handlers.newsroom.directions import turned
from handlers.newsroom.events import places_in
from handlers.newsroom.signs import pieces
from handlers.newsroom.understanding import language_of
from handlers.sentences import sentences
from store.catalogue import Catalogue
from store.model import Figure, Language

LONGEST = 400
"""Characters of a summary; MOST sentences."""
MOST = 3

_SHARED = 0.6  # of a summary's words that stand in a source of the same language
_UNWANTED = re.compile(
    r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff<>`|{}\\]|\]\(|https?:|www\.|@\w"
    r"|\b[a-z0-9-]+\.(?:com|cn|net|org|io|kr|app|xyz|example|co|me|info|ru|top)\b",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(?<![A-Za-z\d.,])\d[\d,]*(?:\.\d+)?")  # those of "SU7" are a name's
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[.'’&-][A-Za-z0-9]+)*")
_QUOTED = re.compile(r"[\"“”「『]([^\"“”」』]+)[\"“”」』]|'([^']{4,})'|‘([^’]{4,})’")
_KO_PERSON = re.compile(
    r"([가-힣]{2,5}) ?(?:회장|대표|CEO|최고경영자|창업자|사장|총재|부사장|이사|교수|애널리스트|장관|부회장)"
)
_ZH_TITLE = "创始人|董事长|首席执行官|总裁|CEO|分析师|教授|部长|副总裁|创办人|总经理"
_ZH_PERSON = re.compile(rf"(?:{_ZH_TITLE})([\u4e00-\u9fff]{{2,3}})|([\u4e00-\u9fff]{{2,3}})(?=先生|女士)")
#: Words for 1 to 12 that may stand for a number of a source or of a summary.
_NUMBER_WORDS = (
    "one first january 첫 한 하나 一", "two second february 두 둘 二 两", "three third march 세 셋 三",
    "four fourth april 네 넷 四", "five fifth may 다섯 五", "six sixth june 여섯 六",
    "seven seventh july 일곱 七", "eight eighth august 여덟 八", "nine ninth september 아홉 九",
    "ten tenth october 열 十", "eleven eleventh november", "twelve twelfth december",
)  # fmt: skip
_NUMBER_OF = {word: str(n) for n, words in enumerate(_NUMBER_WORDS, 1) for word in words.split()}
_AS_WORDS = frozenset({"one", "first", "may", "march", "second"})  # in English, mostly no number


def flaws(summary: str, title: str, body: str, language: Language, catalogue: Catalogue) -> tuple[str, ...]:
    """Why a summary of (title, body) in `language` must not be used, as "kind:what"; () = it may."""
    if not summary or len(summary) > LONGEST or len(sentences(summary)) > MOST:
        return ("shape:length",)
    if found := _UNWANTED.search(summary):
        return (f"shape:{found[0][:20]!r}",)
    if language_of(summary) != language:
        return ("shape:language",)
    source = f"{title}\n{body}"
    return (
        *_strangers(summary, title, body, catalogue),
        *_wrong_figures(summary, title, body),
        *_wrong_numbers(summary, source),
        *_latin_names(summary, source, language, catalogue),
        *(f"place:{place}" for place in sorted(places_in(summary) - places_in(source))),
        *_persons(summary, source),
        *_quotations(summary, source),
        *turned(summary, source),
        *_other_words(summary, source, language),
    )


def _known(text: str, catalogue: Catalogue) -> frozenset[str]:
    """Companies that a text may name, the risky spellings, too."""
    return frozenset(company for hit in hits(text, catalogue) for company in hit.alias.companies)


def _strangers(summary: str, title: str, body: str, catalogue: Catalogue) -> Iterator[str]:
    known = _known(f"{title}\n{body}", catalogue)
    for mention in mentions("", summary, catalogue):
        if mention.company not in known:
            yield f"company:{mention.company}"


def _wrong_figures(summary: str, title: str, body: str) -> Iterator[str]:
    told = {amount for figure in figures(title, body) for amount in _amounts(figure)}
    for figure in figures("", summary):
        if figure.value is None or not set(_amounts(figure)) <= told:
            yield f"figure:{figure.raw}"


def _amounts(figure: Figure) -> Iterator[tuple[str, Decimal]]:
    """The amounts of a figure to compare: money by currency, shares, and plain numbers of any kind."""
    for value, unit in (
        (figure.value, figure.unit),
        (figure.value_high, figure.unit),
        *([(figure.pair.value, figure.pair.unit)] if figure.pair else []),
    ):
        if value is not None:
            kind = unit if unit in MONEY or unit in {"percent", "percent_point", "times"} else "n"
            yield kind, value.normalize()


def _wrong_numbers(summary: str, source: str) -> Iterator[str]:
    """Numbers that are no figure (a date, a quarter, a model's name) must stand in the source, too."""
    taken = {at - 1 for figure in figures("", summary) for at in range(*figure.span)}
    told = _numbers(source)
    for match in _DIGITS.finditer(summary):
        if match.start() not in taken and _plain(match[0]) not in told:
            yield f"number:{match[0]}"
    for word in _LATIN.findall(summary):
        number = _NUMBER_OF.get(word.lower(), "")
        if number and word.lower() not in _AS_WORDS and number not in told:
            yield f"number:{word}"


def _numbers(source: str) -> frozenset[str]:
    """Every number of a source, those in words up to twelve, too."""
    found = {_plain(number) for number in _DIGITS.findall(source)}
    words = {word.lower() for word in _LATIN.findall(source)}
    for word, number in _NUMBER_OF.items():
        if word in words if word.isascii() else word in source:
            found.add(number)
    return frozenset(found)


def _plain(number: str) -> str:
    text = number.replace(",", "").rstrip(".")
    return text.lstrip("0") or "0"


def _latin_names(summary: str, source: str, language: Language, catalogue: Catalogue) -> Iterator[str]:
    """Latin words that are, or could be, names: any in Korean or Chinese, in English the capitalised."""
    told = {word.lower() for word in _LATIN.findall(source)}
    named = [mention.span for mention in mentions("", summary, catalogue)]
    starts = {start for start, _ in sentences(summary)}
    for match in _LATIN.finditer(summary):
        word, at = match[0], match.start()
        if word.lower() in told or any(start - 1 <= at < end - 1 for start, end in named):
            continue
        if language == "en":
            if word[0].islower() or (at in starts and word.lower() in common("common_en")):
                continue
            if places_in(word) and places_in(word) <= places_in(source):
                continue
            if word.lower() in _NUMBER_OF:  # it was compared as a number
                continue
        yield f"name:{word}"


def _persons(summary: str, source: str) -> Iterator[str]:
    for pattern in (_KO_PERSON, _ZH_PERSON):
        for match in pattern.finditer(summary):
            name = next(group for group in match.groups() if group)
            if name not in source:
                yield f"person:{name}"


def _quotations(summary: str, source: str) -> Iterator[str]:
    told = "".join(source.split())
    for match in _QUOTED.finditer(summary):
        said = next(group for group in match.groups() if group)
        if "".join(said.split()) not in told:
            yield f"quotation:{said[:20]}"


def _other_words(summary: str, source: str, language: Language) -> Iterator[str]:
    """A summary in the source's own language has mostly its words."""
    if language_of(source) == language:
        own = pieces(fold(summary))
        if own and len(own & pieces(source)) / len(own) < _SHARED:
            yield "words:others"
