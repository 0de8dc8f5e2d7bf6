"""A question taken apart: the companies it names, the time, what is asked of them, the words left.

Question words, endings and particles are cut off by rules; nothing is looked up but the catalogue.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from handlers.aliases import hits
from handlers.common_words import common
from handlers.concepts import concepts, concepts_in
from handlers.highlight import folded
from handlers.mentions import mentions
from store.catalogue import Catalogue
from store.spelling import PARTICLES, is_hangul

MONEY = ("CNY", "KRW", "USD", "HKD", "EUR", "JPY")
_UNITS = {
    "money": MONEY,
    "people": ("people",),
    "percent": ("percent", "percent_point"),
    "times": ("times", "ratio"),
    "count": ("count", "units", "companies"),
    "points": ("points",),
}
_COUNTED = ("count", "people", "points")

_HOW_MUCH = re.compile(
    r"얼마|몇|how (?:much|many|big|large|high)|what percent|what share"
    r"|多少|多大|多高|几(?=[人个個家名台次倍成万亿])|百分之几"
)
_SHARES = ("growth", "decline", "market-share", "stake")
_FIRST = re.compile(r"how (?:many|much)\b|\bof\b")
_MEASURE = re.compile("수|규모|금액|액수|총액|액|량|율|률")
_MEASURED = re.compile(r"[가-힣](?:액|량|율|률)(?:은|는|이|가)?\W*$")
AMOUNTS = frozenset(
    (
        "revenue",
        "profit",
        "loss",
        "users",
        "sellers",
        "staff",
        "fine",
        "cost",
        "price",
        "valuation",
        "market-share",
        "growth",
        "decline",
        "downloads",
        "shipments",
        "stake",
        "deposit",
        "score",
    )
)
"""What is nothing but an amount: only a figure answers a question for it."""
_KINDS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (re.compile(r"몇 ?명|how many people|多少人|几人|几名|多少名"), ("people",)),
    (re.compile(r"몇 ?(?:%|퍼센트|프로)|percent|百分之|占比|비율|비중"), ("percent",)),
    (re.compile(r"몇 ?배|多少倍|几倍|how many times"), ("times",)),
    (re.compile(r"몇 ?점"), ("points",)),
    (re.compile(r"몇 ?(?:개|곳|건|대|군데)|多少[个個家台件]|几[个個家台件]"), _COUNTED),
    (re.compile(r"몇 ?(?:원|위안|달러|엔)|얼마에|多少钱|多少錢|how much money"), ("money",)),
)
_OTHER = re.compile(
    r"누구|누가|언제|어디|어느|무엇|무슨|뭐|뭘|왜|어떻게|어떤|\b(?:who|whom|whose|when|where|why|how|which|what)\b"
    r"|谁|誰|什么时候|何时|什么|什麼|哪|为什么|為什麼|为何|怎么|怎麼|如何|是否|吗|嗎|呢$"
)
_ENDS = re.compile(r"[?？]\W*$")
_ASKS = re.compile(
    r"(?<![가-힣])(?:얼마|몇 ?[명개배원점건대곳위퍼%]|누구|누가|언제|어디|무엇|무슨|왜|어떻게|어떤|어느)"
    r"|^(?:who|when|where|why|how|which|what|is|are|does|did|do|can|will)\s|多少|什么|谁|为什么|怎么|哪[个家些里]|几[个家人]|吗$"
)

_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d) ?(?:년|年)?(?!\d)")
_QUARTER = re.compile(
    r"([1-4]) ?분기|\bq([1-4])\b|第?([一二三四1-4])季度|\b(first|second|third|fourth)[ -]quarter"
)
_LAST_YEAR = re.compile(r"작년|지난해|전년|去年|上年|last year|previous year")
_QUARTERS = {
    "一": "1",
    "二": "2",
    "三": "3",
    "四": "4",
    "first": "1",
    "second": "2",
    "third": "3",
    "fourth": "4",
}

_STOP_ASIAN = re.compile(
    "알려 ?주(?:세요|십시오|라|시겠어요|실래요)?|말해 ?(?:줘|주세요)|알려 ?줘"
    "|알고 ?싶(?:어요?|습니다)|궁금(?:해요?|합니다)"
    "|(?:에 )?(?:대해서?|관해서?|대한|관한)(?![가-힣])"
    "|多少钱?|多大|多高|什么时候|什么|为什么|为何|怎么样?|如何|哪[个家些里儿]?|是谁|谁|几[个家人名台次倍]?"
    "|是否|有没有|请问|告诉我"
    "|[的了是在有吗呢吧啊和与及么被把对从到]"
)
_ENDINGS = re.compile(
    r"(?:하였|했|졌|되었|됐|받았|이었|였|시켰)?"
    r"(?:습니까|ㅂ니까|입니까|합니까|됩니까|나요|는가요|은가요|인가요|던가요|을까요?|ㄹ까요?|할까요?|는지요?|은지요?|인지요?|"
    r"었나|았나|했나|됐나|하나|되나|인가|는가|은가|나|니|냐|죠|지요?|까|예요|이에요|에요|이야|야|요)?$"
)
_TAIL = re.compile(r"[가-힣]{1,2}(?![가-힣])")
_TOKEN = re.compile(r"[^\s?？!.,]+")
_WORD = re.compile(r"[a-z0-9][a-z0-9.+&'’-]*|[가-힣]+|[\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Question:
    """`companies` are ids; `concepts` names of handlers.concepts; `words` the plain words left, folded.

    `units` are those of the figure that would answer, () = no figure is asked for; `must` = the
    question says how much; `head` is the thing that is measured. `periods` are "Q3", "2017",
    "last-year": they must be the sentence's.
    """

    text: str
    companies: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    must: bool = False
    head: str = ""

    @property
    def empty(self) -> bool:
        return not (self.concepts or self.words or self.periods)


def is_question(text: str) -> bool:
    """Whether a person asks: it ends in a question mark, or holds a question word."""
    plain = folded(text.strip())
    return len(plain.split()) + len(plain) > 3 and bool(_ENDS.search(plain) or _ASKS.search(plain))


def read_question(text: str, catalogue: Catalogue) -> Question:
    """See Question."""
    text = " ".join(text.split())
    companies, rest = _companies(text, catalogue)
    plain = folded(rest)
    periods = periods_in(plain)
    plain = _LAST_YEAR.sub(" ", _QUARTER.sub(" ", _YEAR.sub(" ", plain)))
    found = list(concepts_in(plain))
    named = tuple(dict.fromkeys(name for name, _, _ in found))
    words = _words(_without(plain, [(start, _glued(plain, end)) for _, start, end in found]))
    must = bool(_HOW_MUCH.search(folded(text)))
    head = _head(plain, found)
    units = _units(folded(text), head, must=must, ends=_ends_with(plain, found))
    return Question(text, companies, named, words, periods, units, must, head)


def periods_in(plain: str) -> tuple[str, ...]:
    """The quarters and years that a folded text names, and "last-year"."""
    quarters = ("".join(filter(None, match.groups())) for match in _QUARTER.finditer(plain))
    found = [f"Q{_QUARTERS.get(quarter, quarter)}" for quarter in quarters]
    found += [match[1] for match in _YEAR.finditer(plain)]
    if _LAST_YEAR.search(plain):
        found.append("last-year")
    return tuple(dict.fromkeys(found))


def stem(word: str) -> str:
    """A Korean word without its particles: 이용자는 is 이용자. At least two syllables stay."""
    for _ in range(2):
        for particle in _BY_LENGTH:
            if word.endswith(particle) and len(word) - len(particle) >= 2:
                word = word[: -len(particle)]
                break
        else:
            break
    return word


_BY_LENGTH = sorted((*PARTICLES, "이란", "란", "이라는", "라는", "별", "들"), key=len, reverse=True)


def _companies(text: str, catalogue: Catalogue) -> tuple[tuple[str, ...], str]:
    """The companies that a question names, and the question without their names.

    A name that is also an everyday word (거리, Honor) is believed where the question begins or in
    capitals, when no other is there.
    """
    found = mentions("", text, catalogue)
    ids = tuple(dict.fromkeys(mention.company for mention in found))
    if ids:
        spans = [(mention.span[0] - 1, mention.span[1] - 1) for mention in found]
        return ids, _without(text, spans)
    named = [
        (match.span(), catalogue.find(match[0]).ids)
        for match in _TOKEN.finditer(text)
        if match.start() == 0 or not is_hangul(match[0][0])
    ]
    risky = [
        ((hit.start, hit.end), hit.alias.companies)
        for hit in hits(text, catalogue)
        if hit.start == 0 or text[hit.start].isupper()
    ]
    for (start, end), companies in (*risky, *named):
        plain = folded(text[start:end])
        if companies and not list(concepts_in(plain)) and _words(plain):
            return companies, _without(text, [(start, end)])
    return (), text


def _glued(plain: str, end: int) -> int:
    """Where what stands at `end` ends with the two syllables at most that are glued to it: 경찰|서는."""
    match = _TAIL.match(plain, end)
    return match.end() if match and is_hangul(plain[end - 1]) else end


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    pieces, at = [], 0
    for start, end in spans:
        pieces.append(text[at:start])
        at = max(at, end)
    return " ".join([*pieces, text[at:]])


def _words(plain: str) -> tuple[str, ...]:
    """The plain words that are left to be found, each once."""
    found = []
    for match in _WORD.finditer(_STOP_ASIAN.sub(" ", plain)):
        word = match[0].rstrip(".'’-")
        if is_hangul(word[:1]):
            word = _korean(word)
        elif word.isascii():
            word = word.removesuffix("'s").removesuffix("’s")
            word = "" if word in common("asking_en") else word
        if len(word) >= 2:
            found.append(word)
    return tuple(dict.fromkeys(found))


def _korean(word: str) -> str:
    """The word without ending and particles; "" for one that only asks."""
    if word in common("asking_ko") or word in PARTICLES:
        return ""
    bare = _ENDINGS.sub("", word)
    if (
        len(bare) < 2
        or bare in common("asking_ko")
        or (bare[0] in common("asking_ko") and bare[1:] in PARTICLES)
    ):
        return ""
    cut = stem(bare)
    return "" if cut in common("asking_ko") or cut in PARTICLES else cut


def _head(plain: str, found: list[tuple[str, int, int]]) -> str:
    """What is measured: growth and shares, whatever grows; else 로봇 가격, robot price: the last thing;
    "how many users …", "price of robots": the first.
    """
    measured = [name for name, _, _ in found if concepts()[name].kinds]
    shares = [name for name in measured if name in _SHARES]
    if shares or not measured:
        return shares[0] if shares else ""
    return measured[0] if _FIRST.search(plain) else measured[-1]


def _ends_with(plain: str, found: list[tuple[str, int, int]]) -> bool:
    """Whether a Korean question ends with what can be measured: "… 매출은?", not "… 게임 회사는?"."""
    if not any(map(is_hangul, plain)):
        return True
    if _MEASURED.search(plain):
        return True
    if not found or not concepts()[found[-1][0]].kinds:
        return False
    tail = _MEASURE.sub("", _STOP_ASIAN.sub(" ", plain[found[-1][2] :]))
    return len("".join(filter(str.isalnum, tail))) <= 2


def _units(plain: str, head: str, *, must: bool, ends: bool) -> tuple[str, ...]:
    """The units of the figure asked for; () = none is."""
    for pattern, kinds in _KINDS:
        if must and pattern.search(plain):
            return _of(kinds)
    kinds = concepts()[head].kinds if head else ()
    if not must and not ends:
        return ()
    if not kinds and must:
        kinds = tuple(_UNITS)
    if not must and _OTHER.search(
        plain.replace("what is", "").replace("what was", "").replace("what are", "")
    ):
        return ()
    return _of(kinds)


def _of(kinds: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(unit for kind in kinds for unit in _UNITS[kind])
