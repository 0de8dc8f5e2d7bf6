"""Whom a place in a Korean sentence speaks of: particles tell topic, subject and owner."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from handlers.subject_words import ATTRIBUTES_KO, CARRIED, PASSING, UNKNOWN, Named, Verdict

Role = Literal["topic", "subject", "owner", "other", "apart"]


@dataclass(frozen=True, slots=True)
class _Mark:
    """A word that a particle marks: a company, something a company has, or neither.

    `weak` = marked by 이/가, so it may belong to a clause inside ("오샹이 설립한").
    """

    start: int
    end: int
    weak: bool
    company: Named | None = None
    attribute: bool = False
    back: bool = False


_AFTER = (
    (
        "topic",
        re.compile(r"(?: ?(?:측|그룹))?(?:은|는|도)(?![가-힣])|(?:이?다|입니다|이었다|였다)(?![가-힣])"),
    ),
    ("subject", re.compile(r"(?: ?(?:측|그룹))?(?:이|가|께서)(?![가-힣])")),
    ("owner", re.compile(r"(?: ?그룹)?의(?![가-힣])| (?!및)|에서(?![가-힣])|[을를](?![가-힣])")),
    ("apart", re.compile(r"보다|처럼|에 (?:따르면|비해|이어)|와|과|대비|및| 및| 대비| 등")),
)
_JOINT = re.compile(r"(?:와|과|및|,|·|、|/|그리고|랑|\s)*[‘'\"“]?")
_LINKS = re.compile(r"와|과|및|,|·|、|/|그리고|랑")
_COMMA = re.compile(r"\s?[,，](?=\s)")
_MARKED = re.compile(r"(?P<noun>[가-힣A-Za-z0-9%]{1,20})[’'\"”)]?(?P<particle>은|는|이|가|도)(?=[\s,，])")
_ATTRIBUTE = re.compile(rf"(?:{ATTRIBUTES_KO})\Z")
_BACK = re.compile(r"(?:회사|업체|기업|당사)\Z")
_BACK_BEFORE = re.compile(r"(?:^|[\s\W])(?:이|해당|그|동) ?\Z|^\W*\Z")
#: 는 and 은 that end a verb, an adverb or a time, not a topic.
_NO_TOPIC = re.compile(
    r"(?:^.|[하되있없받주려치내놓두많높맡좋작적같깊넓짧]|만드|만들|이라|다|에|에서|로|까지|부터|[년월일해]|분기|반기|지난|이번|현재|당시|때|후|이후|중|그리고|또|달리)\Z"
)
_NO_SUBJECT = re.compile(
    r"(?:^.|같|없|많|높|깊|넓|나란|굳|특|일일|더욱|가까|아|보|들|뛰|뒤|늘어|쌓|드러|이루)\Z"
)
_ARGUMENT = re.compile(r"[가-힣][을를이가]\s\Z")
_CLAUSE = re.compile(r"(?<=[가-힣])(?:(?<![광재창중최사보신경금원])고|며|지만|으나|는데|면서|반면)[,，]?\s")
_INSIDE = re.compile(
    r"[가-힣]*(?:한|된|은|는|던|할|될|른|린|운|낸|간|온|든|인|쓴|산|판|친|킨|진|뜬|난|둔|단|준)\s"
)
_THING = re.compile(
    rf"의\s(?:[가-힣A-Za-z]+\s){{0,3}}?(?P<thing>[가-힣]*(?:{ATTRIBUTES_KO}))(?:의)?\s*(?:약|총|무려)?\s*\Z"
)
#: People or things that are the subject themselves: "700만 명이 몰렸다".
_ITSELF = re.compile(
    r"[^가-힣]{0,3}[0-9][0-9.,만억조천백여 ]{0,14}(?:명|개|곳|건|대|인|점|가지)(?:이|가)(?![가-힣])"
)
_STRANGERS = re.compile(r"시장|업계|업종|산업|정부|경쟁사|경쟁 업체|수출|전국|수입된")
_UP_TO = re.compile(rf"\s*(?:(?:{ATTRIBUTES_KO})\s)?(?:약|총|무려|모두|최대|누적|전체)?\s*")


def read_korean(sentence: str, named: Sequence[Named], at: int) -> Verdict:
    """Whom offset `at` of the sentence speaks of."""
    marks = [mark for mark in _marks(sentence, named) if mark.end <= at]
    inner = False
    for mark in reversed(marks):
        if mark.weak and (embedded := _embedded(sentence, mark, at)):
            inner = inner or embedded == "beside"
            continue
        if inner:
            return UNKNOWN
        return _of(sentence, named, marks, mark, at)
    return UNKNOWN if inner else _unmarked(sentence, named, at)


def _marks(sentence: str, named: Sequence[Named]) -> list[_Mark]:
    found: list[_Mark] = []
    for index, each in enumerate(named):
        role, end = _role(sentence, each, first=index == 0 or not sentence[: each.start].strip())
        if role in {"topic", "subject"}:
            found.append(_Mark(each.start, end, role == "subject", company=each))
    found += _nouns(sentence, named)
    return sorted(found, key=lambda mark: mark.start)


def _nouns(sentence: str, named: Sequence[Named]) -> Iterator[_Mark]:
    ends = {each.end for each in named} | {each.end - 1 for each in named}
    for match in _MARKED.finditer(sentence):
        noun, weak = match["noun"], match["particle"] in "이가"
        if match.end("noun") in ends or any(n.start <= match.start() < n.end for n in named):
            continue
        if _ATTRIBUTE.search(noun):
            yield _Mark(match.start(), match.end(), weak, attribute=True)
        elif _BACK.search(noun) and _BACK_BEFORE.search(sentence[: match.start()] + ""):
            yield _Mark(match.start(), match.end(), weak, back=True)
        elif not (_NO_SUBJECT if weak else _NO_TOPIC).search(noun) and not _describes(sentence, match):
            yield _Mark(match.start(), match.end(), weak)


def _describes(sentence: str, match: re.Match[str]) -> bool:
    """Whether 는 ends a verb after all: its object or subject stands right before, "사람들이 어울리는"."""
    return match["particle"] in "은는" and bool(
        _ARGUMENT.search(sentence[max(0, match.start() - 3) : match.start()])
    )


def _role(sentence: str, each: Named, *, first: bool) -> tuple[Role, int]:
    for role, pattern in _AFTER:
        if match := pattern.match(sentence, each.end):
            return role, match.end()  # type: ignore[return-value]
    if first and (comma := _COMMA.match(sentence, each.end)):
        return "topic", comma.end()  # a headline: "텐센트, 3분기 매출 652억 위안"
    return "other", each.end


def _embedded(sentence: str, mark: _Mark, at: int) -> Literal["", "inside", "beside"]:
    """Whether a subject belongs to a clause inside, ended by a verb that describes a noun.

    "beside": that noun is the figure itself ("아이회수가 운영하는 200여 개").
    """
    verb = _INSIDE.search(sentence, mark.end, at)
    if verb is None:
        return ""
    return "beside" if _UP_TO.fullmatch(sentence, verb.end(), at) else "inside"


def _of(sentence: str, named: Sequence[Named], marks: Sequence[_Mark], mark: _Mark, at: int) -> Verdict:
    if mark.back:
        return CARRIED
    if mark.company is not None:
        unsure = _one_of_two(sentence, named, mark.company) or _others_thing(
            sentence, named, mark.company, at
        )
        return UNKNOWN if unsure else Verdict(mark.company.company)
    if not mark.attribute:
        return PASSING if mark.weak else UNKNOWN
    verdict = _owner(sentence, named, mark.start)
    stranger = any(not (m.weak or m.attribute or m.company or m.back) for m in marks if m.end <= mark.start)
    stranger = stranger or bool(_STRANGERS.search(sentence, 0, mark.start))
    return UNKNOWN if verdict.open and stranger else verdict


def _others_thing(sentence: str, named: Sequence[Named], subject: Named, at: int) -> bool:
    """Whether the figure counts what another company has: "샹환지는 아이회수의 매장 200여 개를"."""
    for each in named:
        if subject.end <= each.start < at and each.company != subject.company:
            thing = _THING.match(sentence, each.end, at)
            if thing and not thing["thing"].endswith(("지분", "주식")):
                return True
    return False


def _owner(sentence: str, named: Sequence[Named], at: int) -> Verdict:
    """Whose the thing at `at` is: the company named before it in its clause, else in the sentence."""
    clause = max((match.end() for match in _CLAUSE.finditer(sentence, 0, at)), default=0)
    here = [each for each in named if clause <= each.start < at and _owns(sentence, each)]
    if here:
        return _last_owner(sentence, named, here)
    for each in reversed([each for each in named if each.end <= clause]):
        if _role(sentence, each, first=True)[0] in {"topic", "subject"}:
            return UNKNOWN if _one_of_two(sentence, named, each) else Verdict(each.company)
    return CARRIED


def _last_owner(sentence: str, named: Sequence[Named], here: Sequence[Named]) -> Verdict:
    """Of "알리바바의 중고 장터 시엔위에서 …" the last; None where they do not own one another."""
    last = here[-1]
    if _one_of_two(sentence, named, last):
        return UNKNOWN
    chained = all(_role(sentence, each, first=False)[0] in {"owner", "topic"} for each in here[:-1])
    same = len({each.company for each in here}) == 1
    return Verdict(last.company) if same or chained else UNKNOWN


def _owns(sentence: str, each: Named) -> bool:
    return _role(sentence, each, first=False)[0] != "apart"


def _one_of_two(sentence: str, named: Sequence[Named], each: Named) -> bool:
    """Whether a company is named together with another one: "어러머와 바이두는"."""
    index = list(named).index(each)
    for one, two in ((index - 1, index), (index, index + 1)):
        if one < 0 or two >= len(named) or named[one].company == named[two].company:
            continue
        between = sentence[named[one].end : named[two].start]
        if _JOINT.fullmatch(between) and _LINKS.search(between):
            return True
    return False


def _unmarked(sentence: str, named: Sequence[Named], at: int) -> Verdict:
    """Without a marked word: "텐센트 3분기 매출 652억 위안"; else the sentence before says it."""
    before = [each for each in named if each.end <= at and _owns(sentence, each)]
    if before and re.search(rf"(?:{ATTRIBUTES_KO})", sentence[before[-1].end : at]):
        return _owner(sentence, named, at)
    return UNKNOWN if _ITSELF.match(sentence, at) else CARRIED
