"""What speaks for a risky name: a name that is also an everyday word, or that two companies share.

A cue is another sure spelling in the same text, a list of companies, the parent or a product near by, a
stock code, or words that only companies take ("… 旗下", "… CEO").
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from handlers.aliases import Hit, fold
from store.catalogue import Catalogue
from store.model import Company
from store.spelling import is_hangul, is_hanzi

_NEAR = 40  # characters within which a parent or a product is a cue
_TRADE = 200  # characters within which words tell what is traded

_OPEN, _SHUT = "[「『‘“\"']", "[)\\]）」』’”\"']"
_LIST_STRONG = re.compile(rf"{_SHUT}?[은는이가]?\s?[·・/、]\s?{_OPEN}?\Z")
_LIST_COMMA = re.compile(rf"{_SHUT}?\s?[,，]\s?{_OPEN}?\Z")
# "腾讯、巨人、": strangers in a list of companies do not end it.
_LIST_LONG = re.compile(r"(?:、[^、，。；：:;,.\s]{1,8}){0,2}、\Z")
# What may follow the last name of a list; a bare noun makes the name part of a phrase ("腾讯、移动互联网").
_LIST_GOES_ON = re.compile(
    r"[^\w\s]|\s*\Z|\s*\n|[等和与跟及的在也都将]|\s?(?:등|및|이어|처럼|같은|모두|까지|포함)|\s[^가-힣]|[가-힣]"
)

_FIRMS_KO = "업체|기업|회사|브랜드|플랫폼|스타트업|애플리케이션|앱|제조사|서비스|자회사|계열사|개발사"
_KIND_KO = re.compile(rf"(?:{_FIRMS_KO})(?:인|체인)?\s?[‘'\"“]\Z|(?:{_FIRMS_KO})인\s\Z")
_KIND_ZH = re.compile(r"(?:公司|企业|创企|初创|独角兽|厂商|品牌|平台|车企|巨头|应用)\s?[「“]?\Z")
_KIND_EN = re.compile(
    r"(?:company|app|maker|startup|start-up|giant|firm|platform|brand|unicorn|automaker|carmaker|manufacturer"
    r"|subsidiary)\s\Z"
)
_MARKS = r"[」』\]\[*_]{0,3}\s?"
_OWNS_ZH = re.compile(
    _MARKS
    + r"(?:旗下|集团|内部|系(?![统列数别])|大模型|C[A-Z]O\b|创始人|创办人|董事长|总裁|副总裁|官方|官宣|宣布"
    r"|股价|财报)",
    re.IGNORECASE,
)
_ACTS_ZH = re.compile(
    _MARKS
    + r"(?:方面|今日|昨日|此前|目前|正式|发布|回应|推出|表示|公司|科技|汽车|手机|电视|平板|首款|首个|新品"
    r"|新款|上市|收购|将于|召开|举行|发文|辟谣|否认|起诉|裁员|融资|获投|上线|开源)"
)
_ACTS_KO = re.compile(r"[가-힣]{0,2}\s?(?:CEO|창업자|창립자|창업주|최고경영자|\(주\))")
_ACTS_EN = re.compile(
    r"(?:['’]s)?\s(?:Autos?\b|Motors?\b|Group\b|Holdings?\b|Inc\b|CEO|founder|co-founder|said|says|announced|announces|launched|launches|unveiled|unveils|raises"
    r"|raised|reported)\b"
)
# "荣耀Magic6", "理想 L9": a name that a model's name follows; carriers are left out, "移动5G" is no model.
_MODEL_ZH = re.compile(
    r"\s?(?:[A-Z][A-Za-z]{0,8}\s?\d|(?:Play|Pro|Max|Plus|Ultra|ONE|MEGA|Magic|Note)(?![A-Za-z]))"
)
# "蔚来与蜂巢开始合作", "BYD and Neta": two names joined, the second of which is not yet sure.
_JOINED = re.compile(r"\s?(?:与|和|及|跟|联手|携手|以及)\s?|\s(?:and|or|&)\s")
_GOES_ON_JOINED = re.compile(
    r"\s?(?:等|在|都|将|也|的(?:合作|联姻|竞争)|之间|两家|双方|开始|合作|联合|联手|携手|共同|达成|签|宣布|推出|成立|合资|分别|均|就|、|，|,|。|\.|$)"
    r"|\s(?:have|are|were|will|said|plan|to|in|both|Auto|Motors?)\b"
)
# "브랜드를 알리고": what follows an object and ends like a verb is one.
_OBJECT = re.compile(r"[을를]\s\Z")
_VERB_ENDING = re.compile(r"[고는며면려자지기게던]")

# Words that tell companies of one spelling apart by what they sell.
_TRADES = {
    "smartphone": re.compile(
        "스마트폰|휴대폰|핸드폰|폴더블|단말기|手机|smartphone|handset|foldable", re.IGNORECASE
    ),
    "bike sharing": re.compile("자전거|单车|單車|bike|bicycle", re.IGNORECASE),
}


@dataclass(slots=True)
class Case:
    """One text under judgement: its hits, and what has been decided of them so far."""

    text: str
    catalogue: Catalogue
    found: tuple[Hit, ...]
    #: Index of a hit -> the company it means.
    meant: dict[int, str] = field(default_factory=dict)
    #: Index of a hit -> the rule by which it was decided.
    why: dict[int, str] = field(default_factory=dict)
    #: Folded spelling -> the company that its gloss names.
    redefined: dict[str, str] = field(default_factory=dict)
    #: Folded spellings whose gloss names somebody the catalogue does not know.
    refused: set[str] = field(default_factory=set)
    #: What is sure: companies, and with which folded spelling.
    sure: set[str] = field(default_factory=set)
    sure_spellings: set[tuple[str, str]] = field(default_factory=set)

    def decide(self, i: int, company_id: str, rule: str) -> None:
        self.meant[i] = company_id
        self.why[i] = rule
        self.sure.add(company_id)
        self.sure_spellings.add((self.spelling(i), company_id))

    def spelling(self, i: int) -> str:
        hit = self.found[i]
        return fold(self.text[hit.start : hit.end])

    def company(self, company_id: str) -> Company:
        return self.catalogue.companies[company_id]

    def script(self, i: int) -> str:
        char = self.text[self.found[i].start]
        return "hangul" if is_hangul(char) else "hanzi" if is_hanzi(char) else "latin"

    def before(self, i: int, length: int) -> str:
        start = self.found[i].start
        return self.text[max(0, start - length) : start]


def cue_for(case: Case, i: int, company_id: str) -> str:
    """What in the text speaks for hit `i` meaning `company_id`: the name of a rule, "" when nothing does."""
    if is_verb(case, i) or not _its_trade(case, i, company_id):
        return ""
    if len(case.found[i].alias.companies) > 1 and _only_trade(case, i, company_id):
        return "trade"
    return next((rule for rule, cue in _CUES if cue(case, i, company_id)), "")


def is_verb(case: Case, i: int) -> bool:
    return bool(_OBJECT.search(case.before(i, 3)) and _VERB_ENDING.match(case.text, case.found[i].end))


def _its_trade(case: Case, i: int, company_id: str) -> bool:
    """Where two companies share the spelling: whether the text is not of the other's trade alone."""
    companies = case.found[i].alias.companies
    if len(companies) == 1 or company_id in case.sure:
        return True
    return _trades(case, i, company_id) or not any(_trades(case, i, other) for other in companies)


