"""What the readers of subjects share: a company where it is named, a verdict, what companies have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Named:
    """A company named in a sentence, from `start` to `end`, brackets and quotation marks behind included."""

    company: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whom a place in a sentence speaks of: `company`; else, when `open`, whoever was spoken of
    before; else somebody we do not know, who is met only in passing when `passing`.
    """

    company: str | None
    open: bool = False
    passing: bool = False


CARRIED = Verdict(None, open=True)
UNKNOWN = Verdict(None)
PASSING = Verdict(None, passing=True)

_GLOSS = re.compile(
    r"[’'\"”」』》>]?\s?[(（\[][^()（）\[\]\n]{1,60}[)）\]][’'\"”」』》>]?|[’\"”」』》>]|'(?!s\b)"
)
_BACK = re.compile(
    r"\W{0,3}(?:또한|또|아울러|이 (?:회사|업체|기업|플랫폼|앱)|해당|같은 기간"
    r"|它|其|该|此外|同时|It\b|Its\b|The (?:company|firm|group)\b|Also\b)"
)

#: What a company has, makes or counts: the subject of such a clause is its owner.
ATTRIBUTES_KO = (
    "매출|매출액|수입|수익|이익|순이익|순익|영업이익|손실|적자|흑자|실적|성적표|거래액|거래량|거래|주문|주문량"
    "|이용자|사용자|가입자|회원|고객|구독자|판매자|방문자|사람|직원|임직원|수|점유율|비중|활성도|활성화율|시가총액|시총|몸값|기업가치"
    "|주가|지분|판매량|판매|출하량|생산량|매장|점포|가게|계정|규모|투자|투자금|투자액|자금|보증금|부채|빚|현금|예산|연봉|벌금|과징금"
    "|연체액|돈|비용|가격|요금|수수료|광고|성장률|증가율|흥행|서비스|다운로드|조회수|물건|경매품|지역|국가|도시|나라|특허|건수|금액|수치|MAU|DAU|GMV"
)
ATTRIBUTES_EN = (
    "revenues?|sales|income|profits?|earnings|loss(?:es)?|users?|customers?|subscribers?|employees"
    "|shares?|stake|stock|valuation|market (?:share|cap(?:italization)?|value)|share|turnover|gmv|shipments?"
    "|deliveries|orders?|downloads|debts?|cash|spending|investment|fine|margins?|growth|traffic|stores|staff|workforce|maus?|daus?"
)
ATTRIBUTES_ZH = (
    "营收|营业收入|总收入|收入|净利润|净利|利润|净亏损|亏损|销售额|销量|销售|交易额|交易量|成交额|成交总额|用户数|用户|月活|日活|月活跃|日活跃"
    "|市值|估值|股价|市场份额|份额|员工|门店|订单量|订单|出货量|交付量|研发投入|研发费用|毛利率|毛利|同比|环比|现金|负债|广告|增速|注册|会员"
)


def joined(sentence: str, named: Sequence[Named]) -> list[Named]:
    """The same, where a name and the same company's name in brackets behind it are one."""
    out: list[Named] = []
    for each in named:
        if out and each.start < out[-1].end:
            continue
        gloss = _GLOSS.match(sentence, each.end)
        out.append(replace(each, end=gloss.end()) if gloss else each)
    return out


def leans_back(sentence: str) -> bool:
    """Whether a sentence begins by pointing at the one before it: 또한, 이 회사는, It, 其."""
    return bool(_BACK.match(sentence))
