"""Units as they stand beside a number: currencies, percentages, multiples, people, things."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Money that is no unit of ours: read so that it is not taken for ours, then let go.
OTHER_MONEY = "other"


def _unless(counter: str, rest: str) -> str:
    """A counter, unless one of the words in `rest` goes on: 배 (times), unless 배송, 배터리."""
    return rf"{counter}(?!{'|'.join(rest.split())})"


# Unit, then what it is written as. A text is tried against all in this order, right after its number;
# one space may stand between.
_WRITTEN: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "percent_point",
        (
            r"%\s?(?:[pP](?![A-Za-z])|포인트)",
            r"퍼센트\s?포인트",
            r"[个個]?百分[点點]",
            r"percent(?:age)?[ -]points?\b",
        ),
    ),
    ("percent", (r"%(?: percent\b)?", r"퍼센트", r"percent\b", r"per cent\b", r"pct\b")),
    (
        OTHER_MONEY,
        (
            r"(?:대만|싱가포르|싱가폴|캐나다|호주|뉴질랜드) ?달러",
            r"파운드|루피아?",
            r"新台币|新臺幣|台币|英镑|卢比|新元|加元|澳元",
            r"(?:Singapore|Australian|Canadian|Taiwan|NT) dollars?",
            r"(?:British )?pounds?\b(?! of)|rupees?\b|ringgit\b",
        ),
    ),
    ("HKD", (r"홍콩 ?달러", r"港元|港币|港幣", r"(?:HK|Hong Kong) dollars?\b|HKD\b")),
    ("USD", (r"(?:미국 ?|미 ?|美 ?)?달러화?", r"美元|美金", r"(?:U\.?S\.? )?dollars?\b|USD\b")),
    (
        "KRW",
        (
            r"韩元|韓元|韩币",
            _unless("원", "칙 자재 자력 년 인[\\s을이의] 소[\\s를가] 정대 피스 형[\\s의탁]"),
            r"(?:South )?(?:Korean )?won\b(?! (?:the|a|an|by|over|in) )|KRW\b",
        ),
    ),
    ("JPY", (r"日元|日圆|日圓", _unless("엔화?", "진 드 터 씨 비디아"), r"(?:Japanese )?yen\b|JPY\b")),
    ("EUR", (r"欧元|歐元", _unless("유로", "파 존 스타 비전 폴"), r"euros?\b|EUR\b")),
    (
        "CNY",
        (
            # "25위안에 들다" is a rank: within the first 25
            r"위안화?(?!에 ?(?:들|진입|이름|오|포함)|으로 ?(?:진입|들|올))",
            r"元?人民[币幣]",
            _unless("元", "宇宙 素 旦 年 老 件 组 首 气 器"),
            r"块钱|块(?![\u4e00-\u9fff])",
            r"(?:Chinese )?(?:yuans?|renminbi)\b|RMB\b|CNY\b",
        ),
    ),
    (
        "times",
        (
            _unless("배", "터 럴 송 달 우 급 경 럭 당 치 포 양 선 열 기 관 출 수 추 너 틀"),
            r"倍",
            r"[- ]?fold\b",
            r"times(?= (?:more|as|higher|larger|faster|greater|bigger|lower|fewer|the|that|its|what|over)\b)",
            r"(?-i:x)(?![A-Za-z0-9])",
        ),
    ),
    (
        "people",
        (
            _unless("명", "령 확 백 목 칭 문 예 단"),
            r"사람",
            r"인(?=$|[^가-힣]|[이은을의과와에](?![가-힣])|으로|까지|이상)(?! ?(?:당|가구|용|실|체제|시위))",
            _unless("人", "民 次 均 工 机 形 大 气 选 力 才 脸 行 士"),
            _unless("名", "列 单 义 为 称 额 牌 次 片 字"),
            r"位(?:用户|员工|开发者|学生|客户|工程师|玩家)",
        ),
    ),
    ("count", (r"人次",)),
    (
        "companies",
        (
            r"개 ?(?:기업|회사|업체|상장사|스타트업|사(?=$|[^가-힣]|[가는의를와에로]))",
            r"家(?:公司|企业|上市公司|创业公司|车企|厂商|机构)",
            r"(?:companies|firms|startups)\b",
        ),
    ),
    ("points", (_unless("점", "포 유 심 령 수판 검 차 주 진"), r"points?\b")),
    (
        "units",
        (
            # "3대 기업" is a rank word and "3대3" a game; "50대를" and "50대," count machines
            r"대(?=$|[^가-힣 0-9]| [^가-힣]|[를가의은와에로]|이상|까지|보다)",
            r"대(?= (?:이상|규모|판매|가량|정도|생산|팔|출고|공급|수준|를|가|대비|보다|까지))",
            # "190만 대 줄어든": with a great number it is no rank word
            r"(?:(?<=[만억])|(?<=[만억] ))대(?=[^가-힣]|라[는던고]|였|다)(?! ?[0-9])",
            _unless("辆|輛|台", "湾 北 积 阶 词"),
            r"(?:units?|vehicles|cars|phones|smartphones|handsets|robots|NEVs|EVs|devices)\b",
        ),
    ),
    (
        "count",
        (
            r"개국",
            _unless("개", "월 년 통 발 최 인 선 편 막 방 시 설 장 점 혁 봉 척 성 념 별 도국 화 학 조 입"),
            _unless("건", "물 강 설 국 전 조 축 의안"),
            r"곳|가구|척|그루|팀",
            _unless("종", "합 료 목별 교 일 전"),
            r"가지(?![가-힣]{0,1}고)",
            r"편(?=[^가-힣]|[의이을은])",
            r"회(?=[^가-힣]|[를가의])",
            _unless("[个個]", "月 小时 小時 工作日 季度 交易日 星期 百分 人 世纪 性 半 税"),
            _unless("部", "分 门 长 署 委 件"),
            _unless("次", "元 日 年 数 性"),
            _unless("国", "家 产 内 际 企 债 庆"),
            r"家(?!号)|[款项項种種件笔筆套条條篇座组國]",
        ),
    ),
)


# One pattern over all, so that a number costs one match; the group that matched is "u" and its place here.
_UNITS = tuple(unit for unit, _ in _WRITTEN)
_UNIT = re.compile(
    "[ \t]?(?:" + "|".join(f"(?P<u{i}>{'|'.join(written)})" for i, (_, written) in enumerate(_WRITTEN)) + ")",
    re.IGNORECASE,
)

_LINKS = "of by in from for to and the with on at worth as per a an or than is was between were are but via"
_NOT_A_LINK = rf"(?!(?:{'|'.join(_LINKS.split())})\b)"
_PEOPLE = (
    "people users employees workers customers drivers subscribers students engineers researchers players "
    "developers members patients consumers merchants followers viewers staff riders couriers farmers "
    "residents citizens jobs shoppers readers listeners fans individuals passengers scientists experts"
    " creators gamers"
)
_ENGLISH_PEOPLE = re.compile(
    rf" (?:{_NOT_A_LINK}[a-z][a-z-]{{0,20}} ){{0,3}}(?:{'|'.join(_PEOPLE.split())})\b", re.IGNORECASE
)
_PEOPLE_NOUN = re.compile(
    r" ?(?:(?:의 )?(?:이용자|사용자|가입자|회원|구독자|팔로워|유저|고객|직원|인구|시청자|방문자)"
    r"|用户|用戶|员工|工程师|开发者|粉丝|司机|学生|网民|消费者|会员|玩家|骑手|主播|读者|观众|人口)"
)
_ENGLISH_THINGS = re.compile(rf" {_NOT_A_LINK}[a-z]{{3,20}}\b", re.IGNORECASE)

_PREFIX = re.compile(
    r"(?:(?:(?<![A-Za-z])|(?<=(?<![A-Za-z])c))(?P<whose>US|HK|NT|CA|AU|SG|[ACSRZ])?\$|(?P<euro>€)|(?P<pound>£)|(?P<of>JP|CN)?(?P<yen>[¥￥])"
    r"|(?P<won>₩)|(?<![A-Za-z])(?P<code>RMB|CNY|USD|HKD|EUR|JPY|KRW)|(?P<renminbi>人民[币幣])|(?P<us>미화))\s?$"
)
_DOLLARS = {"US": "USD", "HK": "HKD", "": "USD"}


@dataclass(frozen=True, slots=True)
class Measure:
    """A unit as read: which, and where it ends."""

    unit: str
    end: int


def unit_before(text: str, at: int) -> tuple[str, int] | None:
    """The currency that stands right before the number at `at`, and where it begins."""
    start = max(0, at - 8)
    match = _PREFIX.search(text[start:at])
    return (_currency(match), start + match.start()) if match else None


def _currency(match: re.Match[str]) -> str:
    if "$" in match[0]:
        return _DOLLARS.get(match["whose"] or "", OTHER_MONEY)
    if match["yen"]:
        return "JPY" if match["of"] == "JP" else "CNY"
    if match["code"]:
        return "CNY" if match["code"] == "RMB" else match["code"]
    named = {"euro": "EUR", "won": "KRW", "us": "USD", "renminbi": "CNY"}
    return next((unit for group, unit in named.items() if match[group]), OTHER_MONEY)


def unit_after(text: str, at: int) -> Measure | None:
    """The unit that stands right after a number that ends at `at`."""
    match = _UNIT.match(text, at)
    if match is None or match.lastgroup is None:
        return None
    return Measure(_UNITS[int(match.lastgroup[1:])], match.end())


def noun_after(text: str, at: int, *, scaled: bool) -> Measure | None:
    """People, or with a scale any things, counted without a counter: "5 million users", "2000万工程师"."""
    match = _ENGLISH_PEOPLE.match(text, at) or (_PEOPLE_NOUN.match(text, at) if scaled else None)
    if match is not None:
        return Measure("people", match.end())
    if scaled and text[at - 1].isascii() and (match := _ENGLISH_THINGS.match(text, at)):
        return Measure("count", match.end())
    return None


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


def rate_of(text: str, begin: int, end: int) -> str:
    """Whether something is counted by the day, the month or the year: "하루 20만 명", "월 100만 건"."""
    before, after = text[max(0, begin - 14) : begin], text[end : end + 14]
    for suffix, ahead, behind in _RATES:
        if ahead.search(before) or behind.match(after):
            return suffix
    return ""