def _only_trade(case: Case, i: int, company_id: str) -> bool:
    others = [other for other in case.found[i].alias.companies if other != company_id]
    return _trades(case, i, company_id) and not any(_trades(case, i, other) for other in others)


def _trades(case: Case, i: int, company_id: str) -> bool:
    words = _TRADES.get(case.company(company_id).sector)
    hit = case.found[i]
    return words is not None and bool(words.search(case.text, max(0, hit.start - _TRADE), hit.end + _TRADE))


def _sure_elsewhere(case: Case, i: int, company_id: str) -> bool:
    """Another spelling, or a longer name that begins with this one (小米, 小米汽车), is sure in this text."""
    if company_id in case.sure:
        return True
    spelling = case.spelling(i)
    return any(
        longer.startswith(spelling) and company_id in _ancestors(case, other)
        for longer, other in case.sure_spellings
    )


def _ancestors(case: Case, company_id: str) -> set[str]:
    found: set[str] = set()
    parent = case.company(company_id).parent
    while parent:
        found.add(parent)
        parent = case.company(parent).parent
    return found


def _listed(case: Case, i: int, _: str) -> bool:
    """In a list of companies: "비야디·니오·샤오펑", "百度、阿里"; a comma alone must stand on both sides."""
    before, after = _separator(case, i - 1, i), _separator(case, i, i + 1)
    left, right = bool(before) and i - 1 in case.meant, bool(after) and i + 1 in case.meant
    if right and (left or after == "strong"):
        return True
    if _joined(case, i):
        return True
    if not left or not _LIST_GOES_ON.match(case.text, case.found[i].end):
        return False
    return before == "strong" or (bool(_separator(case, i - 2, i - 1)) and i - 2 in case.meant)


def _joined(case: Case, i: int) -> bool:
    """One of two names that "与" or "and" joins, the other of which is sure."""
    if case.script(i) == "hangul":
        return False
    if i - 1 in case.meant and _JOINED.fullmatch(case.text, case.found[i - 1].end, case.found[i].start):
        return bool(_GOES_ON_JOINED.match(case.text, case.found[i].end))
    return (
        i + 1 in case.meant
        and bool(_JOINED.fullmatch(case.text, case.found[i].end, case.found[i + 1].start))
        and not is_hanzi(case.before(i, 1) or " ")
    )


def _separator(case: Case, i: int, j: int) -> str:
    """What stands between two neighbouring hits, when it is no more than a list's separator."""
    if i < 0 or j >= len(case.found):
        return ""
    between = case.text[case.found[i].end : case.found[j].start]
    if len(between) > 24:
        return ""
    if _LIST_STRONG.match(between) or _LIST_LONG.match(between):
        return "strong"
    return "comma" if _LIST_COMMA.match(between) else ""


def _kin_near(case: Case, i: int, company_id: str) -> bool:
    """Its parent or its product is named within a line's length."""
    hit, parent = case.found[i], case.company(company_id).parent
    for j in range(max(0, i - 4), min(len(case.found), i + 5)):
        other = case.meant.get(j)
        if other is None or j == i:
            continue
        near = max(case.found[j].start - hit.end, hit.start - case.found[j].end) <= _NEAR
        if near and (other == parent or case.company(other).parent == company_id):
            return True
    return False


def _ticker_near(case: Case, i: int, company_id: str) -> bool:
    end = case.found[i].end
    around = case.text[end : end + 24]
    return any(
        re.search(rf"(?<![0-9A-Za-z]){re.escape(ticker.code)}(?![0-9A-Za-z])", around)
        for ticker in case.company(company_id).tickers
    )


def _acts(case: Case, i: int, company_id: str) -> bool:
    """Words beside the name that only companies take."""
    hit, script = case.found[i], case.script(i)
    if len(hit.alias.companies) > 1:
        return False
    # "the AI platform Firefly" speaks of a company or an app, not of a car.
    before = "" if case.company(company_id).kind == "product" else case.before(i, 24)
    if script == "hangul":
        return bool(_KIND_KO.search(before) or _ACTS_KO.match(case.text, hit.end))
    if _OWNS_ZH.match(case.text, hit.end):
        return True
    if script == "hanzi":
        carrier = case.company(company_id).sector == "telecom"
        named = not carrier and _MODEL_ZH.match(case.text, hit.end)
        return bool(named or (_ACTS_ZH.match(case.text, hit.end) and not is_hanzi(case.before(i, 1) or " ")))
    acts = _ACTS_EN.match(case.text, hit.end) or _ACTS_ZH.match(case.text, hit.end)
    return bool(acts or _KIND_EN.search(before) or _KIND_ZH.search(before))


_CUES: tuple[tuple[str, Callable[[Case, int, str], bool]], ...] = (
    ("elsewhere", _sure_elsewhere),
    ("list", _listed),
    ("kin", _kin_near),
    ("ticker", _ticker_near),
    ("acts", _acts),
)
